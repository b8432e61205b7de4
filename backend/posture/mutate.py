"""`vedette rules test`: the examples in rule files, and the mutations that show whether a rule can be fooled.

Every example is run again with less known of it: each cell that is read set to NULL, a related column set to NULL in
all rows, each related table marked uncollected, with its rows and without some of them. The verdict must then be
unknown or what it was, and the row may not vanish: an expression that hides an unknown behind COALESCE, CASE … ELSE
or IS NOT is found here, and a `more_rows_can_only` that more rows disprove. Where only a resource's own region is said
to matter, the rows of all examples put into another region must change nothing.
"""

from __future__ import annotations

import itertools
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
from backend.posture.rule import SAME_REGION, Problem, RuleTest
from backend.posture.sandbox import empty
from backend.posture.verdict import Verdict

_UID = "arn:aws:test:us-east-1:123456789012:resource/example"
_ALWAYS_KNOWN = {"", "uid", "account", "region", "name"}
_ELSEWHERE = "mars-north-1"
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
    if test.expect == "unknown":
        return [], 0
    problems: list[Problem] = []
    done = 0
    for mutant in _mutants(compiled, test):
        done += 1
        try:
            after, _ = judge(compiled, mutant.test)
        except RuleFailed as error:
            problems.append(problem(f"with {mutant.what} it cannot be run: {error}"))
            continue
        if after not in mutant.allowed:
            problems.append(problem(f"with {mutant.what} it says {after}; it must be {mutant.must}"))
    return problems, done


@dataclass(frozen=True)
class _Mutant:
    """An example changed, and what the rule may say of it."""

    what: str
    test: RuleTest
    allowed: tuple[str, ...]

    @property
    def must(self) -> str:
        return "unknown (or still " + self.allowed[1] + ")" if len(self.allowed) > 1 else f"still {self.allowed[0]}"


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
    unknown = (tables | set(test.uncollected)) - set(catalog.tables())
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


def _mutants(compiled: Compiled, test: RuleTest) -> Iterable[_Mutant]:
    for what, mutant in itertools.chain(_less_of_the_row(compiled, test), _less_of_related(compiled, test)):
        yield _Mutant(what, mutant, ("unknown", test.expect))
    for what, mutant in _more_elsewhere(compiled, test):
        yield _Mutant(what, mutant, (test.expect,))


def _less_of_the_row(compiled: Compiled, test: RuleTest) -> Iterable[tuple[str, RuleTest]]:
    own = {column for table, column in compiled.reads if table == compiled.table.name and column}
    for column in sorted(own - _ALWAYS_KNOWN):
        if test.row.get(column) is not None:
            yield f"{column} not collected", replace(test, row={**test.row, column: None})


def _less_of_related(compiled: Compiled, test: RuleTest) -> Iterable[tuple[str, RuleTest]]:
    for name in sorted({table for table, _ in compiled.related}):
        rows = test.related.get(name, ())
        if name not in test.uncollected:
            uncollected = (*test.uncollected, name)
            yield f"{name} not collected", replace(test, uncollected=uncollected)
            for number in range(len(rows)):
                rest = {**test.related, name: rows[:number] + rows[number + 1 :]}
                what = f"{name} not collected and related row {number + 1} unseen"
                yield what, replace(test, uncollected=uncollected, related=rest)
            if len(rows) > 1:
                what = f"{name} not collected and all its rows unseen"
                yield what, replace(test, uncollected=uncollected, related={**test.related, name: ()})
        for column in sorted({column for table, column in compiled.related if table == name} - _ALWAYS_KNOWN):
            known = [number for number, row in enumerate(rows) if row.get(column) is not None]
            for numbers in [[number] for number in known] + ([known] if len(known) > 1 else []):
                changed = tuple({**row, column: None} if at in numbers else row for at, row in enumerate(rows))
                which = f"related row {numbers[0] + 1}" if len(numbers) == 1 else "all related rows"
                yield (
                    f"{name}.{column} of {which} not collected",
                    replace(test, related={**test.related, name: changed}),
                )


def _more_elsewhere(compiled: Compiled, test: RuleTest) -> Iterable[tuple[str, RuleTest]]:
    for name, scope in compiled.rule.related_scope.items():
        if scope != SAME_REGION:
            continue
        others = [row for example in compiled.rule.tests for row in example.related.get(name, ())]
        moved = tuple({**row, "region": _ELSEWHERE} for row in others)
        if moved:
            related = {**test.related, name: (*test.related.get(name, ()), *moved)}
            yield f"more rows of {name} in another region", replace(test, related=related)
