"""Judge the stored scans anew, in order, with the analysts' decisions in between: the findings as they stood.

Every step is the one that the engine takes with the present: the same evaluation, the same merge, the same triage.
"""

from __future__ import annotations

import heapq
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from backend.past.decisions import Timed, record
from backend.past.plan import PastScan, Plan
from backend.posture import findings, score
from backend.posture.evaluate_worker import MEMORY_LIMIT, evaluate_scan
from backend.workspace import triage
from backend.workspace.handover import merge
from backend.workspace.handover.incoming import Decision
from backend.workspace.writer import transaction

Progress = Callable[[int, int, str], None]
"""(done, total, text); may raise to stop."""


class Replay:
    """The findings of `past` from nothing (or their seed) to the moment."""

    def __init__(self, past: sqlite3.Connection, path: Path, plan: Plan, progress: Progress) -> None:
        self._past = past
        self._path = path
        self._plan = plan
        self._progress = progress
        self._ends: list[int] = []  # of mutes, a heap
        self.unfit = 0
        self.failed: set[str] = set()

    def run(self, decisions: list[Timed]) -> None:
        """Scans and decisions by time; what a scan found before what was decided at its end."""
        seeded = self._past.execute("SELECT mute_until FROM finding WHERE state = 'muted' AND mute_until IS NOT NULL")
        self._ends = sorted(row[0] for row in seeded)
        waiting = iter(decisions)
        upcoming = next(waiting, None)
        scans = self._plan.replayed
        with _without_indexes(self._past), _limited_memory():
            for number, scan in enumerate(scans):
                while upcoming is not None and upcoming[0] < scan.at:
                    self._decide(upcoming)
                    upcoming = next(waiting, None)
                self._expire(scan.at)
                self._judge(scan, number, len(scans))
        while upcoming is not None:
            self._decide(upcoming)
            upcoming = next(waiting, None)
        self._expire(self._plan.moment.at)

    def _judge(self, scan: PastScan, number: int, total: int) -> None:
        text = f"Judging scan {scan.id} anew" + (f" ({number + 1} of {total})" if total > 1 else "")
        # A rule that failed on an earlier scan may run on this one.
        self._past.execute("UPDATE rule SET error = ''")
        with transaction(self._past):
            link = _Link(self._past, scan, text, self._progress)
            outcome = evaluate_scan(self._path, scan.id, (), link)
            score.record(self._past, scan.id, scan.at)
        self.failed = set(outcome["failed"])

    def _decide(self, timed: Timed) -> None:
        at, decision, origin = timed
        self._expire(at)
        state = merge.finding(self._past, decision.key)
        if state is None:
            self.unfit += 1
            return
        with transaction(self._past):
            if origin != "imported" and state.triage.state == decision.state_before:
                _write(self._past, state.id, decision)
            elif not merge.is_moot(state, decision, at):
                merge.follow(self._past, decision, at)
            elif decision.state == decision.state_before:  # who looks after it can be decided of one that passes too
                self._past.execute("UPDATE finding SET assignee = ? WHERE id = ?", (decision.assignee, state.id))
            else:
                return
            record(self._past, [(decision, origin)])
        if decision.state == "muted" and decision.until is not None:
            heapq.heappush(self._ends, decision.until)

    def _expire(self, now: int) -> None:
        """End the mutes whose end has come, each at its time."""
        while self._ends and self._ends[0] <= now:
            end = heapq.heappop(self._ends)
            if not self._ends or self._ends[0] > end:
                with transaction(self._past):
                    triage.expire(self._past, end)


def _write(past: sqlite3.Connection, finding: int, decision: Decision) -> None:
    """A decision that meets what it met then does what it did then."""
    muted = decision.state == "muted"
    mute = (decision.reason, decision.note, decision.who, decision.until) if muted else ("", "", "", None)
    past.execute(
        "UPDATE finding SET state = ?, assignee = ?, mute_reason = ?, mute_note = ?, muted_by = ?, mute_until = ?"
        " WHERE id = ?",
        (decision.state, decision.assignee, *mute, finding),
    )


class _Link:
    """Stands where the engine does: takes an evaluation's batches into the findings."""

    def __init__(self, past: sqlite3.Connection, scan: PastScan, text: str, progress: Progress) -> None:
        self._past = past
        self._scan = scan
        self._text = text
        self._progress = progress

    def progress(self, done: int, total: int, text: str) -> None:
        self._progress(done, total, self._text)

    def batch(self, data: dict[str, Any]) -> None:
        findings.merge(self._past, self._scan.id, data, self._scan.at)

    def cancelled(self) -> bool:
        return False  # `progress` raises: half an evaluation must not pass for one


@contextmanager
def _without_indexes(past: sqlite3.Connection) -> Iterator[None]:
    """Findings are written by their key only; the indexes for reading are cheaper made once, at the end."""
    indexes = past.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('finding', 'finding_history')"
    ).fetchall()
    for name, _ in indexes:
        past.execute(f"DROP INDEX {name}")
    yield
    for _, sql in indexes:
        past.execute(sql)


@contextmanager
def _limited_memory() -> Iterator[None]:
    """What a rule may ask for, on top of what this process has: it then gets MemoryError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = _address_space() + MEMORY_LIMIT
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _address_space() -> int:
    with suppress(OSError, ValueError):
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    return 0
