"""`vedette rules check`: everything that can be wrong in a rule file, found without any data."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from backend.posture.compile import Compiled, RuleRefused, compile_rule
from backend.posture.load import load
from backend.posture.rule import Problem, Rule
from backend.posture.sandbox import Sandbox, empty


def check_paths(paths: Iterable[Path]) -> list[Problem]:
    """All problems of the rules below these paths, in file order."""
    rules, problems = load(paths)
    _, refused = compile_rules(rules)
    return sorted([*problems, *refused], key=lambda one: (str(one.file), one.line))


def compile_rules(rules: Iterable[Rule], sandbox: Sandbox | None = None) -> tuple[list[Compiled], list[Problem]]:
    """(rules that compile, a problem for each that does not)."""
    own = sandbox is None
    box = sandbox or empty(int(time.time()))
    compiled: list[Compiled] = []
    problems: list[Problem] = []
    try:
        for rule in rules:
            try:
                one = compile_rule(rule, box)
            except RuleRefused as refused:
                problems.append(Problem(rule.file, rule.line, rule.id, str(refused)))
                continue
            compiled.append(one)
    finally:
        if own:
            box.close()
    return compiled, problems
