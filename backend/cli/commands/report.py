"""Write an audit report: PDF, or its findings as CSV, JSON, SARIF or OCSF, with a manifest of SHA-256 beside it."""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.cli import as_of
from backend.cli.face import of
from backend.errors import UserError

FORMATS = ("pdf", "csv", "json", "sarif", "ocsf")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="PATH", help="the file to write")
    parser.add_argument("--framework", action="append", default=[], metavar="ID", help="only these (repeatable)")
    parser.add_argument("--account", action="append", default=[], metavar="NAME", help="only these (repeatable)")
    parser.add_argument("--query", default="", help="csv, json, sarif, ocsf: which findings")
    parser.add_argument("--title", help="on the cover")
    parser.add_argument("--organization", help="whose report it is")
    parser.add_argument("--prepared-by", help="on the cover")
    parser.add_argument("--classification", help="on every page (default: Confidential)")
    as_of.arguments(parser)
    parser.add_argument("--passed", action="store_true", help="also list what passed")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write it."""
    from backend.cli import progress
    from backend.cli.output import say

    format = _format(arguments)
    wanted = {
        "title": arguments.title,
        "organization": arguments.organization,
        "prepared_by": arguments.prepared_by,
        "classification": arguments.classification,
        "accounts": arguments.account,
        "frameworks": arguments.framework,
        "passed": arguments.passed,
        "as_of": arguments.as_of,
    }
    options = {key: value for key, value in wanted.items() if value}
    path = arguments.output.absolute()
    if not path.parent.is_dir():
        raise UserError(f"There is no folder {path.parent} to write to.")
    face = of(arguments)
    with face.reading():
        pass  # no workspace: say so, instead of making an empty one
    with face.engine() as client:
        job = client.call("report.build", format=format, path=str(path), options=options, query=arguments.query)
        progress.one(client, job)
    say(f"Wrote {path}, and the manifest beside it.")
    return 0


def _format(arguments: argparse.Namespace) -> str:
    given = getattr(arguments, "format", None)
    named = arguments.output.suffix.lower().lstrip(".")
    format = given or (named if named in FORMATS else "pdf")
    if format not in FORMATS:
        raise UserError(f"A report has no format {format}.", f"It has {', '.join(FORMATS)}.")
    return str(format)
