"""The workspace file: what is in it, handing it to a colleague, taking their triage back.

An export leaves secrets out. With --encrypt it is encrypted under a passphrase, which is asked for, or read from
--encryption-passphrase-file.
"""

from __future__ import annotations

import argparse
import getpass
from pathlib import Path
from typing import Any

from backend.cli.face import of
from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("info", help="where it is and what is in it").set_defaults(run=_info)
    export = actions.add_parser("export", help="write a copy without secrets")
    export.add_argument("path", type=Path)
    export.add_argument("--encrypt", action="store_true", help="under a passphrase, which is asked for")
    _passphrase_option(export)
    export.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    export.set_defaults(run=_export)
    take = actions.add_parser("import-triage", help="merge the decisions of a colleague's copy")
    take.add_argument("path", type=Path)
    _passphrase_option(take)
    take.add_argument("--preview", action="store_true", help="only say what would happen")
    take.add_argument(
        "--conflicts", choices=("ours", "theirs", "newest"), help="which decision stands where both decided"
    )
    take.set_defaults(run=_import)


def _passphrase_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--encryption-passphrase-file", metavar="PATH", help="file (0600, or fd:N) with the copy's passphrase"
    )


def _info(arguments: argparse.Namespace) -> int:
    from backend.cli.output import dump, moment
    from backend.reads import scans

    face = of(arguments)
    with face.reading() as conn:

        def count(table: str) -> int:
            return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

        newest = scans.rows(conn, 1)
        found: dict[str, Any] = {
            "workspace": str(face.workspace.absolute()),
            "bytes": face.workspace.stat().st_size,
            "schema": conn.execute("PRAGMA user_version").fetchone()[0],
            **{f"{table}s": count(table) for table in ("account", "scan", "rule", "finding", "comment", "report")},
            "audit_log_rows": count("audit_log"),
            "last_scan": moment(newest[0].started_at) if newest else None,
        }
    if face.format() == "json":
        dump(found)
    else:
        for key, value in found.items():
            print(f"{key.replace('_', ' ')}: {'none' if value is None else value}")
    return 0


def _export(arguments: argparse.Namespace) -> int:
    from backend.cli import progress
    from backend.cli.output import say

    face = of(arguments)
    with face.reading():
        pass
    path = arguments.path.absolute()
    with face.engine() as client:
        job = client.call(
            "workspace.export",
            path=str(path),
            passphrase=_passphrase(arguments, new=True) if _encrypted(arguments) else None,
            overwrite=arguments.overwrite,
        )
        progress.one(client, job)
    say(f"Wrote {path}. It holds no secrets; its audit log is yours, sealed.")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from backend.cli import progress
    from backend.cli.output import dump
    from backend.workspace.handover.opening import needs_passphrase

    path = arguments.path.absolute()
    if not path.exists():
        raise UserError(f"There is no file {path}.")
    passphrase = _passphrase(arguments, new=False) if needs_passphrase(path) else None
    with of(arguments).engine() as client:
        if arguments.preview:
            job = client.call("triage.preview", path=str(path), passphrase=passphrase)
        else:
            job = client.call("triage.import", path=str(path), passphrase=passphrase, default=arguments.conflicts)
        dump(progress.one(client, job))
    return 0


def _encrypted(arguments: argparse.Namespace) -> bool:
    return bool(arguments.encrypt or arguments.encryption_passphrase_file)


def _passphrase(arguments: argparse.Namespace, *, new: bool) -> str:
    from backend.cli.output import say
    from backend.cli.prompting import interactive
    from backend.credentials.passphrase_source import read_passphrase

    if arguments.encryption_passphrase_file:
        return read_passphrase(arguments.encryption_passphrase_file).reveal()
    if not interactive():
        raise UserError(
            "There is no terminal to ask for the copy's passphrase on.", "Use --encryption-passphrase-file."
        )
    while True:
        answer = getpass.getpass("Passphrase of the copy: ")
        if not new or getpass.getpass("Once more: ") == answer:
            return answer
        say("The two differ. Enter it again.")
