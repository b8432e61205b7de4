"""One bounded pool over service x region x resource.

Two kinds of task share the threads: a *unit* (a listing in a region) and a *row* (the details of one resource).
Rows go first, so that memory holds a few thousand rows at most however large the account is; a unit with many rows
under way is put back and continues with its next page later.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.errors import UserError
from backend.inventory.aws.api import Api
from backend.inventory.collector import Answer, Detail, Row, Scope
from backend.inventory.outcome import CallFailed, CallRecord, Outcome
from backend.inventory.plan import Plan, Unit
from backend.inventory.unreadable import readable, unreadable

ROWS_AHEAD = 1_000  # rows of one unit whose details may be under way before it must wait
BATCH = 200  # rows sent to the engine at once

Emit = Callable[[Mapping[str, Any]], None]


@dataclass
class _UnitRun:
    """A unit under way."""

    unit: Unit
    pages: Iterator[Answer | CallFailed] | None = None
    failed: set[str] = field(default_factory=set)  # of the listing's `also`
    listed_all: bool = False
    outstanding: int = 0
    resources: int = 0
    ready: list[Row] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)
    finished: bool = False


@dataclass
class Progress:
    """Truthful counts: units are known from the start, resources as they are found."""

    units_total: int = 0
    units_done: int = 0
    resources_found: int = 0
    resources_done: int = 0
    services: dict[str, list[int]] = field(default_factory=dict)  # service -> [units done, units total]


class Pool:
    """Runs units over threads. `emit` is called from any of them, one call at a time."""

    def __init__(
        self,
        api: Api,
        plan: Plan,
        scope: Callable[[str], Scope],
        emit: Emit,
        *,
        threads: int = 12,
        stop: threading.Event | None = None,
        on_progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._api = api
        self._plan = plan
        self._scope = scope
        self._emit = emit
        self._threads = threads
        self._stop = stop or threading.Event()
        self._on_progress = on_progress
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._lock = threading.RLock()
        self._emit_lock = threading.Lock()
        self._pending = 0
        self._idle = threading.Event()
        self._failure: BaseException | None = None
        self._left: dict[str, int] = {}
        self.progress = Progress()

    def run(self, units: Iterable[Unit]) -> None:
        """Run all units; returns when done or cancelled.

        Raises:
            UserError: the credentials ran out.
        """
        for unit in units:
            service = unit.listing.operation.split(".")[0]
            self.progress.units_total += 1
            self.progress.services.setdefault(service, [0, 0])[1] += 1
            self._left[service] = self._left.get(service, 0) + 1
            run = _UnitRun(unit)
            self._put(1, lambda run=run: self._advance(run))  # type: ignore[misc]
        if not self._pending:
            return
        workers = [threading.Thread(target=self._work, name=f"collect-{n}", daemon=True) for n in range(self._threads)]
        for worker in workers:
            worker.start()
        self._idle.wait()
        for _ in workers:
            self._queue.put((9, next(self._order), None))
        for worker in workers:
            worker.join()
        if self._failure is not None:
            raise self._failure

    def _put(self, priority: int, task: Callable[[], None]) -> None:
        with self._lock:
            self._pending += 1
        self._queue.put((priority, next(self._order), task))

    def _work(self) -> None:
        while True:
            _, _, task = self._queue.get()
            if task is None:
                return
            try:
                if self._failure is None:
                    task()
            except BaseException as error:  # noqa: BLE001 - carried to the thread that called run()
                with self._lock:
                    self._failure = self._failure or error
                self._stop.set()
            finally:
                with self._lock:
                    self._pending -= 1
                    if not self._pending:
                        self._idle.set()

    def _advance(self, run: _UnitRun) -> None:
        """Read pages of a unit until it ends, or until enough of its rows wait for their details."""
        listing, region = run.unit.listing, run.unit.region
        scope = self._scope(region)
        try:
            if run.pages is None:
                run.pages = readable(listing.operation, self._open(run.unit, scope))
            for page in run.pages:
                if isinstance(page, CallFailed):
                    run.failed.add(page.operation)
                    record = CallRecord(page.operation, region, "", page.outcome, page.code, page.message)
                    self._record(run, record)
                    continue
                for row in readable(listing.operation, listing.rows(page, scope)):
                    self._found(run, row)
                with self._lock:
                    wait = run.outstanding > ROWS_AHEAD
                if wait:
                    self._put(2, lambda: self._advance(run))
                    return
            answered = [also for also in listing.also if also not in run.failed]
            records = [CallRecord(operation, region, "", Outcome.OK) for operation in (listing.operation, *answered)]
        except CallFailed as failed:
            if failed.outcome is Outcome.CANCELLED:
                return  # not a finding about the account: a resumed scan asks again
            records = [CallRecord(listing.operation, region, "", failed.outcome, failed.code, failed.message)]
        self._record(run, *records)
        with self._lock:
            run.listed_all = True
        self._maybe_finish(run)

    def _record(self, run: _UnitRun, *records: CallRecord) -> None:
        """Under the lock, since a row's thread may be flushing the unit's records at this moment."""
        with self._lock:
            run.records.extend(records)

    def _open(self, unit: Unit, scope: Scope) -> Iterator[Answer | CallFailed]:
        listing = unit.listing
        if listing.fetch is not None:
            return iter(listing.fetch(self._api, scope))
        return self._api.pages(listing.operation, unit.region, **listing.arguments)

    def _found(self, run: _UnitRun, row: Row) -> None:
        details = self._plan.details.get(row.table.name, ())
        with self._lock:
            run.resources += 1
            self.progress.resources_found += 1
            if details:
                run.outstanding += 1
        if details:
            self._put(0, lambda: self._detail(run, row, details))
        else:
            self._row_done(run, row)

    def _detail(self, run: _UnitRun, row: Row, details: tuple[Detail, ...]) -> None:
        records = read_details(self._api, row, details)
        if records is None:
            return  # cancelled half way: the unit never counts as finished
        self._row_done(run, row, records, waited=1)
        self._maybe_finish(run)

    def _row_done(self, run: _UnitRun, row: Row, records: Iterable[CallRecord] = (), waited: int = 0) -> None:
        # In one step: a unit whose last row is no longer outstanding, but not yet ready, would finish without it.
        with self._lock:
            run.outstanding -= waited
            run.records.extend(records)
            run.ready.append(row)
            self.progress.resources_done += 1
            full = len(run.ready) >= BATCH
        if full:
            self._flush(run)
            self._on_progress(self.progress)

    def _maybe_finish(self, run: _UnitRun) -> None:
        with self._lock:
            if run.finished or not run.listed_all or run.outstanding:
                return
            run.finished = True
            service = run.unit.listing.operation.split(".")[0]
            self.progress.units_done += 1
            self.progress.services[service][0] += 1
            self._left[service] -= 1
            last = not self._left[service]
        self._flush(run, unit=True)
        if last:
            self._api.let_go(service)
        self._on_progress(self.progress)

    def _flush(self, run: _UnitRun, *, unit: bool = False) -> None:
        # Taking and sending are one step, too: a unit's last batch may not overtake one with rows of the same unit, or
        # a death between the two would lose rows of a unit that counts as finished.
        with self._emit_lock:
            with self._lock:
                rows, run.ready = run.ready, []
                records, run.records = run.records, []
            batch: dict[str, Any] = {
                "rows": [row.wire() for row in rows],
                "outcomes": [record.wire() for record in records],
            }
            if unit:
                operation, region = run.unit.key
                batch["units"] = [{"unit": operation, "region": region, "resources": run.resources}]
            if unit or rows or records:
                self._emit(batch)


def read_details(api: Api, row: Row, details: Iterable[Detail]) -> list[CallRecord] | None:
    """Ask each detail of one resource, filling the row. None when the scan was cancelled on the way."""
    records: list[CallRecord] = []
    for detail in details:
        region = row.context.get("call_region", row.region)
        try:
            code = _read_detail(api, row, detail, region)
        except CallFailed as failed:
            if failed.outcome is Outcome.CANCELLED:
                return None
            records.append(CallRecord(detail.operation, region, row.uid, failed.outcome, failed.code, failed.message))
        else:
            if code is not None:
                records.append(CallRecord(detail.operation, region, row.uid, Outcome.OK, code))
    return records


def _read_detail(api: Api, row: Row, detail: Detail, region: str) -> str | None:
    """Ask one detail and fill the row. The error code that meant "there is none", else ''; None when not asked.

    Raises:
        CallFailed: there was no answer, or none that could be read.
    """
    try:
        applies = detail.when(row) if detail.when else True
        if applies is False:
            row.fill(detail.operation, {})
        if not applies:
            return None
        try:
            answer = api.call(detail.operation, region, **detail.arguments(row))
        except CallFailed as failed:
            if failed.code in detail.absent_codes or (detail.absent_text and detail.absent_text in failed.message):
                row.fill(detail.operation, {}, {"absent": failed.code})
                return failed.code
            raise
        raw = _without_metadata(answer)
        row.fill(detail.operation, detail.columns(answer, row), detail.kept(raw) if detail.kept else raw)
        return ""
    except (CallFailed, UserError):
        raise
    except Exception as error:
        raise unreadable(detail.operation, error) from error


def _without_metadata(answer: Answer) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}
