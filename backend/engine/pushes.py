"""News for the clients, coalesced: at most thirty rounds a second, the newest word on each thing in each.

A console repaints on each push; a scan commits hundreds of times a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from backend.engine.loop import Timer, Timers

INTERVAL = 1 / 30  # seconds


class Pushes:
    """Keeps what changed since the last round, and sends it when the next one is due."""

    def __init__(self, timers: Timers, send: Callable[[dict[str, Any]], None]) -> None:
        self._timers, self._send = timers, send
        self._changed: dict[str, dict[str, Any]] = {}
        self._jobs: dict[str, Callable[[], dict[str, Any]]] = {}
        self._last = float("-inf")
        self._timer: Timer | None = None

    def changed(self, table: str, newest: int | None = None, counts: Mapping[str, int] | None = None) -> None:
        """Rows of `table` were committed; `newest` is the highest id among them, `counts` what the caller counted.

        Counts of one round are added up by name.
        """
        entry = self._changed.setdefault(table, {"push": "changed", "table": table, "newest": None, "counts": {}})
        if newest is not None:
            entry["newest"] = newest if entry["newest"] is None else max(newest, entry["newest"])
        for name, count in (counts or {}).items():
            entry["counts"][name] = entry["counts"].get(name, 0) + count
        self._schedule()

    def job(self, id: str, describe: Callable[[], dict[str, Any]]) -> None:
        """A job moved; `describe` gives its state as it is when the round goes out."""
        self._jobs[id] = describe
        self._schedule()

    def flush(self) -> None:
        """Send what there is, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        changed, self._changed = self._changed, {}
        jobs, self._jobs = self._jobs, {}
        if changed or jobs:
            self._last = self._timers.clock()
        for frame in changed.values():
            self._send(frame)
        for describe in jobs.values():
            self._send({"push": "job", "job": describe()})

    def _schedule(self) -> None:
        if self._timer is not None:
            return
        wait = self._last + INTERVAL - self._timers.clock()
        # Never at once: what one request commits belongs into one round.
        self._timer = self._timers.call_later(max(0.0, wait), self.flush)
