"""The posture score, its history, and what would raise it most.

The score is 100 x the weighted mean over the rules of pass / (pass + fail); critical weighs 5, info 1. Muted and
unknown findings are left out; coverage says how much was evaluated at all.
"""

from __future__ import annotations

import argparse
from typing import Any

from backend.cli import as_of
from backend.cli.face import of
from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("--framework", metavar="ID", help="only the rules of a framework, and its requirements")
    parser.add_argument("--account", metavar="NAME", help="only one account")
    as_of.arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    from backend.cli.choose import account
    from backend.cli.output import dump, emit, moment, plain
    from backend.reads import frameworks, score

    face = of(arguments)
    format = face.format()
    with as_of.reading(face, arguments.as_of) as conn:
        cloud_id = account(conn, arguments.account).cloud_id if arguments.account else ""
        framework = arguments.framework or ""
        sections = frameworks.tree(conn, framework, account=cloud_id) if framework else []
        if framework and not sections:
            known = ", ".join(row.id for row in frameworks.rows(conn)) or "none"
            raise UserError(f"There is no framework {framework}.", f"Known are: {known}.")
        cells = score.counted(conn, cloud_id, framework)
        stands, raises = score.score(cells), score.raises(conn, cells)
        scope, key = ("framework", framework) if framework else ("account", cloud_id) if cloud_id else ("all", "")
        history = [{**plain(point), "at": moment(point.at)} for point in score.history(conn, scope, key)]
    requirements: list[dict[str, Any]] = [
        {"requirement": one.id, "status": one.status, "title": one.title, **plain(one.tally)}
        for section in sections
        for one in section.requirements
    ]
    summary = {
        "score": stands.value,
        "coverage": None if stands.coverage is None else 100 * stands.coverage,
        "rules": stands.rules,
        **plain(stands.tally),
    }
    if format == "json":
        dump({**summary, "history": history, "raises": raises, "requirements": requirements})
        return 0
    emit(format, [summary], tuple(summary))
    if format == "table":
        print()
        if requirements:
            emit(format, requirements, ("requirement", "status", "passed", "failed", "unknown", "title"))
        else:
            shown = [{**plain(one), "points": f"+{one.points:.2f}"} for one in raises]
            emit(format, shown, ("points", "failed", "checked", "rule", "title"), empty="Nothing fails.")
    return 0
