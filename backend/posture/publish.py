"""The loaded rules into the workspace, so that reads never parse a file."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path

from backend.inventory import catalog
from backend.inventory.aws.permissions import permissions
from backend.posture.check import compile_rules
from backend.posture.findings import retire
from backend.posture.frameworks import dangling, load_frameworks
from backend.posture.load import load
from backend.posture.rule import WEIGHT, Problem
from backend.product import rules_root


def publish(conn: sqlite3.Connection, folders: Iterable[Path] = ()) -> list[Problem]:
    """Load the shipped rules and those of the user's folders into the workspace. Caller's transaction.

    A rule that does not compile is stored with its error, so that it is seen; a rule whose file is gone is removed and
    its findings retired. Whether a rule is enabled is kept. Returns the problems found.
    """
    rules, problems = load([rules_root() / "posture", *folders])
    compiled, refused = compile_rules(rules)
    frameworks, wrong = load_frameworks([rules_root() / "frameworks"])
    problems = [*problems, *refused, *wrong, *dangling(rules, frameworks)]
    errors: dict[str, str] = {}
    for problem in (*refused,):
        errors.setdefault(problem.rule, problem.message)
    ready = {one.rule.id: one for one in compiled}
    now = int(time.time())
    known = dict(conn.execute("SELECT id, enabled FROM rule").fetchall())
    for rule in rules:
        table = catalog.tables()[rule.resource]
        operations = sorted(ready[rule.id].operations()) if rule.id in ready else []
        conn.execute(
            "INSERT OR REPLACE INTO rule (id, title, severity, severity_rank, provider, service, resource_type,"
            " definition, operations, permissions, file, line, enabled, error, loaded_at)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                rule.id, rule.title, rule.severity, WEIGHT[rule.severity], table.provider, table.service, table.name,
                json.dumps(rule.definition(), ensure_ascii=False), json.dumps(operations),
                json.dumps(permissions(operations)), str(rule.file), rule.line, known.get(rule.id, 1),
                errors.get(rule.id, ""), now,
            ),
        )  # fmt: skip
    for gone in set(known) - {rule.id for rule in rules}:
        conn.execute("DELETE FROM rule WHERE id = ?", (gone,))
        retire(conn, gone, now)
    conn.execute("DELETE FROM framework_requirement")
    conn.execute("DELETE FROM rule_requirement")
    for framework in frameworks:
        conn.executemany(
            "INSERT INTO framework_requirement (framework, framework_title, id, title, section, sort, manual)"
            " VALUES (?,?,?,?,?,?,?)",
            [
                (framework.id, framework.title, one.id, one.title, one.section, number, int(one.manual))
                for number, one in enumerate(framework.requirements)
            ],
        )
    pairs = {(rule.id, name, one) for rule in rules for name, ids in rule.frameworks.items() for one in ids}
    conn.executemany("INSERT INTO rule_requirement (rule, framework, requirement) VALUES (?,?,?)", sorted(pairs))
    return problems
