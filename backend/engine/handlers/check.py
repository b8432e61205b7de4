"""*Check again*: one resource read anew, into the newest scan of its account."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from backend.engine.handlers.identity import read_account, worker_identity
from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine


class CheckHandler(Handler):
    """`request`: {finding}. The result's `outcome` is read, gone or unreadable; `evaluation` is the job that judges."""

    def __init__(self) -> None:
        self._scan = 0
        self._rule = self._cloud_id = self._table = self._uid = ""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """Where the resource is, who may read it, and the operations that the rule rests on."""
        found = engine.conn.execute(
            "SELECT rule, account, resource_type, resource, region, name FROM finding WHERE id = ?",
            (job.request["finding"],),
        ).fetchone()
        if found is None:
            raise UserError(f"There is no finding {job.request['finding']}.")
        self._rule, self._cloud_id, self._table, self._uid, region, name = found
        self._scan, account = self._newest_scan(engine)
        row = engine.conn.execute("SELECT operations, definition FROM rule WHERE id = ?", (self._rule,)).fetchone()
        operations, definition = row or ("[]", "")
        identity = await worker_identity(engine, job, read_account(engine, account))
        return {
            **identity,
            "cloud_id": self._cloud_id,
            "table": self._table,
            "uid": self._uid,
            "region": region,
            "name": name,
            "operations": json.loads(operations),
            "related": self._related(engine, definition, region) if definition else {},
        }

    def batch(self, engine: Engine, job: Job, data: dict[str, Any]) -> None:
        """The row as it is now. Outcomes of listings stay the scan's: one resource found says nothing of the others."""
        from backend.inventory.store import replace_row, replace_table, store_batch

        if "related" in data:
            for one in data["related"]:
                replace_table(engine.conn, self._scan, self._cloud_id, one["table"], one["regions"], one["rows"])
                engine.writer.changed(one["table"])
            store_batch(engine.conn, self._scan, {"outcomes": data["outcomes"]})
            return
        store_batch(engine.conn, self._scan, {"outcomes": [one for one in data["outcomes"] if one["resource"]]})
        if data["row"] is not None:
            replace_row(engine.conn, self._scan, data["row"])
            engine.writer.changed(self._table)

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """What is gone leaves the scan; then its rule speaks again."""
        from backend.engine.handlers.scan import start_evaluation
        from backend.inventory.store import remove_row

        if outcome.state != "done":
            return
        if outcome.result["outcome"] == "gone":
            with engine.writer.transaction() as conn:
                remove_row(conn, self._scan, self._table, self._cloud_id, self._uid)
                engine.writer.changed(self._table)
        if outcome.result["outcome"] != "unreadable":
            evaluation = start_evaluation(engine, job, self._scan, [self._rule], final=True)
            outcome.result["evaluation"] = evaluation.id

    def _related(self, engine: Engine, definition: str, region: str) -> dict[str, list[str]]:
        """Tables that the rule reads beside the resource's own row -> regions to list anew ([] for a global one)."""
        from backend.inventory import catalog
        from backend.posture.ready import tables_read

        regions = json.loads(engine.conn.execute("SELECT regions FROM scan WHERE id = ?", (self._scan,)).fetchone()[0])
        scopes = json.loads(definition).get("related_scope", {})
        found: dict[str, list[str]] = {}
        for table in tables_read([definition])[definition] - {self._table}:
            if catalog.tables()[table].anchor:
                continue  # one row each, and what they hold is told by details that the scan has read
            each = catalog.listing_of(table).region == "each"
            found[table] = ([region] if scopes.get(table) == "region" else regions) if each else []
        return found

    def _newest_scan(self, engine: Engine) -> tuple[int, int]:
        """(newest scan of the cloud account, the account row it was made by)."""
        for other in engine.jobs.active("scan"):
            if other.subject.get("cloud_id") == self._cloud_id:
                raise UserError(
                    "This account is being scanned at the moment.", "Wait for the scan: it checks this too."
                )
        row = engine.conn.execute(
            "SELECT id, account FROM scan WHERE cloud_id = ? AND state <> 'failed' ORDER BY id DESC LIMIT 1",
            (self._cloud_id,),
        ).fetchone()
        if row is None or row[1] is None:
            raise UserError(
                f"The account {self._cloud_id} is no longer in this workspace.", "Add it again to check its findings."
            )
        return int(row[0]), int(row[1])
