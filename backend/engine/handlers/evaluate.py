"""An evaluation of rules over a stored scan: into the findings when the scan is the newest, else only compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

MOST_DIFFERENCES = 2000


class EvaluateHandler(Handler):
    """`request`: {scan, rules, final}. After a `final` one the score is recorded."""

    def __init__(self) -> None:
        self._newest = True
        self._differences: list[dict[str, Any]] = []
        self._more = 0
        self._counts: dict[str, int] = {}

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """See which scan it is."""
        scan = job.request["scan"]
        row = engine.conn.execute("SELECT cloud_id FROM scan WHERE id = ?", (scan,)).fetchone()
        if row is None:
            raise UserError(f"There is no scan {scan}.")
        newest = engine.conn.execute("SELECT max(id) FROM scan WHERE cloud_id = ?", row).fetchone()[0]
        # An earlier scan says how things were: that must not become how they are.
        self._newest = newest == scan
        return {"scan": scan, "rules": job.request["rules"]}

    def batch(self, engine: Engine, job: Job, data: dict[str, Any]) -> None:
        """One rule's verdicts."""
        if not self._newest:
            self._compare(data)
            return
        from backend.posture.findings import merge

        counts = merge(engine.conn, job.request["scan"], data)
        for name, count in counts.items():
            self._counts[name] = self._counts.get(name, 0) + count
        if data.get("error"):
            engine.writer.changed("rule")
        if any(counts.values()) or data.get("changed"):
            engine.writer.changed("finding", None, **counts)

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Record the score of a final evaluation; say what an earlier scan would have found otherwise."""
        outcome.result["scan"] = job.request["scan"]
        if not self._newest:
            outcome.result.update(earlier=True, differences=self._differences, more=self._more)
            return
        outcome.result["counts"] = self._counts
        if outcome.state == "done" and job.request["final"]:
            from backend.posture.score import record

            with engine.writer.transaction() as conn:
                record(conn, job.request["scan"])
                engine.writer.changed("score", job.request["scan"])
                engine.writer.changed("finding")

    def _compare(self, data: dict[str, Any]) -> None:
        for verdict in data.get("changed", ()):
            if len(self._differences) < MOST_DIFFERENCES:
                shown = {name: verdict[name] for name in ("uid", "region", "name", "status", "reason")}
                self._differences.append({"rule": data["rule"], **shown})
            else:
                self._more += 1
