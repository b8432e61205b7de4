"""A report: written by its worker, remembered and audited here."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler

if TYPE_CHECKING:
    from backend.engine.server import Engine


class ReportHandler(Handler):
    """`request`: {format, path, options, query}."""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The request, with the head of the audit log as it is now."""
        from backend.workspace import audit

        await engine.vault.audit_ready(job.client)
        head = audit.head(engine.conn)
        return {**job.request, "audit_head": {"count": head.count, "mac": head.mac}}

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Remember what was printed, and where it went."""
        if outcome.state != "done" or outcome.result.get("cancelled"):
            return
        found = outcome.result
        with engine.writer.decision() as conn:
            cursor = conn.execute(
                "INSERT INTO report (at, who, format, path, sha256, options) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    int(time.time()),
                    job.who,
                    job.request["format"],
                    found["path"],
                    found["sha256"],
                    json.dumps({**job.request["options"], "query": job.request["query"]}, ensure_ascii=False),
                ),
            )
            engine.audit(
                job.client, "report.build", found["path"], format=job.request["format"], sha256=found["sha256"]
            )
            engine.writer.changed("report", cursor.lastrowid)
