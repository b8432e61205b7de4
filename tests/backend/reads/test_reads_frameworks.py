"""Frameworks: what a person must judge never passes by itself."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from backend.reads import frameworks
from backend.reports.verdicts import Verdict, load_frameworks
from tests.backend.reads.fill import fill


def test_a_requirement_for_a_person_fails_with_its_rules_and_is_else_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "filled.vedette"
    fill(path, findings=400)
    conn = sqlite3.connect(path)
    framework = conn.execute("SELECT framework FROM framework_requirement LIMIT 1").fetchone()[0]
    before = {one.id: one.status for part in frameworks.tree(conn, framework) for one in part.requirements}
    conn.execute("UPDATE framework_requirement SET manual = 1")
    after = {one.id: one.status for part in frameworks.tree(conn, framework) for one in part.requirements}
    assert "fail" in before.values()
    assert after == {id: "fail" if status == "fail" else "by hand" for id, status in before.items()}
    row = next(one for one in frameworks.rows(conn) if one.id == framework)
    assert (row.failing + row.by_hand, row.passing, row.not_covered) == (row.requirements, 0, 0)
    printed = next(one for one in load_frameworks(conn, (framework,), {}))
    assert {one.verdict for one in printed.requirements} == {Verdict.BY_HAND}
    conn.close()
