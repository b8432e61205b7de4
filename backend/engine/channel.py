"""Frames, as they travel between clients, engine and workers: 4-byte big-endian length, then a JSON object in UTF-8.

Whoever reads a frame trusts nothing: length, encoding, JSON and shape are checked, and anything wrong is a `BadFrame`
that names what was wrong with it. After one, the position in the stream is lost and the connection must be closed.

One thing is more than JSON: `Infinity`, since a resource's column may hold it (no maximum age is *never*).
"""

from __future__ import annotations

import json
import struct
from typing import Any

MAX_FRAME = 16 * 1024 * 1024  # bytes of JSON
HEADER = struct.Struct(">I")

Frame = dict[str, Any]


class BadFrame(Exception):
    """The peer does not speak our language; the message says in what way. `before`: frames that were still good."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.before: list[Frame] = []


class FrameTooLarge(Exception):
    """What was to be sent exceeds `MAX_FRAME`: the sender's bug, nothing was sent."""


def encode(frame: Frame) -> bytes:
    """Header and body of one frame. Lone surrogates (hostile names hold them) become '?': UTF-8 has none.

    Raises:
        FrameTooLarge: the body is longer than `MAX_FRAME`.
        ValueError, TypeError: the frame is not JSON (a set, itself …). NaN is refused by the reader.
    """
    body = json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    if len(body) > MAX_FRAME:
        raise FrameTooLarge(f"a frame of {len(body):,} bytes exceeds the limit of {MAX_FRAME:,}")
    return HEADER.pack(len(body)) + body


class FrameReader:
    """Bytes in, frames out; keeps what is not complete yet (at most one frame)."""

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._limit = limit

    @property
    def pending(self) -> int:
        """Bytes of a frame begun and not complete."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Frames completed by `data`, oldest first.

        Raises:
            BadFrame: too long, not UTF-8, not JSON or not an object; it carries the frames before it.
        """
        self._buffer += data
        frames: list[Frame] = []
        try:
            self._take(frames)
        except BadFrame as error:
            error.before = frames
            raise
        return frames

    def _take(self, frames: list[Frame]) -> None:
        buffer = self._buffer
        start = 0
        while len(buffer) - start >= HEADER.size:
            (length,) = HEADER.unpack_from(buffer, start)
            if length > self._limit:
                raise BadFrame(f"a frame of {length:,} bytes exceeds the limit of {self._limit:,}")
            end = start + HEADER.size + length
            if len(buffer) < end:
                break
            frames.append(decode(bytes(memoryview(buffer)[start + HEADER.size : end])))
            start = end
        if start:
            del buffer[:start]


def decode(body: bytes) -> Frame:
    """The object in a frame's body; `BadFrame` when there is none."""
    try:
        frame = json.loads(body.decode(), parse_constant=_constant)
    except UnicodeDecodeError:
        raise BadFrame("a frame is not UTF-8") from None
    except RecursionError:
        raise BadFrame("a frame is nested too deeply") from None
    except ValueError as error:
        raise BadFrame(f"a frame is not JSON ({error})") from None
    if not isinstance(frame, dict):
        raise BadFrame(f"a frame is a JSON {type(frame).__name__}, not an object")
    return frame


def _constant(word: str) -> float:
    if word == "NaN":
        raise ValueError("NaN is no number")
    return float(word)
