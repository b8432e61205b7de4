"""Entry of a worker process: `python -P -m backend.engine.worker package.module:function PARENT`.

The first frame on standard input holds the job's arguments, secrets included: never the command line, which everybody
on the machine can read. Standard output carries frames only; whatever prints goes to standard error, which the engine
redacts and logs.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from backend.credentials.prompt import PromptRefused
from backend.credentials.redaction import install_redaction, redact, redacted_traceback
from backend.engine.channel import HEADER, MAX_FRAME, Frame, FrameTooLarge, decode, encode
from backend.engine.kinds import resolve
from backend.errors import UserError

_PR_SET_PDEATHSIG = 1
_NICE = 5  # the engine and the console come first


class WorkerLink:
    """What a worker function has of the engine. Every method may be called from any thread of the worker."""

    def __init__(self, stream_in: BinaryIO, stream_out: BinaryIO) -> None:
        self._in, self._out = stream_in, stream_out
        self._write_lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._answers: dict[int, queue.SimpleQueue[Frame]] = {}
        self._cancelled = threading.Event()

    # -- for the worker function

    def progress(self, done: int, total: int, text: str, parts: dict[str, list[int]] | None = None) -> None:
        """How far it is: units done, units in all (0 when unknown), what is being done.

        `parts` says it for each part of the work: {"s3": [done, total]}.
        """
        self._send({"progress": {"done": done, "total": total, "text": text, "parts": parts or {}}})

    def batch(self, data: dict[str, Any]) -> None:
        """Hand over results; the engine commits each batch as one transaction. Blocks while the engine is behind.

        A batch too large for one frame is sent in parts, halving its longest list; other keys come with the last part.
        """
        try:
            self._send({"batch": data})
        except FrameTooLarge:
            for part in _halves(data):
                self.batch(part)

    def prompt(self, kind: str, text: str, **extra: Any) -> str:
        """Ask the person who began the job, and wait. `PromptRefused` when there is no answer."""
        number = next(self._numbers)
        box: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._answers[number] = box
        try:
            self._send({"prompt": {**extra, "kind": kind, "text": text, "id": number}})
            frame = box.get()
        finally:
            del self._answers[number]
        if "refused" in frame:
            raise PromptRefused(frame["refused"]["message"], frame["refused"]["next_step"])
        return str(frame["answer"])

    def cancelled(self) -> bool:
        """Whether the analyst wants it to stop. After five seconds it is told so by SIGTERM."""
        return self._cancelled.is_set()

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait at most so long for the wish to stop: for pauses that a cancel cuts short."""
        return self._cancelled.wait(seconds)

    # -- for this module

    def receive(self) -> Frame | None:
        """The next frame from the engine, None at the end."""
        head = self._in.read(HEADER.size)
        if len(head) < HEADER.size:
            return None
        (length,) = HEADER.unpack(head)
        if length > MAX_FRAME:
            return None
        body = self._in.read(length)
        return decode(body) if len(body) == length else None

    def listen(self) -> None:
        """Take answers and the wish to stop, until the engine is gone: then there is nobody to work for."""
        while (frame := self.receive()) is not None:
            if frame.get("cancel"):
                self._cancelled.set()
            elif (box := self._answers.get(frame.get("id", 0))) is not None:
                box.put(frame)
        os._exit(1)

    def finish(self, frame: Frame) -> None:
        """The last word."""
        self._send(frame)

    def _send(self, frame: Frame) -> None:
        data = encode(frame)
        with self._write_lock:
            try:
                self._out.write(data)
                self._out.flush()
            except BrokenPipeError:
                os._exit(1)


def _halves(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    lists = {name: value for name, value in data.items() if isinstance(value, list) and len(value) > 1}
    if not lists:
        raise FrameTooLarge("one single item of a batch is larger than a frame may be")
    # By size, not by count: ten thousand outcomes weigh less than a hundred rows with their raw answers.
    longest = max(lists, key=lambda name: len(encode_size(lists[name])))
    middle = len(lists[longest]) // 2
    return {longest: lists[longest][:middle]}, {**data, longest: lists[longest][middle:]}


def encode_size(value: list[Any]) -> str:
    """The JSON of a list, only to be measured."""
    import json

    return json.dumps(value, ensure_ascii=False)


def run_job(name: str, link: WorkerLink, arguments: dict[str, Any]) -> Frame:
    """Call the worker function and put its end into a frame."""
    try:
        return {"done": resolve(name)(arguments, link) or {}}
    except UserError as error:
        return {
            "error": {"message": redact(error.message), "next_step": redact(error.next_step), "kind": "environment"}
        }
    except MemoryError:
        message = "The work needs more memory than a worker may have."
        return {"error": {"message": message, "next_step": "Narrow it down and try again.", "kind": "environment"}}
    except Exception as error:  # noqa: BLE001 -- our bug: told to the engine, traceback to the log
        sys.stderr.write(redacted_traceback(error))
        return {"error": {"message": redact(f"{type(error).__name__}: {error}")[:2000], "next_step": "", "kind": "bug"}}


def main(name: str, parent: int) -> int:
    """Run one job; the exit code only matters when no last frame could be sent."""
    _settle(parent)
    link = WorkerLink(_private_stream(0, "rb"), _private_stream(1, "wb"))
    first = link.receive()
    if first is None:
        return 1
    threading.Thread(target=link.listen, name="engine", daemon=True).start()
    end = run_job(name, link, first["args"])
    try:
        link.finish(end)
    except (FrameTooLarge, ValueError, TypeError) as error:
        message = f"The result cannot be sent ({type(error).__name__}: {error})."
        link.finish({"error": {"message": message, "next_step": "", "kind": "bug"}})
    sys.stderr.flush()
    # Without waiting for threads that hang in a call to the network.
    os._exit(0)


def _settle(parent: int) -> None:
    """Take our place: die with the engine, heed SIGTERM, leave Ctrl-C to it, be the first to go when memory ends."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError):
        os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("300")
    install_redaction()


def _private_stream(descriptor: int, mode: str) -> BinaryIO:
    """Move a standard stream to a number of its own, so that no library reads or prints into our frames."""
    ours = os.dup(descriptor)  # not inherited by children
    if descriptor == 0:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
    else:
        os.dup2(2, 1)
    return os.fdopen(ours, mode)  # type: ignore[return-value]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2])))
