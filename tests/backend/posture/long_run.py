"""A workspace over many days: scans, decisions and mutes as the engine writes them, and how it stood after each."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from backend.posture import score
from backend.posture.rule import Rule
from backend.workspace import file, triage
from backend.workspace.triage import Decision
from tests.backend.posture.scans import ACCOUNT, Workspace

DAY = 86_400
START = 1_760_000_000
SHOWN = (
    "rule, account, resource, region, name, severity, status, presence, state, reopened, reason, evidence, missing,"
    " first_seen, last_seen, changed, first_scan, last_scan, assignee, mute_reason, mute_note, muted_by, mute_until"
)
DENIED = {"operation": "s3.ListBuckets", "region": "global", "outcome": "denied"}


def rows_of(conn: sqlite3.Connection) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(rule, resource name) -> everything a report may say of it."""
    found = conn.execute(f"SELECT {SHOWN} FROM finding ORDER BY rule, account, resource")
    return {(row[0], row[4]): row for row in found}


class LongRun(Workspace):
    """One account and the rules given; `at` of each call must not go back."""

    def __init__(self, path: Path, rules: Iterable[Rule]) -> None:
        file.create(path)
        super().__init__(path)
        self.rules = list(rules)
        self.conn.execute(
            "INSERT INTO account (provider, name, kind, cloud_id, created_at) VALUES ('aws', 'prod', 'profile', ?, ?)",
            (ACCOUNT, START - DAY),
        )
        for rule in self.rules:
            self.publish(rule)

    def step(self, rows: Mapping[str, str | None], at: int, *, denied: bool = False, state: str = "done") -> int:
        """A scan that ended at `at` and saw buckets (name -> versioning; None: not collected); judged when done."""
        self.pass_time(at)
        seen = [("aws_s3_bucket", name, {"versioning": value}) for name, value in rows.items()]
        scan = self.scan([] if denied else seen, bad=[DENIED] if denied else [], at=at - 60, state=state)
        self.conn.execute("UPDATE scan SET finished_at = ?, resources = ? WHERE id = ?", (at, len(seen), scan))
        # The clock of the store is the machine's; these scans are of another time.
        self.conn.execute("UPDATE api_call_outcome SET at = ? WHERE scan = ?", (at - 30, scan))
        if state == "done":
            for rule in self.rules:
                self.merge(rule, scan, at)
            score.record(self.conn, scan, at)
        return scan

    def decide(self, name: str, at: int, state: str | None = None, who: str = "maria", **more: Any) -> None:
        """A decision about all findings of a bucket."""
        self.pass_time(at)
        ids = [row[0] for row in self.conn.execute("SELECT id FROM finding WHERE name = ?", (name,))]
        triage.decide(self.conn, ids, Decision(state, **more), who=who, at=at)

    def pass_time(self, now: int) -> None:
        """End mutes as the engine's timer does."""
        while (due := triage.next_expiry(self.conn)) is not None and due <= now:
            triage.expire(self.conn, due)


def wander(run: LongRun, seed: int, days: int = 9) -> list[tuple[int, dict[tuple[str, str], tuple[Any, ...]]]]:
    """Let things happen at random; (moment, how it stood) for each day."""
    rng = random.Random(seed)
    buckets: dict[str, str | None] = {}
    stood = []
    for day in range(days):
        at = START + day * DAY
        for name in ("a", "b", "c", "d", "e"):
            if rng.random() < 0.15:
                buckets.pop(name, None)
            elif rng.random() < 0.6:
                buckets[name] = rng.choice(["Enabled", "Suspended", "Suspended", None])
        run.step(buckets, at, denied=rng.random() < 0.15)
        for hour in range(1, rng.randrange(1, 5)):
            name, when = rng.choice("abcde"), at + hour * 3600
            if rng.random() < 0.5:
                until = rng.choice([None, when + 1800, when + 2 * DAY + 7])
                run.decide(name, when, "muted", reason="accepted risk", note=f"day {day}", until=until)
            else:
                run.decide(name, when, rng.choice(["open", "in_progress"]), assignee=rng.choice(["", "li", "sam"]))
        moment = at + DAY // 2
        run.pass_time(moment)
        stood.append((moment, rows_of(run.conn)))
    return stood


def differences(found: Mapping[Any, tuple[Any, ...]], wanted: Mapping[Any, tuple[Any, ...]]) -> list[str]:
    """Every value that is another, named."""
    names = SHOWN.split(", ")
    told = [f"{key}: only one side has it" for key in set(found) ^ set(wanted)]
    for key in sorted(set(found) & set(wanted)):
        pairs = zip(names, found[key], wanted[key], strict=True)
        told += [f"{key}: {name} {ours!r}, was {theirs!r}" for name, ours, theirs in pairs if ours != theirs]
    return told
