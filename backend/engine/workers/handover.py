"""Copying the workspace out, comparing a colleague's file, going through the audit log: long reads, in a child."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from backend.engine.worker import WorkerLink
from backend.errors import UserError
from backend.workspace import audit
from backend.workspace.file import open_reader
from backend.workspace.handover import export as handover
from backend.workspace.handover import triage

MOST_SHOWN = 5_000  # decisions of each kind in a preview


@contextmanager
def _reader(args: dict[str, Any]) -> Iterator[Connection]:
    with closing(open_reader(Path(args["workspace"]))) as conn:
        yield conn


def export(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """Write the hand-over. Returns {path, workspace, passings}."""
    path = Path(args["path"])
    with _reader(args) as conn:
        try:
            found = handover.export(
                conn,
                path,
                args["passphrase"],
                who=args["who"],
                overwrite=args["overwrite"],
                progress=lambda text: link.progress(0, 0, text),
                cancelled=link.cancelled,
            )
        except handover.Cancelled:
            return {}
    return {"path": str(path), **asdict(found)}


def preview(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """What importing a colleague's file would do.

    Returns {sender, sentence, same_workspace, empty, known, counts, new, conflicts, agreed, moot, unknown, comments,
    labels}; the lists hold at most 5,000 each, `counts` says how many there are.
    """
    link.progress(0, 0, "Comparing")
    with _reader(args) as conn:
        found = triage.preview(conn, Path(args["path"]), args["passphrase"])
    lists = {
        name: getattr(found, name) for name in ("new", "conflicts", "agreed", "moot", "unknown", "comments", "labels")
    }
    shown: dict[str, Any] = {name: [asdict(one) for one in some[:MOST_SHOWN]] for name, some in lists.items()}
    for conflict, entry in zip(found.conflicts, shown["conflicts"], strict=False):
        entry["newest"] = conflict.newest
    return {
        "sender": asdict(found.sender) if found.sender else None,
        "sentence": found.sender.sentence() if found.sender else "",
        "same_workspace": found.same_workspace,
        "empty": found.empty,
        "known": found.known,
        "counts": {name: len(some) for name, some in lists.items()},
        **shown,
    }


def verify(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """Go through the audit log with its key. Returns {ok, count, head, first_bad, message}."""
    expected = None
    if args["head"]:
        try:
            expected = audit.Head.parse(args["head"])
        except ValueError:
            raise UserError(
                "This is no audit head.", "It is COUNT:64 hexadecimal digits, as a manifest prints it."
            ) from None
    with _reader(args) as conn:
        found = audit.verify(conn, bytes.fromhex(args["key"]), expected)
    return {
        "ok": found.ok,
        "count": found.count,
        "head": str(found.head),
        "first_bad": found.first_bad,
        "message": found.what,
    }
