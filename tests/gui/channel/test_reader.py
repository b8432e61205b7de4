"""Reads run off the GUI thread, stale ones are dropped, quick ones are done at once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gui.channel.reader import Reader

FOREVER = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def reader(qapp: Any, tmp_path: Path) -> Iterator[Reader]:
    path = tmp_path / "some.db"
    sqlite3.connect(path).close()
    made = Reader(lambda: sqlite3.connect(path, check_same_thread=False))
    yield made
    made.close()


def test_work_runs_elsewhere_and_answers_here(reader: Reader, qtbot: Any) -> None:
    seen: list[tuple[str, str]] = []

    def work(connection: sqlite3.Connection) -> str:
        return threading.current_thread().name

    reader.ask("a", work, lambda name: seen.append((name, threading.current_thread().name)))
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("page-reads", "MainThread")]


def test_the_newest_question_of_a_slot_is_the_only_one_answered(reader: Reader, qtbot: Any) -> None:
    begun, go = threading.Event(), threading.Event()
    answers: list[int] = []

    def slow(connection: sqlite3.Connection) -> int:
        begun.set()
        go.wait(5)
        return 1

    reader.ask("a", slow, answers.append)
    assert begun.wait(5)
    for number in (2, 3, 4):
        reader.ask("a", lambda _, number=number: number, answers.append)  # type: ignore[misc]
    reader.ask("b", lambda _: 10, answers.append)
    go.set()
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert answers == [4, 10]


def test_a_running_query_is_interrupted_by_a_newer_one(reader: Reader, qtbot: Any) -> None:
    answers: list[Any] = []
    begun = threading.Event()

    def endless(connection: sqlite3.Connection) -> Any:
        begun.set()
        return connection.execute(FOREVER).fetchone()

    reader.ask("a", endless, answers.append)
    assert begun.wait(5)
    qtbot.wait(20)
    reader.ask("a", lambda _: "newer", answers.append)
    qtbot.waitUntil(lambda: bool(answers), timeout=5_000)
    assert answers == ["newer"]


def test_an_error_reaches_its_taker_or_the_signal(reader: Reader, qtbot: Any) -> None:
    errors: list[Exception] = []
    reader.ask("a", lambda connection: connection.execute("no sql"), lambda _: None, errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], sqlite3.OperationalError)
    with qtbot.waitSignal(reader.failed):
        reader.ask("a", lambda connection: connection.execute("no sql"), lambda _: None)


def test_quick_reads_are_done_at_once_until_they_prove_slow(reader: Reader) -> None:
    assert reader.quick("k", lambda _: 7) == 7

    def slow(_: sqlite3.Connection) -> int:
        threading.Event().wait(0.05)
        return 8

    assert reader.quick("k", slow) == 8
    assert reader.quick("k", lambda _: 9) is None


def test_close_ends_a_running_query(qapp: Any, tmp_path: Path) -> None:
    path = tmp_path / "some.db"
    sqlite3.connect(path).close()
    made = Reader(lambda: sqlite3.connect(path, check_same_thread=False))
    begun = threading.Event()

    def endless(connection: sqlite3.Connection) -> object:
        begun.set()
        return connection.execute(FOREVER).fetchone()

    made.ask("a", endless, lambda _: pytest.fail("answered after close"))
    assert begun.wait(5)
    threading.Event().wait(0.02)
    made.close()
    made.ask("a", lambda _: 1, lambda _: pytest.fail("asked after close"))
