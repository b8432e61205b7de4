"""Times and counts as a person reads them."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3600, 86400


_frozen: int | None = None


def now() -> int:
    """Epoch seconds; the one clock of the console."""
    return int(time.time()) if _frozen is None else _frozen


def freeze(at: int | None) -> None:
    """Stop the console's clock at a moment (None: let it run), for pictures and tests."""
    global _frozen
    _frozen = at


def ago(at: int | None, *, since: int | None = None) -> str:
    """How long ago: `just now`, `4 min ago`, `3 h ago`, `12 d ago`; an em dash for never."""
    if at is None:
        return "—"
    age = (now() if since is None else since) - at
    if age < MINUTE:
        return "just now"
    return f"{duration(age)} ago"


def duration(seconds: int) -> str:
    """The largest unit that fits: `45 s`, `4 min`, `3 h`, `12 d`, `5 mo`, `2 y`."""
    seconds = max(0, seconds)
    for unit, name in ((365 * DAY, "y"), (60 * DAY, "mo"), (DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            size = 30 * DAY if name == "mo" else unit
            return f"{seconds // size} {name}"
    return f"{seconds} s"


def stamp(at: int | None) -> str:
    """`2026-11-24 11:13` in local time; an em dash for never."""
    return "—" if at is None else datetime.fromtimestamp(at, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def iso(at: int) -> str:
    """ISO 8601 in UTC, for copying."""
    return datetime.fromtimestamp(at, tz=UTC).isoformat().replace("+00:00", "Z")


def count(number: int) -> str:
    """`12 345`: digits in groups, with a thin space that does not break."""
    return f"{number:,}".replace(",", "\u202f")


def plural(number: int, one: str, many: str = "") -> str:
    """`1 resource`, `12 resources`."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def percent(share: float | None) -> str:
    """`96%`; a dash for none. Never rounded up: only what is whole reads 100%, and close to it a decimal shows."""
    if share is None:
        return "—"
    if share >= 1:
        return "100%"
    return f"{math.floor(share * 1000) / 10:.1f}%" if share >= 0.99 else f"{math.floor(share * 100)}%"
