"""Scans: start, cancel, resume; evaluate a stored one; check one finding again."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.jobs import Job
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine


def start(
    engine: Engine, client: ClientConnection, accounts: list[int], regions: list[str], everything: bool
) -> list[dict[str, Any]]:
    """One job for each account; an organization stands for its selected members. Returns the jobs."""
    from backend.engine.handlers.identity import read_account

    chosen = accounts or _selected(engine)
    found = {id: read_account(engine, id) for one in chosen for id in _members(engine, one)}
    if not found:
        raise UserError("There is no account to scan.", "Add one, or select members of the organization.")
    for account in found.values():
        busy = [job for job in engine.jobs.active("scan") if job.subject.get("account") == account.id]
        if busy:
            raise UserError(f"{account.name} is being scanned already.", "Wait for the scan, or cancel it.")
    batch = uuid.uuid4().hex if len(found) > 1 else ""
    jobs = []
    for account in found.values():
        # An account may be meant to be read in some regions only; who names regions now knows better.
        scope = regions or json.loads(account.options).get("regions", [])
        request = {
            "account": account.id, "regions": scope, "everything": everything, "scan": None, "batch": batch,
        }  # fmt: skip
        jobs.append(engine.jobs.start("scan", f"Scan {account.name}", request, client, {"account": account.id}))
    return [job.public() for job in jobs]


def cancel(engine: Engine, client: ClientConnection, scan: int) -> dict[str, Any]:
    """Stop a running scan; what it collected stays."""
    for job in engine.jobs.active("scan"):
        if job.subject.get("scan") == scan:
            with engine.writer.decision():
                engine.audit(client, "scan.cancel", f"scan {scan}")
            engine.jobs.cancel(job)
            return job.public()
    raise UserError(f"Scan {scan} is not running.")


def resume(engine: Engine, client: ClientConnection, scan: int) -> dict[str, Any]:
    """Go on with an interrupted scan where it stopped."""
    return resume_scan(engine, client, scan).public()


def resume_scan(engine: Engine, client: ClientConnection | None, scan: int) -> Job:
    """The job that goes on with a scan; `UserError` when that cannot be."""
    from backend.engine.handlers.identity import read_account

    row = engine.conn.execute(
        "SELECT state, account, cloud_id, batch, regions FROM scan WHERE id = ?", (scan,)
    ).fetchone()
    if row is None:
        raise UserError(f"There is no scan {scan}.")
    state, account, cloud_id, batch, regions = row
    if state not in ("interrupted", "cancelled", "failed"):
        raise UserError(f"Scan {scan} is {state}: there is nothing to resume.")
    if account is None:
        raise UserError(f"The account of scan {scan} was removed from this workspace.", "Add it and scan again.")
    newest = engine.conn.execute("SELECT max(id) FROM scan WHERE cloud_id = ?", (cloud_id,)).fetchone()[0]
    if newest != scan:
        raise UserError(f"Scan {newest} of the same account is newer.", "Start a new scan.")
    name = read_account(engine, account).name
    request = {
        "account": account, "regions": json.loads(regions), "everything": False, "scan": scan, "batch": batch,
    }  # fmt: skip
    return engine.jobs.start("scan", f"Resume the scan of {name}", request, client, {"account": account, "scan": scan})


def evaluate(engine: Engine, client: ClientConnection, scan: int, rules: list[str]) -> dict[str, Any]:
    """Evaluate a stored scan again. The newest of an account updates its findings; an earlier one is only compared."""
    request = {"scan": scan, "rules": rules, "final": not rules}
    return engine.jobs.start("evaluate", f"Evaluate scan {scan}", request, client, {"scan": scan}).public()


async def check_again(engine: Engine, client: ClientConnection, finding: int) -> dict[str, Any]:
    """Read again only what this finding rests on. Returns {outcome, status, presence, reason, missing, seconds}.

    `outcome` is read, gone or unreadable; when unreadable, the finding stays as it was, and `missing` are the calls
    that did not succeed now.
    """
    row = engine.conn.execute("SELECT name, resource FROM finding WHERE id = ?", (finding,)).fetchone()
    if row is None:
        raise UserError(f"There is no finding {finding}.")
    begun = engine.loop.clock()
    subject = {"finding": finding}
    outcome = await engine.jobs.start("check", f"Check {row[0] or row[1]} again", subject, client, subject).end
    refused = outcome.result.get("missing", [])
    if evaluation := outcome.result.get("evaluation"):
        judged = await engine.jobs.get(evaluation).end
        outcome = outcome if judged.error is None else judged
    if outcome.error is not None:
        raise UserError(outcome.error["message"], outcome.error["next_step"])
    if outcome.state == "cancelled":
        raise UserError("The check was cancelled.")
    query = "SELECT status, presence, reason, missing FROM finding WHERE id = ?"
    status, presence, reason, missing = engine.conn.execute(query, (finding,)).fetchone()
    with engine.writer.decision():
        engine.audit(client, "finding.check_again", f"finding {finding}", status=status, presence=presence)
    return {
        "outcome": outcome.result["outcome"],
        "status": status,
        "presence": presence,
        "reason": reason,
        "missing": refused if outcome.result["outcome"] == "unreadable" else json.loads(missing),
        "seconds": round(engine.loop.clock() - begun, 2),
    }


def _selected(engine: Engine) -> list[int]:
    rows = engine.conn.execute("SELECT id FROM account WHERE parent IS NULL AND selected = 1 ORDER BY name")
    return [row[0] for row in rows]


def _members(engine: Engine, account: int) -> list[int]:
    """The account itself, or the selected members of an organization."""
    row = engine.conn.execute("SELECT kind FROM account WHERE id = ?", (account,)).fetchone()
    if row is None or row[0] != "organization":
        return [account]
    query = "SELECT id FROM account WHERE parent = ? AND selected = 1 ORDER BY name"
    members = [one[0] for one in engine.conn.execute(query, (account,))]
    if not members:
        raise UserError("This organization has no selected accounts.", "List its accounts first, and select some.")
    return members


_SCAN = {"scan": Arg("integer")}

VERBS = (
    Verb(
        "scan.start",
        "Scan accounts (none: all selected); one job each. `everything` also reads what no rule needs.",
        start,
        {"accounts": Arg("integers", []), "regions": Arg("texts", [], longest=100), "everything": Arg("flag", False)},
        audited=True,
        owner_only="A scan",
    ),
    Verb("scan.cancel", "Stop a running scan; what it collected stays.", cancel, _SCAN, audited=True),
    Verb("scan.resume", "Go on with an interrupted scan.", resume, _SCAN, audited=True, owner_only="A scan"),
    Verb("evaluate.run", "Evaluate a stored scan again; a job.", evaluate, {**_SCAN, "rules": Arg("texts", [])}),
    Verb(
        "finding.check_again",
        "Read again what a finding rests on, and say how it is now.",
        check_again,
        {"finding": Arg("integer")},
        audited=True,
        owner_only="Checking again",
    ),
)
