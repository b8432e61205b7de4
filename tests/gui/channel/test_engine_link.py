"""Pushes are signals on the GUI thread, batched; calls never block it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from desk import QuietEngine

from backend.client import UserError
from gui.channel.link import EVERYTHING, EngineLink

Linked = tuple[EngineLink, QuietEngine]


def test_changes_of_a_frame_are_told_once(link: Linked, qtbot: Any) -> None:
    made, engine = link
    told: list[set[str]] = []
    made.changed.connect(told.append)

    def push() -> None:
        for number in range(500):
            engine.push("changed", table=("finding", "scan")[number % 2])

    thread = threading.Thread(target=push)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(told))
    qtbot.wait(80)
    assert set().union(*told) == {"finding", "scan"}
    assert len(told) <= 3


def test_only_the_newest_word_on_a_job_is_told(link: Linked, qtbot: Any) -> None:
    made, engine = link
    jobs: list[dict[str, Any]] = []
    made.job.connect(jobs.append)
    for done in range(100):
        engine.push("job", job={"id": "1", "done": done})
    qtbot.waitUntil(lambda: bool(jobs))
    assert jobs[-1]["done"] == 99
    assert len(jobs) < 5


def test_a_gap_means_everything_changed(link: Linked, qtbot: Any) -> None:
    made, engine = link
    with qtbot.waitSignal(made.changed) as told:
        engine.push("missed")
    assert told.args == [{EVERYTHING}]
    with qtbot.waitSignal(made.connection) as state:
        engine.push("connection", state="lost", reason="It ended.")
    assert state.args == ["lost", "It ended."]


def test_calls_answer_on_the_gui_thread_without_blocking_it(link: Linked, qtbot: Any) -> None:
    made, engine = link
    go = threading.Event()
    engine.answers["slow"] = lambda **args: (go.wait(5), args)[1]
    answers: list[Any] = []
    made.call("slow", {"a": 1}, lambda value: answers.append((value, threading.current_thread().name)))
    assert not answers
    go.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [({"a": 1}, "MainThread")]


def test_errors_reach_their_taker_or_the_signal(link: Linked, qtbot: Any) -> None:
    made, engine = link
    engine.answers["bad"] = UserError("No such thing.", "Look elsewhere.")
    errors: list[Exception] = []
    made.call("bad", on_error=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert str(errors[0]) == "No such thing. Look elsewhere."
    with qtbot.waitSignal(made.failed):
        made.call("bad")


def test_after_close_nothing_is_asked(link: Linked) -> None:
    made, engine = link
    made.close()
    made.call("ping", on_ok=lambda _: pytest.fail("answered"))
    assert ("ping", {}) not in engine.asked
