"""Handing over: export the workspace, import a colleague's triage, verify the audit log."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.handlers.handover import ExportHandler, ImportHandler, PreviewHandler
from backend.engine.kinds import Handler
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

CHOICES = ("ours", "theirs", "newest")


def export(
    engine: Engine, client: ClientConnection, path: str, passphrase: str | None, overwrite: bool
) -> dict[str, Any]:
    """Write a copy without secrets, in clear or protected by a passphrase; a job."""
    if passphrase is not None:
        from backend.workspace.handover.container import check_passphrase

        check_passphrase(passphrase)
    request = {"path": path, "overwrite": overwrite}
    title = f"Export to {PurePath(path).name}"
    return _start(engine, client, "export", title, request, ExportHandler(passphrase), passphrase)


def preview(engine: Engine, client: ClientConnection, path: str, passphrase: str | None) -> dict[str, Any]:
    """Compare a colleague's triage with ours; a job whose result lists what is new and what conflicts."""
    title = f"Compare the triage of {PurePath(path).name}"
    return _start(engine, client, "triage.preview", title, {"path": path}, PreviewHandler(passphrase), passphrase)


def take(
    engine: Engine,
    client: ClientConnection,
    path: str,
    passphrase: str | None,
    choices: dict[str, Any],
    default: str | None,
) -> dict[str, Any]:
    """Merge a colleague's triage into ours; a job. `choices` maps conflict ids, others follow `default`."""
    for choice in choices.values():
        if choice not in CHOICES:
            raise UserError(f"triage.import: a choice is one of {', '.join(CHOICES)}.")
    request = {"path": path, "choices": choices, "default": default}
    title = f"Import the triage of {PurePath(path).name}"
    return _start(engine, client, "triage.import", title, request, ImportHandler(passphrase), passphrase)


async def verify(engine: Engine, client: ClientConnection, head: str | None) -> dict[str, Any]:
    """Go through the audit log; {ok, count, head, first_bad, message}. `head` is one that a manifest printed."""
    job = engine.jobs.start("audit.verify", "Verify the audit log", {"head": head}, client)
    outcome = await job.end
    if outcome.error is not None:
        raise UserError(outcome.error["message"], outcome.error["next_step"])
    return outcome.result


def _start(
    engine: Engine,
    client: ClientConnection,
    kind: str,
    title: str,
    request: dict[str, Any],
    handler: Handler,
    passphrase: str | None,
) -> dict[str, Any]:
    job = engine.jobs.start(kind, title, request, client, {"path": request["path"]}, handler, again=passphrase is None)
    if passphrase is not None:
        from backend.credentials.secret import Secret

        job.secrets.append(Secret(passphrase))
    return job.public()


_FILE = {"path": Arg("path", longest=4096), "passphrase": Arg("text", None, longest=4096)}

VERBS = (
    Verb(
        "workspace.export",
        "Write a copy without secrets to hand over; a job.",
        export,
        {**_FILE, "overwrite": Arg("flag", False)},
        audited=True,
    ),
    Verb("triage.preview", "What importing a colleague's triage would do; a job.", preview, _FILE),
    Verb(
        "triage.import",
        "Merge a colleague's triage; a job.",
        take,
        {**_FILE, "choices": Arg("object", {}, longest=100_000), "default": Arg("word", None, choices=CHOICES)},
        audited=True,
    ),
    Verb("audit.verify", "Go through the audit log.", verify, {"head": Arg("text", None, longest=200)}),
)
