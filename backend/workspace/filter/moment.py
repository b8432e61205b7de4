"""Points and spans of time as people write them in a query. All times are UTC.

Ages: `30m`, `12h`, `7d`, `2w`, `1y` (counted back from now). Dates: `2026`, `2026-03`, `2026-03-01`,
`2026-03-01T14:30[:15][Z|+01:00]`, `today`, `yesterday`, and seconds since 1970.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_AGE = re.compile(r"(\d{1,9})(s|m|h|d|w|y)", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 31536000}
_EPOCH = re.compile(r"\d{9,11}", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt](\d\d):(\d\d)(?::(\d\d))?(Z|z|[+-]\d\d:?\d\d)?)?)?)?", re.ASCII)
HELP = "Write an age (7d, 12h) or a date (2026-03-01, 2026-03-01T14:30)."


@dataclass(frozen=True, slots=True)
class Age:
    """So many seconds ago and since."""

    seconds: int


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, not including, `end` (epoch seconds)."""

    start: int
    end: int


def read(text: str, now: int) -> Age | Interval | None:
    """What `text` names; None when it is no time at all."""
    word = text.lower()
    age = _AGE.fullmatch(word)
    if age:
        return Age(int(age[1]) * _SECONDS[age[2]])
    if _EPOCH.fullmatch(word):
        return Interval(int(word), int(word) + 1)
    if word in ("today", "yesterday"):
        day = now - now % 86400 - (86400 if word == "yesterday" else 0)
        return Interval(day, day + 86400)
    date = _DATE.fullmatch(text)
    return _interval(date) if date else None


def bounds(op: str, when: Age | Interval, now: int) -> tuple[int | None, int | None]:
    """The half-open range [low, high) of times for which `time op when` holds; None is unbounded.

    An age is compared as an age: `>7d` is longer ago than seven days, `7d` and `<=7d` within them.
    """
    if isinstance(when, Age):
        point = now - when.seconds
        return {
            ":": (point, None),
            "<=": (point, None),
            "<": (point + 1, None),
            ">": (None, point),
            ">=": (None, point + 1),
        }[op]
    start, end = when.start, when.end
    return {":": (start, end), "<": (None, start), "<=": (None, end), ">": (end, None), ">=": (start, None)}[op]


def _interval(date: re.Match[str]) -> Interval | None:
    year, month, day, hour, minute, second, zone = date.groups()
    try:
        start = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        if second:
            end = start + timedelta(seconds=1)
        elif minute:
            end = start + timedelta(minutes=1)
        elif day:
            end = start + timedelta(days=1)
        elif month:
            end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        else:
            end = start.replace(year=start.year + 1)
    except (ValueError, OverflowError):
        return None
    shift = _offset(zone or "Z")
    return Interval(int(start.timestamp()) - shift, int(end.timestamp()) - shift)


def _offset(zone: str) -> int:
    if zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return -seconds if zone[0] == "-" else seconds
