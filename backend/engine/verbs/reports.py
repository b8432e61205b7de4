"""Reports: print findings to a file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.jobs import Job
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

FORMATS = ("pdf", "csv", "json", "ocsf", "sarif")


def build(
    engine: Engine, client: ClientConnection, format: str, path: str, options: dict[str, Any], query: str
) -> dict[str, Any]:
    """Start a job that writes a report and its manifest; the result holds path, manifest and sha256."""
    request = {"format": format, "path": path, "options": options, "query": query}
    return engine.jobs.start("report", f"Write {PurePath(path).name}", request, client, {"path": path}).public()


async def verify(engine: Engine, client: ClientConnection, report: int) -> dict[str, Any]:
    """Hold a written report against its SHA-256, its manifest, and the audit log against the head it printed.

    Returns {ok, problem, audited}: `problem` is a sentence, '' when all is as it was; `audited` whether the manifest
    had a head to hold the log against.
    """
    row = engine.conn.execute("SELECT path, sha256 FROM report WHERE id = ?", (report,)).fetchone()
    if row is None:
        raise UserError(f"There is no report {report}.")
    path, sha256 = row
    title = f"Verify {PurePath(path).name}"
    found = await _result(engine.jobs.start("report.verify", title, {"path": path, "sha256": sha256}, client))
    problem, head = found["problem"], found["head"]
    if not problem and head:
        log = await _result(engine.jobs.start("audit.verify", "Verify the audit log", {"head": head}, client))
        problem = "" if log["ok"] else f"The report is as it was written, but the audit log is not: {log['message']}"
    return {"ok": not problem, "problem": problem, "audited": bool(head)}


async def _result(job: Job) -> dict[str, Any]:
    outcome = await job.end
    if outcome.error is not None:
        raise UserError(outcome.error["message"], outcome.error["next_step"])
    if outcome.state == "cancelled":
        raise UserError("The verification was cancelled.")
    return outcome.result


VERBS = (
    Verb(
        "report.build",
        "Write a report and its manifest; a job.",
        build,
        {
            "format": Arg("word", choices=FORMATS),
            "path": Arg("path", longest=4096),
            "options": Arg("object", {}),
            "query": Arg("text", ""),
        },
        audited=True,
    ),
    Verb(
        "report.verify",
        "Whether a written report, its manifest and the audit log are as they were.",
        verify,
        {"report": Arg("integer")},
    ),
)
