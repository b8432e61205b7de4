from __future__ import annotations

import os
import socket

from backend.engine.loop import READ, Loop, Timers


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_timers_run_in_order_once_due_and_not_before() -> None:
    clock, heard = Clock(), []  # type: ignore[var-annotated]
    timers = Timers(clock)
    timers.call_later(2, lambda: heard.append("b"))
    timers.call_later(1, lambda: heard.append("a"))
    gone = timers.call_later(1, lambda: heard.append("cancelled"))
    gone.cancel()
    timers.run_due()
    assert heard == []
    assert timers.wait() == 1
    clock.now += 5
    timers.run_due()
    timers.run_due()
    assert heard == ["a", "b"]
    assert timers.wait() is None


def test_a_timer_that_fails_stops_no_other() -> None:
    clock, heard = Clock(), []  # type: ignore[var-annotated]
    timers = Timers(clock)
    timers.call_later(1, lambda: 1 / 0)  # type: ignore[arg-type,return-value]
    timers.call_later(2, lambda: heard.append("b"))
    clock.now += 3
    timers.run_due()
    assert heard == ["b"]


def test_a_descriptor_dropped_in_the_same_round_is_not_called() -> None:
    loop = Loop()
    one, other = socket.socketpair(), socket.socketpair()
    heard: list[str] = []

    def first(name: str, drop: socket.socket) -> None:
        heard.append(name)
        loop.unwatch(drop.fileno())
        loop.stop()

    for pair, rest in ((one, other), (other, one)):
        loop.watch(pair[0].fileno(), READ, lambda _, pair=pair, rest=rest: first(str(pair[0].fileno()), rest[0]))  # type: ignore[misc]
        pair[1].send(b"x")
    loop.run()
    assert len(heard) == 1
    loop.close()
    for end in (*one, *other):
        end.close()


def test_a_callback_that_fails_ends_nothing() -> None:
    loop = Loop()
    read, write = os.pipe()

    def fail(_: int) -> None:
        os.read(read, 10)
        loop.call_later(0, loop.stop)
        raise RuntimeError("boom")

    loop.watch(read, READ, fail)
    os.write(write, b"x")
    loop.run()
    loop.close()
    os.close(read)
    os.close(write)
