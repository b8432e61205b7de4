"""The pool under many threads and hostile answers: nothing lost, nothing too early, nothing ends the scan."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest

from backend.inventory.aws.pool import Pool
from backend.inventory.collector import Detail, Listing, Row, Scope
from backend.inventory.outcome import CallFailed
from backend.inventory.plan import Plan, Unit
from backend.inventory.table import ResourceTable, text

TABLE = ResourceTable(
    "aws_t", "T", "t", "t.List", (text("a", "A.", "t.GetA"), text("b", "B.", "t.GetB"), text("c", "C.", "t.List"))
)


class FakeApi:
    """Answers from a function, at once."""

    def __init__(self, pages: Iterable[Any], answer: Any = lambda operation, name: {}) -> None:
        self._pages = pages
        self._answer = answer

    def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Any]:
        yield from self._pages

    def call(self, operation: str, region: str, **arguments: Any) -> Any:
        return self._answer(operation, arguments["name"])

    def let_go(self, service: str) -> None:
        pass


def rows(page: Any, scope: Scope) -> Iterable[Row]:
    for name in page["Names"]:
        yield Row(TABLE, f"arn:{scope.region}:{name}", scope.account, scope.region, name)


def detail(operation: str, column: str) -> Detail:
    return Detail(
        operation, TABLE, lambda row: {"name": row.name}, lambda answer, row: {column: answer.get("Value", "")}
    )


DETAILS = (detail("t.GetA", "a"), detail("t.GetB", "b"))
LISTING = Listing("t.List", (TABLE,), rows)


class Sent(list[Mapping[str, Any]]):
    """The batches, in the order they were sent."""

    def all(self, key: str) -> list[Any]:
        return [one for batch in self for one in batch.get(key, ())]


def collect(api: FakeApi, units: int, threads: int = 8, lock: Any = None) -> Sent:
    sent = Sent()
    plan = Plan("aws", (LISTING,), {"aws_t": DETAILS})
    pool = Pool(api, plan, lambda region: Scope("1", region), sent.append, threads=threads)  # type: ignore[arg-type]
    if lock is not None:
        pool._lock = lock
    pool.run(Unit(LISTING, f"r{number}") for number in range(units))
    return sent


class Dawdling:
    """A lock behind which every other thread falls back for a moment: what two steps under it leave open comes true."""

    def __init__(self) -> None:
        self._lock = threading.RLock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if threading.current_thread().name[-1] in "13579":
            time.sleep(0.004)


def test_no_row_and_no_outcome_is_lost_and_none_comes_after_its_units_end() -> None:
    for _ in range(8):
        sent = collect(FakeApi([{"Names": ["x", "y", "z"]}]), units=40, lock=Dawdling())
        assert len(sent.all("rows")) == 120
        assert len(sent.all("outcomes")) == 40 + 240
        ended: set[str] = set()
        for batch in sent:
            assert not {row["region"] for row in batch["rows"]} & ended
            ended |= {unit["region"] for unit in batch.get("units", ())}
        assert len(ended) == 40


def test_a_unit_of_many_rows_goes_on_while_its_rows_wait() -> None:
    pages = [{"Names": [f"{page}-{number}" for number in range(500)]} for page in range(8)]
    sent = collect(FakeApi(pages), units=2, threads=3)
    assert len(sent.all("rows")) == 8_000
    assert max(len(batch["rows"]) for batch in sent) <= 700


HOSTILE: list[Any] = [None, 5, {"Names": 5}, {"Names": [None]}, {"Names": [""] * 0 + [7]}, {}]


@pytest.mark.parametrize("page", HOSTILE)
def test_a_listing_that_cannot_be_read_fails_and_the_rest_goes_on(page: Any) -> None:
    sent = collect(FakeApi([{"Names": ["good"]}, page]), units=2)
    assert len(sent.all("rows")) == 2
    listed = [one for one in sent.all("outcomes") if one["operation"] == "t.List"]
    assert {(one["outcome"], one["code"]) for one in listed} == {("failed", "UnreadableAnswer")}
    assert len(sent.all("units")) == 2


@pytest.mark.parametrize("value", [5, {"x": 1}, "x" * 2_000_000, b"\xff"])
def test_an_answer_of_the_wrong_type_is_one_failed_call(value: Any) -> None:
    def answer(operation: str, name: str) -> Any:
        return {"Value": value if operation == "t.GetA" and name == "bad" else "fine"}

    sent = collect(FakeApi([{"Names": ["good", "bad"]}], answer), units=1)
    found = {row["name"]: row["values"] for row in sent.all("rows")}
    assert found == {"good": {"a": "fine", "b": "fine"}, "bad": {"b": "fine"}}
    failed = [one for one in sent.all("outcomes") if one["outcome"] != "ok"]
    assert [(one["operation"], one["resource"]) for one in failed] == [("t.GetA", "arn:r0:bad")]
    assert "2000000" not in failed[0]["message"]


def test_when_the_engine_is_gone_the_pool_ends_with_that_error() -> None:
    def gone(batch: Mapping[str, Any]) -> None:
        raise BrokenPipeError

    plan = Plan("aws", (LISTING,), {"aws_t": DETAILS})
    pool = Pool(FakeApi([{"Names": ["x"]}]), plan, lambda region: Scope("1", region), gone)  # type: ignore[arg-type]
    done = threading.Event()

    def run() -> None:
        with pytest.raises(BrokenPipeError):
            pool.run([Unit(LISTING, "r1"), Unit(LISTING, "r2")])
        done.set()

    threading.Thread(target=run, daemon=True).start()
    assert done.wait(10)


def test_a_cancel_in_the_middle_ends_without_a_unit() -> None:
    stop = threading.Event()

    def answer(operation: str, name: str) -> Any:
        stop.set()
        from backend.inventory.outcome import Outcome

        raise CallFailed(operation, Outcome.CANCELLED, "Cancelled", "x")

    assert collect(FakeApi([{"Names": ["x", "y"]}], answer), units=3).all("units") == []
