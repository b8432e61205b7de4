"""A scan: its row in the workspace, its batches, and the evaluation of rules while it runs and when it has ended."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from backend.engine.handlers.identity import Account, read_account, worker_identity
from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler
from backend.errors import UserError
from backend.product import VERSION

if TYPE_CHECKING:
    from backend.engine.server import Engine

EVALUATE_EVERY = 4.0  # seconds: each evaluation while the scan runs takes processor time from it
_STATES = {"done": "done", "cancelled": "cancelled", "failed": "failed"}


class ScanHandler(Handler):
    """One scan of one account. `request`: {account, regions, everything, scan}; `scan` is one to resume, or None."""

    def __init__(self) -> None:
        self.scan = 0
        self._evaluated: set[str] = set()
        self._evaluated_at = 0.0
        self._evaluating = False

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """Find out who we are when nobody did yet, make or reopen the scan's row, hand over identity and scope."""
        await engine.vault.audit_ready(job.client)
        account = read_account(engine, job.request["account"])
        if not account.cloud_id:
            account = await _tested(engine, job, account)
        identity = await worker_identity(engine, job, account)
        _refuse_second(engine, job, account)
        resumed = job.request["scan"]
        with engine.writer.transaction():
            self.scan = self._reopen(engine, resumed) if resumed else self._insert(engine, job, account)
            engine.audit(
                job.client, "scan.resume" if resumed else "scan.start", f"scan {self.scan}", account=account.name
            )
            engine.writer.changed("scan", self.scan)
        job.subject.update(scan=self.scan, cloud_id=account.cloud_id)
        done = engine.conn.execute("SELECT unit, region FROM scan_unit WHERE scan = ?", (self.scan,)).fetchall()
        return {
            **identity,
            "scan": self.scan,
            "cloud_id": account.cloud_id,
            "regions": job.request["regions"],
            "declared": json.loads(account.options).get("regions", []),
            "operations": self._operations(engine, job),
            "done": [list(unit) for unit in done],
        }

    def batch(self, engine: Engine, job: Job, data: dict[str, Any]) -> None:
        """Store what was collected; once units are complete, rules may be ready."""
        from backend.inventory.store import store_batch

        if "begin" in data:
            begin = data["begin"]
            engine.conn.execute(
                "UPDATE scan SET identity = ?, regions = ?, left_out = ?, plan = ? WHERE id = ?",
                (
                    begin["identity"],
                    json.dumps(begin["regions"]),
                    json.dumps(begin["left_out"]),
                    json.dumps(begin["operations"]),
                    self.scan,
                ),
            )
        for table, newest in store_batch(engine.conn, self.scan, data).items():
            engine.writer.changed(table, newest)
        if data.get("units") or "begin" in data:
            engine.writer.changed("scan", self.scan)
        if data.get("units"):
            self._evaluate_later(engine, job)

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Close the scan's row, and evaluate what it collected."""
        if not self.scan:  # it never began
            return
        state, error = _STATES[outcome.state], ""
        if outcome.error is not None:
            error = " ".join(filter(None, (outcome.error["message"], outcome.error["next_step"])))
            # Its worker fell: what it collected is good, and the rest can still be.
            state = "interrupted" if outcome.error["kind"] == "worker" else "failed"
        with engine.writer.transaction() as conn:
            conn.execute(
                "UPDATE scan SET state = ?, finished_at = ?, error = ? WHERE id = ?",
                (state, int(time.time()), error, self.scan),
            )
            engine.writer.changed("scan", self.scan)
        if state == "done" or engine.conn.execute("SELECT 1 FROM scan_unit WHERE scan = ?", (self.scan,)).fetchone():
            rules = [] if state == "done" else _ready(engine, self.scan)
            if state == "done" or rules:
                evaluation = start_evaluation(engine, job, self.scan, rules, final=True)
                outcome.result["evaluation"] = evaluation.id
        outcome.result["scan"] = self.scan

    def _insert(self, engine: Engine, job: Job, account: Account) -> int:
        from backend.engine.rules import enabled_digest

        cursor = engine.conn.execute(
            "INSERT INTO scan (account, provider, cloud_id, batch, state, started_at, product_version, rules_digest)"
            " VALUES (?, 'aws', ?, ?, 'running', ?, ?, ?)",
            (
                account.id,
                account.cloud_id,
                job.request["batch"],
                int(time.time()),
                VERSION,
                enabled_digest(engine.conn),
            ),
        )
        return int(cursor.lastrowid or 0)

    def _reopen(self, engine: Engine, scan: int) -> int:
        engine.conn.execute("UPDATE scan SET state = 'running', finished_at = NULL, error = '' WHERE id = ?", (scan,))
        return scan

    def _operations(self, engine: Engine, job: Job) -> list[str]:
        """What to call; [] is everything. A resumed scan keeps its plan, however the rules have changed since."""
        plan = engine.conn.execute("SELECT plan FROM scan WHERE id = ?", (self.scan,)).fetchone()[0]
        if job.request["scan"] and plan != "[]":
            return list(json.loads(plan))
        return [] if job.request["everything"] else enabled_operations(engine)

    def _evaluate_later(self, engine: Engine, job: Job) -> None:
        if not self._evaluating:
            self._evaluating = True
            wait = self._evaluated_at + EVALUATE_EVERY - engine.loop.clock()
            engine.loop.call_later(max(0.5, wait), lambda: self._evaluate_ready(engine, job))

    def _evaluate_ready(self, engine: Engine, job: Job) -> None:
        self._evaluated_at = engine.loop.clock()
        rules = [rule for rule in _ready(engine, self.scan) if rule not in self._evaluated] if job.active else []
        if not rules:
            self._evaluating = False
            return
        self._evaluated.update(rules)
        evaluation = start_evaluation(engine, job, self.scan, rules, final=False)
        evaluation.end.then(lambda _: setattr(self, "_evaluating", False))


def start_evaluation(engine: Engine, job: Job, scan: int, rules: list[str], *, final: bool) -> Job:
    """Start the evaluation of some rules (none: all) over a scan, in the name of the job's client."""
    request = {"scan": scan, "rules": rules, "final": final}
    subject = {"scan": scan, "account": job.subject.get("account")}
    return engine.jobs.start("evaluate", f"Evaluate scan {scan}", request, job.client, subject)


def enabled_operations(engine: Engine) -> list[str]:
    """API operations that the enabled rules need, sorted: the same list that the shown policy allows."""
    from backend.posture.permissions import operations_enabled

    return operations_enabled(engine.conn)


def _ready(engine: Engine, scan: int) -> list[str]:
    from backend.posture.ready import rules_ready

    return rules_ready(engine.conn, scan)


async def _tested(engine: Engine, job: Job, account: Account) -> Account:
    """The account once AWS has said whose it is."""
    request = {"account": account.id, "permissions": False}
    test = engine.jobs.start("account.test", f"Test {account.name}", request, job.client, {"account": account.id})
    outcome = await test.end
    if outcome.state != "done":
        error = outcome.error or {"message": f"The test of {account.name} was cancelled.", "next_step": ""}
        raise UserError(error["message"], error["next_step"])
    return read_account(engine, account.id)


def _refuse_second(engine: Engine, job: Job, account: Account) -> None:
    """Two scans of one cloud account at once would each see the other's rows as of before."""
    for other in engine.jobs.active("scan"):
        if other is not job and other.subject.get("cloud_id") == account.cloud_id:
            raise UserError(
                f"AWS account {account.cloud_id} is being scanned already (“{other.title}”).",
                "Wait for it, or cancel it.",
            )
