"""When the engine ends: some seconds after its last client, unless a job runs or a question is open."""

from __future__ import annotations

import os
from collections.abc import Callable

from backend.engine.loop import Timer, Timers

LINGER = 10.0  # seconds
SWITCH = "VEDETTE_LINGER_SECONDS"


def linger_seconds() -> float:
    """How long to stay without clients; the environment may say otherwise (tests, scripts)."""
    try:
        return max(0.0, float(os.environ.get(SWITCH, LINGER)))
    except ValueError:
        return LINGER


class Lifetime:
    """Watches whether anybody needs the engine, and ends it when nobody does."""

    def __init__(self, timers: Timers, needed: Callable[[], bool], end: Callable[[], None], linger: float) -> None:
        self._timers, self._needed, self._end, self._linger = timers, needed, end, linger
        self._timer: Timer | None = None

    def check(self) -> None:
        """Call whenever a client came or left, or a job began or ended."""
        if self._needed():
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        elif self._timer is None:
            self._timer = self._timers.call_later(self._linger, self._due)

    def _due(self) -> None:
        self._timer = None
        if not self._needed():
            self._end()
