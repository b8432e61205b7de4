"""List, show, check and test rules.

check and test take files and folders, your own too (default: the shipped rules). `functions` lists what rules may call
beside SQL's own functions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from backend.cli import exits
from backend.cli.face import of
from backend.errors import UserError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("list", help="all loaded rules with what they found").set_defaults(run=_list)
    show = actions.add_parser("show", help="one rule")
    show.add_argument("id")
    show.set_defaults(run=_show)
    check = actions.add_parser("check", help="find what is wrong in rule files")
    check.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    check.set_defaults(run=_check)
    test = actions.add_parser("test", help="run the tests in rule files, and mutate them")
    test.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    test.set_defaults(run=_test)
    actions.add_parser("functions", help="the functions rules may call").set_defaults(run=_functions)
    folders = actions.add_parser("folders", help="your own rule folders, used beside the shipped rules")
    folders.add_argument("--add", action="append", default=[], type=Path, metavar="PATH", help="use a folder")
    folders.add_argument("--remove", action="append", default=[], type=Path, metavar="PATH", help="no longer use it")
    folders.set_defaults(run=_folders)
    for word in ("enable", "disable"):
        switch = actions.add_parser(word, help=f"{word} rules of the workspace")
        switch.add_argument("ids", nargs="+", metavar="ID")
        switch.set_defaults(run=_switch, verb=f"rule.{word}")


def _list(arguments: argparse.Namespace) -> int:
    from backend.cli.output import emit, plain
    from backend.reads import rules

    face = of(arguments)
    with face.reading() as conn:
        rows = [
            {
                "id": row.id,
                "severity": row.severity,
                "service": row.service,
                "enabled": row.enabled,
                "passed": row.tally.passed,
                "failed": row.tally.failed,
                "unknown": row.tally.unknown,
                "muted": row.tally.muted,
                "title": row.title,
                "frameworks": plain(row.frameworks),
                "equivalents": plain(row.equivalents),
                "resource_type": row.resource_type,
                "file": row.file,
                "line": row.line,
                "error": row.error,
            }
            for row in rules.rows(conn)
        ]
    columns = ("id", "severity", "service", "enabled", "failed", "passed", "unknown", "title")
    emit(face.format(), rows, columns, empty="No rules are loaded yet; the first scan loads them.")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from backend.cli.output import dump, plain
    from backend.reads import rules
    from backend.reads.visible import visible

    face = of(arguments)
    with face.reading() as conn:
        found = rules.rule(conn, arguments.id)
    if found is None:
        raise UserError(f"There is no rule {arguments.id} in this workspace.", "`vedette rules list` lists them.")
    if face.format() == "json":
        dump(found)
        return 0
    for key, value in plain(found).items():
        text = "; ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else value
        if text not in ("", [], None):
            print(f"{key}: {visible(str(text), keep=chr(10))}")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from backend.cli.output import dump, say
    from backend.posture.check import check_paths

    problems = check_paths(_paths(arguments))
    if of(arguments).format() == "json":
        dump([_problem(one) for one in problems])
    else:
        _print(problems)
        say(f"{len(problems)} problems" if problems else "No problem found.")
    return exits.USER_ERROR if problems else exits.OK


def _test(arguments: argparse.Namespace) -> int:
    from backend.cli.output import dump, say
    from backend.posture.evaluate_worker import limit_memory
    from backend.posture.mutate import test_paths

    limit_memory()  # the rules under test may be anybody's
    report = test_paths(_paths(arguments))
    counts = {"rules": report.rules, "examples": report.examples, "mutations": report.mutations}
    if of(arguments).format() == "json":
        dump({**counts, "problems": [_problem(one) for one in report.problems]})
    else:
        _print(report.problems)
        say(", ".join(f"{count} {name}" for name, count in counts.items()) + f", {len(report.problems)} problems")
    return exits.USER_ERROR if report.problems else exits.OK


def _functions(arguments: argparse.Namespace) -> int:
    from backend.cli.output import emit
    from backend.posture.functions.registry import FUNCTIONS

    rows = [
        {"signature": one.signature, "meaning": one.doc, "example": one.examples[0][0] if one.examples else ""}
        for one in FUNCTIONS.values()
    ]
    emit(of(arguments).format(), rows, ("signature", "meaning"))
    return 0


def _switch(arguments: argparse.Namespace) -> int:
    from backend.cli import progress

    with of(arguments).engine() as client:
        jobs = (client.call(arguments.verb, rules=arguments.ids) or {}).get("jobs", [])
        for job in progress.wait(client, jobs):
            progress.raise_error(job)
    return 0


def _paths(arguments: argparse.Namespace) -> list[Path]:
    from backend.product import rules_root

    for path in arguments.paths:
        if not path.exists():
            raise UserError(f"There is no file or folder {path}.")
    return arguments.paths or [rules_root() / "posture"]


def _problem(one: object) -> dict[str, object]:
    return {key: _plain(getattr(one, key)) for key in ("file", "line", "rule", "message")}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _print(problems: object) -> None:
    from backend.reads.visible import visible

    for one in problems:  # type: ignore[attr-defined]
        print(visible(str(one)))


def _folders(arguments: argparse.Namespace) -> int:
    from backend.cli.output import emit, say

    face = of(arguments)
    with face.engine(create=True) as client:
        known = [str(one) for one in client.call("setting.get", key="rules.folders")]
        gone = {str(path.absolute()) for path in arguments.remove}
        wanted = list(dict.fromkeys([*known, *(str(path.absolute()) for path in arguments.add)]))
        wanted = [path for path in wanted if path not in gone]
        problems = []
        if wanted != known:
            problems = client.call("setting.set", timeout=None, key="rules.folders", value=wanted)["problems"]
    for problem in problems:
        say(f"{problem['file']}:{problem['line']}: {problem['rule']}: {problem['message']}")
    emit(face.format(), [{"folder": path} for path in wanted], ("folder",), empty="Only the shipped rules are used.")
    return exits.USER_ERROR if problems else exits.OK
