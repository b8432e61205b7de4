"""`vedette rules check`: everything that can be wrong in a rule file, found without any data."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from backend.inventory import catalog
from backend.posture.compile import Compiled, RuleRefused, compile_rule
from backend.posture.load import load
from backend.posture.rule import SAME_REGION, Problem, Rule
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
            problems.extend(_related_scope(one))
    finally:
        if own:
            box.close()
    return compiled, problems


def _related_scope(compiled: Compiled) -> Iterable[Problem]:
    """`region` for a related table is a promise that the subquery compares regions; hold it to that."""
    rule = compiled.rule
    read = {table for table, _ in compiled.related}
    for table, scope in rule.related_scope.items():
        if table not in read:
            yield Problem(rule.file, rule.line, rule.id, f"related_scope names {table}, which the rule does not read")
        elif scope == SAME_REGION and not _compares_region(compiled, table):
            yield Problem(
                rule.file,
                rule.line,
                rule.id,
                f"related_scope says only rows of {table} in the resource's own region matter, but the rule does not"
                f" compare its region with {compiled.table.name}.region",
            )


def _compares_region(compiled: Compiled, table: str) -> bool:
    rule = compiled.rule
    text = " ".join((rule.passes, rule.where, rule.query)).replace(" ", "").lower()
    own = f"{compiled.table.name}.region"
    if catalog.listing_of(table).region != "each":
        return True  # one listing for the account: its scope is global anyway
    return f"={own}" in text or f"{own}=" in text
