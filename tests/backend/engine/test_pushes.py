from __future__ import annotations

from typing import Any

from backend.engine.loop import Timers
from backend.engine.pushes import INTERVAL, Pushes


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_thousand_commits_a_second_are_at_most_thirty_rounds() -> None:
    clock, sent = Clock(), []  # type: ignore[var-annotated]
    timers = Timers(clock)
    pushes = Pushes(timers, sent.append)
    for number in range(1000):
        pushes.changed("finding", number, {"failed": 1})
        timers.run_due()
        clock.now += 0.001
    clock.now += INTERVAL
    timers.run_due()
    assert 25 <= len(sent) <= 31
    assert sent[-1]["newest"] == 999
    assert sum(one["counts"]["failed"] for one in sent) == 1000


def test_tables_and_jobs_are_told_apart_and_the_newest_word_counts() -> None:
    clock, sent = Clock(), []  # type: ignore[var-annotated]
    timers = Timers(clock)
    pushes = Pushes(timers, sent.append)
    state: dict[str, Any] = {"id": "1", "done": 0}
    pushes.changed("scan", 3)
    pushes.changed("finding", 9)
    pushes.changed("scan", 2)
    pushes.job("1", lambda: dict(state))
    state["done"] = 5
    timers.run_due()
    assert sent == [
        {"push": "changed", "table": "scan", "newest": 3, "counts": {}},
        {"push": "changed", "table": "finding", "newest": 9, "counts": {}},
        {"push": "job", "job": {"id": "1", "done": 5}},
    ]
