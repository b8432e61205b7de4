"""Handing the workspace over, taking triage back. Passphrases stay in these objects and the worker's first frame."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler

if TYPE_CHECKING:
    from backend.engine.server import Engine


class ExportHandler(Handler):
    """`request`: {path, overwrite}."""

    def __init__(self, passphrase: str | None = None) -> None:
        self._passphrase = passphrase

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The audit row comes first, so that the copy tells of itself."""
        await engine.vault.audit_ready(job.client)
        with engine.writer.decision():
            protected = self._passphrase is not None
            engine.audit(job.client, "workspace.export", job.request["path"], protected=protected)
        return {**job.request, "passphrase": self._passphrase, "who": job.who}


class PreviewHandler(Handler):
    """`request`: {path}. The worker compares; nothing is written."""

    def __init__(self, passphrase: str | None = None) -> None:
        self._passphrase = passphrase

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The request, with the passphrase."""
        return {"path": job.request["path"], "passphrase": self._passphrase}


class ImportHandler(PreviewHandler):
    """`request`: {path, choices, default}. The worker opens and compares first, so that a bad file costs us nothing."""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The request, once the audit log can be written."""
        await engine.vault.audit_ready(job.client)
        return await super().begin(engine, job)

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Merge. The result is what was done, with an undo token for the findings."""
        from backend.workspace.handover import triage

        if outcome.state != "done":
            return
        with engine.writer.decision() as conn:
            done = triage.apply(
                conn,
                Path(job.request["path"]),
                job.request["choices"],
                job.who,
                default=job.request["default"],
                passphrase=self._passphrase,
            )
            shown = {name: getattr(done, name) for name in ("decided", "kept", "recorded", "comments", "labels")}
            engine.audit(job.client, "triage.import", job.request["path"], **shown)
            for table in ("finding", "comment", "asset_label"):
                engine.writer.changed(table, None, triaged=len(done.steps))
        engine.upkeep.mutes_changed()
        outcome.result.clear()
        outcome.result.update(shown, undo=engine.undo.add(done.steps) if done.steps else "")
