"""Secrets in running text: scripts, user data and command lines, with the wrappings they come in."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterator

from backend.secret_patterns import Span, name_promises, secret_spans, value_is_secret

_MAX_UNPACKED = 1 << 20  # user data is at most 16 KiB; more than this unpacked is a bomb
_BASE64 = re.compile(r"[A-Za-z0-9+/\s]+={0,2}\s*")
# NAME=value, NAME: value, export NAME='value', "name": "value", --name=value
_ASSIGNMENT = re.compile(
    r"""(?<![A-Za-z0-9_.-])-{0,2}([A-Za-z_][A-Za-z0-9_.-]{1,63})["']?[ \t]{0,4}[=:][ \t]{0,4}"""
    r"""(?:"([^"\n]{1,8192})"|'([^'\n]{1,8192})'|([^\s"';,]{1,256}))"""
)

# --name value
_OPTION = re.compile(
    r"""(?<![A-Za-z0-9_.-])--?([A-Za-z][A-Za-z0-9_.-]{1,63})[ \t]{1,4}"""
    r"""(?:"([^"\n]{1,8192})"|'([^'\n]{1,8192})'|([^\s"';,-][^\s"';,]{0,255}))"""
)


class Unreadable(ValueError):
    """The text's packing is damaged or a bomb; the message completes "user data …"."""


def text_spans(text: str) -> Iterator[Span]:
    """Where in plain text something is a secret, by its form or by the name it is assigned to."""
    yield from secret_spans(text)
    found = _ASSIGNMENT.search(text)
    while found:
        group = found.lastindex or 0
        promise = name_promises(found[1])
        start, end = found.span(group)
        if promise and value_is_secret(promise, found[group]):
            yield start, end
            found = _ASSIGNMENT.search(text, end)
        else:
            found = _ASSIGNMENT.search(text, start)  # args="--api-key=…": the value may be an assignment itself
    for option in _OPTION.finditer(text):
        group = option.lastindex or 0
        promise = name_promises(option[1])
        if promise and value_is_secret(promise, option[group]):
            yield option.span(group)


def text_has_secret(text: str) -> bool:
    """Whether plain text holds a secret."""
    return next(text_spans(text), None) is not None


def unpack(text: str) -> str:
    """User data in plain, whether it came plain, in base64, or in base64 of gzip as EC2 stores it.

    Raises:
        Unreadable: damaged gzip, or more than 1 MiB unpacked.
    """
    stripped = text.strip()
    if not stripped or not _BASE64.fullmatch(stripped):
        return text
    try:
        raw = base64.b64decode(re.sub(r"\s+", "", stripped), validate=True)
    except (binascii.Error, ValueError):
        return text
    if raw[:2] == b"\x1f\x8b":
        raw = _inflate(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        # binary, or plain text that happens to be valid base64 ("export"): look at both
        return f"{text}\n{raw.decode('latin-1')}"


def _inflate(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(raw, _MAX_UNPACKED)
    except zlib.error:
        raise Unreadable("is damaged gzip") from None
    if unpacker.unconsumed_tail:
        raise Unreadable("unpacks to more than 1 MiB")
    return plain
