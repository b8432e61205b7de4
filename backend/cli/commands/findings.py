"""List what was found.

The query is that of the console: severity:>=high account:prod -status:muted region:(eu-west-1 OR us-east-1)
rule:aws-s3-* changed:7d "free text". Resources that are gone and muted findings are left out unless the query speaks of
them, or with --all.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from backend.cli import as_of, verdict
from backend.cli.face import of
from backend.errors import UserError

_COLUMNS = ("severity", "status", "state", "title", "name", "account_name", "region", "reason")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("query", nargs="*", help="what to list; several words are one query")
    narrow(parser)
    parser.add_argument("--sort", default="severity", metavar="COLUMN", help="leading column (default: severity)")
    parser.add_argument("--ascending", action="store_true", help="least first")
    parser.add_argument("--limit", type=_positive, metavar="N", help="at most N (default: all; a terminal shows 100)")
    parser.add_argument("--id", type=int, metavar="N", help="all about one finding")
    parser.add_argument("--group", choices=("rule", "resource", "account", "region", "service"), help="count by")
    as_of.arguments(parser)
    verdict.arguments(parser)
    parser.set_defaults(run=run)


def narrow(parser: argparse.ArgumentParser) -> None:
    """Options that add to the query."""
    parser.add_argument("--status", action="append", metavar="S", help="fail, pass, unknown, or a state of triage")
    parser.add_argument("--severity", action="append", metavar="S", help="critical, high, medium, low or info")
    parser.add_argument("--account", action="append", metavar="A", help="name or id of an account")
    parser.add_argument("--rule", action="append", metavar="ID", help="id of a rule")
    parser.add_argument("--service", action="append", metavar="S", help="service, as s3")
    parser.add_argument("--region", action="append", metavar="R", help="region")
    parser.add_argument("--framework", action="append", metavar="F", help="framework, as cis-aws-5.0")
    parser.add_argument("--all", action="store_true", help="also resources that are gone, and muted findings")


def query_of(arguments: argparse.Namespace) -> str:
    """The query of the words and the options."""
    from backend.cli.choose import query

    fields = ("status", "severity", "account", "rule", "service", "region", "framework")
    return query(" ".join(arguments.query), **{field: getattr(arguments, field) for field in fields})


def run(arguments: argparse.Namespace) -> int:
    """List."""
    from backend.reads import findings

    face = of(arguments)
    format = face.format("ocsf", "sarif")
    with as_of.reading(face, arguments.as_of) as conn:
        if arguments.id is not None:
            return _one(conn, arguments.id, format)
        text = query_of(arguments)
        where = findings.where(text, now=as_of.now(conn), scoped=not arguments.all)
        if arguments.sort not in findings.SORTS:
            raise UserError(f"Findings cannot be sorted by {arguments.sort}.", f"By {', '.join(findings.SORTS)}.")
        if arguments.group:
            _groups(conn, where, arguments.group, format)
        elif format in ("ocsf", "sarif"):
            from backend.cli.commands.export import write

            write(conn, where, format, sys.stdout.buffer)
        else:
            _list(conn, where, findings.Sort(arguments.sort, not arguments.ascending), arguments.limit, format)
        return verdict.code(conn, text, arguments)


def _list(conn: sqlite3.Connection, where: Any, sort: Any, limit: int | None, format: str) -> None:
    from backend.cli.output import emit, say, write_csv
    from backend.reads import findings

    ids = findings.ids(conn, where, sort)
    if format == "json":
        _json(_records(conn, ids[:limit]))
    elif format == "csv":
        write_csv(list(_records(conn, ids[:limit])), sys.stdout)
    else:
        most = limit or (100 if sys.stdout.isatty() else len(ids))
        emit(format, list(_records(conn, ids[:most])), _COLUMNS, empty="No finding matches.")
        if len(ids) > most:
            say(f"{most:,} of {len(ids):,} findings; --limit shows more, --format json all.")


def _records(conn: sqlite3.Connection, ids: Any) -> Iterator[dict[str, Any]]:
    from backend.reads import findings

    for start in range(0, len(ids), 500):
        for row in findings.rows(conn, ids[start : start + 500]):
            yield record(row)


def record(row: Any) -> dict[str, Any]:
    """A finding as programs see it. The order of the keys is part of the interface."""
    from backend.cli.output import moment, plain

    return {
        "rule": row.rule,
        "status": row.status,
        "severity": row.severity,
        "resource": row.resource,
        "name": row.name,
        "account": row.account,
        "region": row.region,
        "reason": row.reason,
        "frameworks": plain(row.frameworks),
        "equivalents": plain(row.equivalents),
        "id": row.id,
        "title": row.title,
        "state": row.state,
        "presence": row.presence,
        "reopened": row.reopened,
        "resource_type": row.resource_type,
        "service": row.service,
        "account_name": row.account_name,
        "first_seen": moment(row.first_seen),
        "last_seen": moment(row.last_seen),
        "changed": moment(row.changed),
        "assignee": row.assignee,
        "mute_reason": row.mute_reason,
        "mute_until": moment(row.mute_until) or None,
    }


def _json(records: Iterator[dict[str, Any]]) -> None:
    """A JSON list, written as it is read: a large workspace needs no large memory."""
    import json

    out = sys.stdout
    out.write("[")
    for number, one in enumerate(records):
        out.write((",\n" if number else "\n") + json.dumps(one))
    out.write("\n]\n")


def _groups(conn: sqlite3.Connection, where: Any, by: str, format: str) -> None:
    from backend.cli.output import emit, moment, say
    from backend.reads import findings

    found = findings.groups(conn, where, by)
    rows = [
        {
            by: row.key,
            "title": row.title,
            "severity": row.severity,
            "failed": row.failed,
            "checked": row.checked,
            "unknown": row.unknown,
            "muted": row.muted,
            "oldest": moment(row.oldest),
        }
        for row in found.rows
    ]
    columns = (by, "severity", "failed", "checked", "unknown", "title")
    emit(format, rows, columns[:-1] if by in ("region", "service") else columns)
    if found.capped:
        say(f"Only the worst {len(found.rows):,} are listed.")


def _one(conn: sqlite3.Connection, id: int, format: str) -> int:
    from backend.cli.output import dump, moment, plain
    from backend.reads import findings
    from backend.reads.visible import visible

    found = findings.detail(conn, id)
    if found is None:
        raise UserError(f"There is no finding {id}.", "`vedette findings --format json` lists ids.")
    if format != "table":
        dump({**record(found.row), **{key: value for key, value in plain(found).items() if key != "row"}})
        return 0
    row, rule = found.row, found.rule
    lines = [
        f"{row.title} ({row.rule})",
        f"{row.severity}, {row.status}{', ' + row.state if row.state else ''}, {row.presence}",
        f"{row.resource} ({row.resource_type}) in {row.account_name}, {row.region}",
        f"since {moment(row.first_seen)}, changed {moment(row.changed)}, last seen {moment(row.last_seen)}",
        "",
        row.reason,
        *(["", rule.rationale] if rule else []),
        "",
        *(f"  {one.column} = {'not collected' if one.value is None else one.value}" for one in found.evidence),
        *(f"  {one.operation}: {one.outcome}; needs {', '.join(one.permissions) or '?'}" for one in found.missing),
        "",
        found.remediation.text,
        found.remediation.cli,
    ]
    print("\n".join(visible(line, keep="\n") for line in lines).rstrip())
    return 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return value
