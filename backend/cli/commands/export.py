"""Write findings to a file, or to standard output with -o -.

csv is safe to open in a spreadsheet; ocsf is a list of Compliance Findings (class 2003); sarif is version 2.1.0.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.cli.commands.findings import narrow, query_of
from backend.cli.face import of
from backend.errors import UserError

FORMATS = ("csv", "json", "sarif", "ocsf")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("query", nargs="*", help="which findings; as in `vedette findings`")
    narrow(parser)
    parser.add_argument("-o", "--output", default="-", metavar="PATH", help="the file to write (default: -)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write them."""
    from backend.cli.output import say
    from backend.reads import findings

    named = Path(arguments.output).suffix.lower().lstrip(".")
    format = getattr(arguments, "format", None) or (named if named in FORMATS else "json")
    if format not in FORMATS:
        raise UserError(f"Findings cannot be exported as {format}.", f"Formats are {', '.join(FORMATS)}.")
    with of(arguments).reading() as conn:
        where = findings.where(query_of(arguments), scoped=not arguments.all)
        if arguments.output == "-":
            write(conn, where, format, sys.stdout.buffer)
            return 0
        path = Path(arguments.output)
        try:
            with path.open("wb") as file:
                count = write(conn, where, format, file)
        except OSError as error:
            raise UserError(f"{path} cannot be written: {error.strerror}.") from None
    say(f"Wrote {count:,} findings to {path}.")
    return 0


def write(conn: object, where: object, format: str, stream: object) -> int:
    """Findings of a filter in a file format; returns how many."""
    from backend.reports import export
    from backend.reports.rows import Export

    return export.FORMATS[format](Export(conn, where.sql, tuple(where.params)), stream)  # type: ignore[arg-type, attr-defined]
