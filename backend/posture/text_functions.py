"""SQLite's own `instr` and trims, again in linear time.

Inside one call no deadline can stop SQLite: its `instr` of a text of 8 MB in another, or a trim by as many
characters, takes hours. Everything else a rule may call is linear, or short by SQLite's own limits.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

_Value = str | int | float | bytes | None


def register_text_functions(conn: sqlite3.Connection) -> None:
    """Put ours in place of SQLite's on this connection."""
    conn.create_function("instr", 2, _instr, deterministic=True)
    for name, strip in (("trim", str.strip), ("ltrim", str.lstrip), ("rtrim", str.rstrip)):
        conn.create_function(name, 1, _trim(strip), deterministic=True)
        conn.create_function(name, 2, _trim(strip), deterministic=True)


def _instr(whole: _Value, part: _Value) -> int | None:
    if whole is None or part is None:
        return None
    if isinstance(whole, bytes) and isinstance(part, bytes):
        return whole.find(part) + 1
    return _text(whole).find(_text(part)) + 1


def _trim(strip: Callable[[str, str], str]) -> Callable[..., str | None]:
    def trim(value: _Value, signs: _Value = " ") -> str | None:
        if value is None or signs is None:
            return None
        # Each sign once: str.strip looks every character up in all of them.
        return strip(_text(value), "".join(dict.fromkeys(_text(signs))))

    return trim


def _text(value: str | int | float | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
