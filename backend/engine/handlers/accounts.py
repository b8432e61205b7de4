"""Jobs about accounts: profiles, connection test, the members of an organization."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from backend.engine.handlers.identity import read_account, worker_identity
from backend.engine.jobs import Job, Outcome
from backend.engine.kinds import Handler

if TYPE_CHECKING:
    from backend.engine.server import Engine


class TestHandler(Handler):
    """Test a connection; a saved account learns who it is. `draft` {kind, options, keys} is one not saved yet."""

    __test__ = False  # not a test of pytest's

    def __init__(self, draft: dict[str, Any] | None = None) -> None:
        self._draft = draft

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """Identity, and the permissions of the enabled rules when they shall be checked."""
        if self._draft is not None:
            identity = {"parent": None, **self._draft}
        else:
            identity = await worker_identity(engine, job, read_account(engine, job.request["account"]))
        return {**identity, "permissions": enabled_permissions(engine) if job.request["permissions"] else []}

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Keep who we were."""
        id = job.request.get("account")
        if outcome.state != "done" or id is None:
            return
        found = outcome.result
        with engine.writer.transaction() as conn:
            conn.execute(
                "UPDATE account SET identity = ?, tested_at = ?, cloud_id = ?,"
                " alias = CASE ? WHEN '' THEN alias ELSE ? END WHERE id = ?",
                (found["arn"], int(time.time()), found["account"], found["alias"], found["alias"], id),
            )
            engine.writer.changed("account", id)


class MembersHandler(Handler):
    """List an organization; its members become accounts of the workspace."""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """The organization's own identity."""
        identity = await worker_identity(engine, job, read_account(engine, job.request["account"]))
        return {**identity, "enter": job.request["enter"]}

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """Add and update members; one that is no longer listed keeps its history and is no longer selected."""
        if outcome.state != "done":
            return
        organization = job.request["account"]
        with engine.writer.transaction() as conn:
            known = dict(conn.execute("SELECT cloud_id, id FROM account WHERE parent = ?", (organization,)).fetchall())
            for member in outcome.result["members"]:
                id = known.pop(member["id"], None)
                if id is None:
                    id = self._add(engine, organization, member)
                conn.execute(
                    "UPDATE account SET alias = ?, options = ? WHERE id = ?", (member["name"], member["options"], id)
                )
                if member["arn"]:
                    conn.execute(
                        "UPDATE account SET identity = ?, tested_at = ? WHERE id = ?",
                        (member["arn"], int(time.time()), id),
                    )
                if member["status"] != "ACTIVE":
                    conn.execute("UPDATE account SET selected = 0 WHERE id = ?", (id,))
                member["row"] = id
            for id in known.values():
                conn.execute("UPDATE account SET selected = 0 WHERE id = ?", (id,))
            engine.writer.changed("account", members=len(outcome.result["members"]))

    def _add(self, engine: Engine, organization: int, member: dict[str, Any]) -> int:
        conn = engine.conn
        name = str(member["name"] or member["id"])[:120]
        if conn.execute("SELECT 1 FROM account WHERE name = ?", (name,)).fetchone():
            name = f"{name} ({member['id']})"
        cursor = conn.execute(
            "INSERT INTO account (provider, name, kind, cloud_id, parent, demo, created_at)"
            " SELECT 'aws', ?, 'member', ?, id, demo, ? FROM account WHERE id = ?",
            (name, member["id"], int(time.time()), organization),
        )
        return int(cursor.lastrowid or 0)


def enabled_permissions(engine: Engine) -> list[str]:
    """IAM actions that a scan with the enabled rules needs, sorted."""
    from backend.inventory.aws.permissions import permissions
    from backend.posture.permissions import operations_enabled

    return permissions(operations_enabled(engine.conn))
