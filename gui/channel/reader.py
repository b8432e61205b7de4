"""Page reads, off the GUI thread when they are slow and on it when they are measured to be quick.

Each question has a `slot`; a newer question in the same slot makes the older one stale: it is skipped if it has not
begun, interrupted if it runs, and its answer is dropped. Answers arrive on the GUI thread.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")
Connect = Callable[[], sqlite3.Connection]
QUICK = 0.004  # seconds a read may take and still be done at once, on the GUI thread


@dataclass(slots=True)
class _Question(Generic[T]):
    slot: str
    number: int
    work: Callable[[sqlite3.Connection], T]
    on_done: Callable[[T], None]
    on_error: Callable[[Exception], None] | None


class Reader(QObject):
    """One background thread with a connection of its own, and one connection for quick reads."""

    failed = Signal(object)  # an exception nobody else takes
    _answered = Signal(object, object, object)  # question, result, error

    def __init__(self, connect: Connect, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._connect = connect
        self._here: sqlite3.Connection | None = None
        self._there: sqlite3.Connection | None = None
        self._waiting: deque[_Question[Any]] = deque()
        self._wake = threading.Condition()
        self._newest: dict[str, int] = {}
        self._running: _Question[Any] | None = None
        self._closed = False
        self._cost: dict[str, float] = {}
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._serve, name="page-reads", daemon=True)
        self._thread.start()

    def ask(
        self,
        slot: str,
        work: Callable[[sqlite3.Connection], T],
        on_done: Callable[[T], None],
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run `work` in the background; the newest question of a slot is the only one answered."""
        with self._wake:
            if self._closed:
                return
            number = self._newest.get(slot, 0) + 1
            self._newest[slot] = number
            stale = [one for one in self._waiting if one.slot == slot]
            for one in stale:
                self._waiting.remove(one)
            if self._running is not None and self._running.slot == slot and self._there is not None:
                self._there.interrupt()
            self._waiting.append(_Question(slot, number, work, on_done, on_error))
            self._wake.notify()

    def quick(self, kind: str, work: Callable[[sqlite3.Connection], T]) -> T | None:
        """Run `work` at once if reads of this `kind` have proved quick, else None (then `ask`).

        A kind is given its first chance, and loses it while its running average is over `QUICK`.
        """
        cost = self._cost.get(kind, 0.0)
        if cost > QUICK:
            self._cost[kind] = cost * 0.9  # so a disk that was cold once is tried again
            return None
        if self._here is None:
            self._here = self._connect()
        began = time.perf_counter()
        result = work(self._here)
        self._cost[kind] = 0.7 * cost + 0.3 * (time.perf_counter() - began)
        return result

    def close(self) -> None:
        """Drop what waits, interrupt what runs, and end the thread."""
        with self._wake:
            self._closed = True
            self._waiting.clear()
            if self._running is not None and self._there is not None:
                self._there.interrupt()
            self._wake.notify()
        self._thread.join(timeout=10)
        if self._here is not None:
            self._here.close()
            self._here = None

    def _serve(self) -> None:
        try:
            while (question := self._next()) is not None:
                result, error = None, None
                try:
                    if self._there is None:
                        self._there = self._connect()
                    result = question.work(self._there)
                except Exception as caught:  # noqa: BLE001 - carried to the GUI thread and shown there
                    error = caught
                with self._wake:
                    self._running = None
                    stale = self._closed or self._newest.get(question.slot) != question.number
                if not stale:
                    self._answered.emit(question, result, error)
        finally:
            if self._there is not None:
                self._there.close()

    def _next(self) -> _Question[Any] | None:
        with self._wake:
            while not self._waiting and not self._closed:
                self._wake.wait()
            if self._closed:
                return None
            self._running = self._waiting.popleft()
            return self._running

    def _deliver(self, question: _Question[Any], result: Any, error: Exception | None) -> None:
        if self._closed or self._newest.get(question.slot) != question.number:
            return
        if error is None:
            question.on_done(result)
        elif question.on_error is not None:
            question.on_error(error)
        else:
            self.failed.emit(error)
