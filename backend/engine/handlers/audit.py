"""Verifying the audit log: the worker needs the log's key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.engine.jobs import Job
from backend.engine.kinds import Handler

if TYPE_CHECKING:
    from backend.engine.server import Engine


class VerifyHandler(Handler):
    """`request`: {head}."""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The key goes by the worker's standard input."""
        from backend.credentials.secret import Secret

        await engine.vault.audit_ready(job.client)
        key = Secret(engine.vault.mac_key().hex())
        job.secrets.append(key)
        return {"head": job.request["head"], "key": key.reveal()}
