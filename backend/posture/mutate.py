"""`vedette rules test`: the examples in rule files, and the mutations that show whether a rule can be fooled.

For every passing or failing example each read cell is set to NULL, and each related table is marked uncollected. The
verdict must then be unknown or what it was, and the row may not vanish: an expression that hides an unknown behind
COALESCE, CASE … ELSE or IS NOT is found here.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from backend.inventory import catalog
from backend.posture.check import compile_rules
from backend.posture.compile import Compiled
from backend.posture.evaluate import RuleFailed, evaluate
from backend.posture.gate import Gaps, Gate
from backend.posture.load import load
from backend.posture.rule import Problem, RuleTest
from backend.posture.sandbox import empty
from backend.posture.verdict import Verdict

_UID = "arn:aws:test:us-east-1:123456789012:resource/example"
_DEFAULTS = {"uid": _UID, "account": "123456789012", "region": "us-east-1", "name": "example"}


@dataclass(frozen=True)
class TestReport:
    """`problems` is empty when every example and mutation held."""

    rules: int
    examples: int
    mutations: int
    problems: tuple[Problem, ...]
    __test__ = False  # pytest, this is no test class


def test_paths(paths: Iterable[Path]) -> TestReport:
    """Check and test all rules below these paths."""
    rules, problems = load(paths)
    compiled, refused = compile_rules(rules)
    problems += refused
    examples = mutations = 0
    for one in compiled:
        for test in one.rule.tests:
            examples += 1
            found, done = _run(one, test)
            problems += found
            mutations += done
    problems.sort(key=lambda one: (str(one.file), one.line))
    return TestReport(len(rules), examples, mutations, tuple(problems))


test_paths.__test__ = False  # type: ignore[attr-defined]


def _run(compiled: Compiled, test: RuleTest) -> tuple[list[Problem], int]:
    rule = compiled.rule

    def problem(message: str) -> Problem:
        return Problem(rule.file, test.line or rule.line, rule.id, message)

    try:
        status, reason = judge(compiled, test)
    except (RuleFailed, KeyError, TypeError) as error:
        return [problem(f"the example cannot be run: {error}")], 0
    if status != test.expect:
        return [problem(f"the example must be {test.expect} but is {status} ({reason})")], 0
    if test.expect not in ("pass", "fail"):
        return [], 0
    problems: list[Problem] = []
    done = 0
    for what, mutant in _mutants(compiled, test):
        done += 1
        try:
            after, _ = judge(compiled, mutant)
        except RuleFailed as error:
            problems.append(problem(f"with {what} it cannot be run: {error}"))
            continue
        if after not in ("unknown", test.expect):
            problems.append(problem(f"with {what} it says {after}; it must be unknown (or still {test.expect})"))
    return problems, done


def judge(compiled: Compiled, test: RuleTest) -> tuple[str, str]:
    """(status, reason) of the example's row; 'vanished' when the rule lost it. Raises as `verdict` does."""
    found = verdict(compiled, test)
    return (found.status, found.reason) if found else ("vanished", "")


def verdict(compiled: Compiled, test: RuleTest) -> Verdict | None:
    """What the rule says of the example's row, with its evidence; None when the rule lost it.

    Raises:
        RuleFailed, KeyError (unknown table or column), TypeError (wrong type of value).
    """
    now = int(time.time())
    tables = {compiled.table.name, *compiled.tables(), *test.related}
    unknown = tables - set(catalog.tables())
    if unknown:
        raise KeyError(f"there is no resource table {', '.join(sorted(unknown))}")
    sandbox = empty(now, tables)
    try:
        sandbox.fill(compiled.table.name, [_row(test.row, now)])
        for name, rows in test.related.items():
            sandbox.fill(name, [_row(row, now, number + 1) for number, row in enumerate(rows)])
        gate = Gate.all_collected(test.uncollected)
        uid = test.row.get("uid", _UID)
        return next((one for one in evaluate(compiled, sandbox, gate, Gaps(gate, sandbox)) if one.uid == uid), None)
    finally:
        sandbox.close()


def _row(row: Mapping[str, Any], now: int, number: int = 0) -> dict[str, Any]:
    """The row with its defaults; `days_ago: 5` style values ("-5d") become moments, lists and objects JSON."""
    found: dict[str, Any] = dict(_DEFAULTS)
    if number:
        found["uid"] = f"{_UID}-related-{number}"
        found["name"] = f"related-{number}"
    for key, value in row.items():
        found[key] = _moment(value, now) if isinstance(value, str) else value
    return found


def _moment(value: str, now: int) -> Any:
    """'-90d' and '+30d' are days before and after now, so examples do not age."""
    if len(value) > 2 and value[0] in "+-" and value[-1] == "d" and value[1:-1].isdigit():
        return now + int(value[:-1]) * 86_400
    return value


def _mutants(compiled: Compiled, test: RuleTest) -> Iterable[tuple[str, RuleTest]]:
    own = {column for table, column in compiled.reads if table == compiled.table.name and column}
    for column in sorted(own - {"uid", "account", "region", "name"}):
        if test.row.get(column) is not None:
            yield f"{column} not collected", replace(test, row={**test.row, column: None})
    for name in sorted({table for table, _ in compiled.related}):
        if name not in test.uncollected:
            yield f"{name} not collected", replace(test, uncollected=(*test.uncollected, name))
        columns = {column for table, column in compiled.related if table == name}
        for number, row in enumerate(test.related.get(name, ())):
            for column in sorted(columns - {"uid", "account", "region", "name", ""}):
                if row.get(column) is None:
                    continue
                rows = list(test.related[name])
                rows[number] = {**row, column: None}
                related = {**test.related, name: tuple(rows)}
                yield f"{name}.{column} of related row {number + 1} not collected", replace(test, related=related)
