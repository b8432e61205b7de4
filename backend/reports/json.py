"""A JSON list of findings, written one at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from backend.reports.rows import Export


def write(export: Export, stream: BinaryIO) -> int:
    """The objects of `Export.object`; returns how many."""
    return write_list((export.object(one) for one in export.results()), stream)


def write_list(objects: Iterable[Any], stream: BinaryIO) -> int:
    """A list with one object a line; returns how many."""
    number = 0
    stream.write(b"[")
    for one in objects:
        stream.write(b",\n" if number else b"\n")
        stream.write(encode(one))
        number += 1
    stream.write(b"\n]\n" if number else b"]\n")
    return number


def encode(value: Any) -> bytes:
    """UTF-8; a lone surrogate, which UTF-8 has not, stays escaped."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value).encode()
