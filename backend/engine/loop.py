"""The engine's one thread: file descriptors that became ready, timers that are due, signals."""

from __future__ import annotations

import heapq
import itertools
import logging
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

log = logging.getLogger(__name__)

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
Ready = Callable[[int], None]


class Timer:
    """Something to be called at a moment of the loop's clock."""

    def __init__(self, due: float, call: Callable[[], None]) -> None:
        self.due = due
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        """Do not call it; does nothing when it was called already."""
        self.cancelled = True


class Timers:
    """Timers by due time. Apart from the loop, so that a test can turn its own clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` once, `seconds` from now."""
        timer = Timer(self.clock() + seconds, call)
        heapq.heappush(self._heap, (timer.due, next(self._order), timer))
        return timer

    def run_due(self) -> None:
        """Call what is due. What a timer adds with no delay waits for the next round."""
        now = self.clock()
        due: list[Timer] = []
        while self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[2])
        for timer in due:
            if not timer.cancelled:
                guarded(timer.call)

    def wait(self) -> float | None:
        """Seconds until the next timer, None when there is none."""
        while self._heap and self._heap[0][2].cancelled:
            heapq.heappop(self._heap)
        return max(0.0, self._heap[0][0] - self.clock()) if self._heap else None


class Loop(Timers):
    """Selector and timers. A callback that fails is logged and the loop goes on."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._selector = selectors.DefaultSelector()
        self._running = False
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self.watch(self._wake_read.fileno(), READ, self._woken)

    def watch(self, descriptor: int, events: int, ready: Ready) -> None:
        """Call `ready(events)` whenever the descriptor is ready; replaces an earlier watch. No events: unwatch."""
        if not events:
            self.unwatch(descriptor)
        elif descriptor in self._selector.get_map():
            self._selector.modify(descriptor, events, ready)
        else:
            self._selector.register(descriptor, events, ready)

    def unwatch(self, descriptor: int) -> None:
        """Forget a descriptor, before it is closed."""
        with suppress(KeyError, ValueError):
            self._selector.unregister(descriptor)

    def stop_on(self, *signals: signal.Signals) -> None:
        """End the loop at these signals; main thread only."""
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in signals:
            signal.signal(number, lambda *_: self.stop())

    def run(self) -> None:
        """Serve until `stop`."""
        self._running = True
        while self._running:
            watched = self._selector.get_map()
            for key, events in self._selector.select(self.wait()):
                # An earlier callback of this round may have dropped it, or its number belongs to another by now.
                if watched.get(key.fd) is key:
                    guarded(partial(key.data, events))
            self.run_due()

    def stop(self) -> None:
        """End `run` after this round."""
        self._running = False

    def close(self) -> None:
        """Give back the loop's own descriptors."""
        with suppress(ValueError):
            signal.set_wakeup_fd(-1)
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def _woken(self, _: int) -> None:
        with suppress(BlockingIOError):
            self._wake_read.recv(4096)


def guarded(call: Callable[[], None]) -> None:
    """Call it; a failure is our bug, goes to the log, and ends nothing else."""
    try:
        call()
    except Exception:
        log.exception("a callback of the engine failed")
