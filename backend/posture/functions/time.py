"""Whole days between a moment and the scan.

An infinite moment (9e999 or -9e999) is "never". What never happened is infinitely long ago and what never comes is
infinitely far off, so both functions answer 9e999 and `days_since(last_used) > 90`, `days_until(expires) > 30` both
say what their author means.
"""

from __future__ import annotations

import math

from backend.posture.functions.arguments import BadInput, SqlValue

DAY = 86_400
_LATEST = 253_402_300_799  # the end of year 9999


def days_since(now: int, epoch: SqlValue) -> int | float:
    """Whole days (rounded down) from `epoch` to the scan; negative when it lies ahead."""
    moment = _moment(epoch)
    return math.inf if math.isinf(moment) else math.floor((now - moment) / DAY)


def days_until(now: int, epoch: SqlValue) -> int | float:
    """Whole days (rounded down) from the scan to `epoch`; negative once it is past."""
    moment = _moment(epoch)
    return math.inf if math.isinf(moment) else math.floor((moment - now) / DAY)


def _moment(epoch: SqlValue) -> int | float:
    if not isinstance(epoch, int | float) or math.isnan(epoch):
        raise BadInput("the time is not a number of seconds")
    if not math.isinf(epoch) and abs(epoch) > _LATEST:
        raise BadInput("the time lies beyond the year 9999 (milliseconds instead of seconds?)")
    return epoch
