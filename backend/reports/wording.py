"""Numbers, times and counts as a report words them. All times are UTC."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE, HOUR, DAY = 60, 3_600, 86_400
NOTHING = "n/a"
SEVERITIES = ("critical", "high", "medium", "low", "info")


def _utc(at: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def moment(at: int | None) -> str:
    """`2026-11-24 10:52 UTC`; '' for none."""
    when = None if at is None else _utc(at)
    return when.strftime("%Y-%m-%d %H:%M UTC") if when else ""


def day(at: int | None) -> str:
    """`2026-11-24`; '' for none."""
    when = None if at is None else _utc(at)
    return when.strftime("%Y-%m-%d") if when else ""


def iso(at: int | None) -> str | None:
    """`2026-11-24T10:52:00Z`; None for none."""
    when = None if at is None else _utc(at)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def span(seconds: int) -> str:
    """How long: `54 days`, `3 hours`, `less than an hour`."""
    if seconds >= 2 * DAY:
        return f"{seconds // DAY:,} days"
    if seconds >= 2 * HOUR:
        return f"{seconds // HOUR} hours"
    return "1 hour" if seconds >= HOUR else "< 1 hour"


def count(number: int, one: str, many: str = "") -> str:
    """`1 resource`, `1,204 resources`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def score(value: float | None) -> str:
    """A score of 0..100 with one decimal; 'n/a' where nothing was evaluated. Never rounds up to 100."""
    if value is None:
        return NOTHING
    return "99.9" if 99.9 < value < 100 else f"{value:.1f}"


def percent(share: float) -> str:
    """A share of 0..1 as `96 %`. Never rounds up to 100 %, nor down to 0 %."""
    if 0 < share < 1:
        rounded = min(max(round(100 * share), 1), 99)
        return f"{rounded} %"
    return f"{round(100 * share)} %"


def shortened(words: list[str], most: int) -> str:
    """`a, b, c and 12 more`."""
    if len(words) <= most:
        return ", ".join(words)
    return f"{', '.join(words[:most])} and {len(words) - most:,} more"
