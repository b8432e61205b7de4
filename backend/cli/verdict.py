"""`--fail-on` and `--fail-on-unknown`: whether what stands in the workspace should stop a pipeline."""

from __future__ import annotations

import argparse
import sqlite3

from backend.cli import as_of, exits

SEVERITIES = ("critical", "high", "medium", "low", "info")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The two options."""
    parser.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        metavar="SEVERITY",
        help=f"exit with {exits.FAILING} if a finding of this severity or worse fails (muted ones do not count)",
    )
    parser.add_argument(
        "--fail-on-unknown",
        action="store_true",
        help=f"exit with {exits.UNKNOWN} if something could not be evaluated",
    )


def code(conn: sqlite3.Connection, query: str, arguments: argparse.Namespace) -> int:
    """The exit code for the findings that `query` names."""
    from backend.reads import findings
    from backend.workspace.filter.tree import Not, Query, Term

    now = as_of.now(conn)

    def found(*terms: Term | Not) -> bool:
        asked = findings.where(query, now=now).query
        for term in (*terms, Not(Term("state", ":", "muted"))):
            asked = asked.plus(term)
        return findings.count_upto(conn, findings.where(Query(asked.root), now=now), 1) > 0

    if arguments.fail_on and found(Term("status", ":", "fail"), Term("severity", ">=", arguments.fail_on)):
        return exits.FAILING
    if arguments.fail_on_unknown and found(Term("status", ":", "unknown")):
        return exits.UNKNOWN
    return exits.OK
