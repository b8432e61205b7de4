"""The workspace file: what is in it, handing it to a colleague, taking their triage back.

An export leaves secrets out. With --passphrase it is encrypted; the passphrase is asked for, or read from a file.
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
    _passphrase_options(export, "encrypt it")
    export.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    export.set_defaults(run=_export)
    take = actions.add_parser("import-triage", help="merge the decisions of a colleague's copy")
    take.add_argument("path", type=Path)
    _passphrase_options(take, "it is encrypted")
    take.add_argument("--preview", action="store_true", help="only say what would happen")
    take.add_argument(
        "--conflicts", choices=("ours", "theirs", "newest"), help="which decision stands where both decided"
    )
    take.set_defaults(run=_import)


def _passphrase_options(parser: argparse.ArgumentParser, what: str) -> None:
    parser.add_argument("--passphrase", action="store_true", help=f"{what}; the passphrase is asked for")
    parser.add_argument("--passphrase-file", type=Path, metavar="PATH", help="read it from a file's first line")


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
            passphrase=_passphrase(arguments, new=True),
            overwrite=arguments.overwrite,
        )
        progress.one(client, job)
    say(f"Wrote {path}. It holds no secrets; its audit log is yours, sealed.")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    from backend.cli import progress
    from backend.cli.output import dump

    path = arguments.path.absolute()
    if not path.exists():
        raise UserError(f"There is no file {path}.")
    passphrase = _passphrase(arguments, new=False)
    with of(arguments).engine() as client:
        if arguments.preview:
            job = client.call("triage.preview", path=str(path), passphrase=passphrase)
        else:
            job = client.call("triage.import", path=str(path), passphrase=passphrase, default=arguments.conflicts)
        dump(progress.one(client, job))
    return 0


def _passphrase(arguments: argparse.Namespace, *, new: bool) -> str | None:
    from backend.cli.prompting import interactive

    if arguments.passphrase_file is not None:
        try:
            text = arguments.passphrase_file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"The passphrase cannot be read from {arguments.passphrase_file}: {error}.") from None
        return str(text).split("\n", 1)[0].rstrip("\r")
    if not arguments.passphrase:
        return None
    if not interactive():
        raise UserError("There is no terminal to ask for the passphrase on.", "Use --passphrase-file.")
    while True:
        answer = getpass.getpass("Passphrase: ")
        if not new or getpass.getpass("Once more: ") == answer:
            return answer
        print("The two differ. Enter it again.")
