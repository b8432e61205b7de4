"""Frameworks: their requirements as a tree, with what the mapped rules found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from backend.reads.findings.counts import Cell, Tally, split, tally
from backend.reads.score import counted, score

STATUSES = ("fail", "unknown", "pass", "by hand", "not covered")


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """A framework. Each requirement counts in one of failing, unknown, passing, by_hand, not_covered."""

    id: str
    title: str
    requirements: int
    failing: int
    unknown: int
    passing: int
    by_hand: int
    not_covered: int
    score: float | None
    coverage: float | None


@dataclass(frozen=True, slots=True)
class MappedRule:
    """A rule that speaks for a requirement."""

    id: str
    title: str
    severity: str
    tally: Tally


@dataclass(frozen=True, slots=True)
class Requirement:
    """A requirement and the rules that speak for it.

    `status` is fail if any mapped rule fails anywhere; unknown if none fails and not all was evaluated, or nothing
    was; pass if all that is mapped was evaluated and passes; not covered without a loaded rule. What a person must
    judge is never better than by hand.
    """

    id: str
    title: str
    section: str
    status: str
    tally: Tally
    rules: tuple[MappedRule, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Requirements under one heading, in the framework's order."""

    title: str
    requirements: tuple[Requirement, ...]


def rows(conn: sqlite3.Connection, found: Iterable[Cell] | None = None) -> list[FrameworkRow]:
    """All frameworks; `found` are the counted cells when the caller has them already."""
    cells = list(found) if found is not None else counted(conn)
    listed: list[FrameworkRow] = []
    for id_, title in conn.execute(
        "SELECT framework, max(framework_title) FROM framework_requirement GROUP BY framework ORDER BY 2"
    ).fetchall():
        requirements = [one for section in tree(conn, id_, cells) for one in section.requirements]
        mapped = {rule.id for one in requirements for rule in one.rules}
        stands = score(cell for cell in cells if cell.rule in mapped)
        counts = {status: sum(one.status == status for one in requirements) for status in STATUSES}
        listed.append(
            FrameworkRow(
                id=id_,
                title=title,
                requirements=len(requirements),
                failing=counts["fail"],
                unknown=counts["unknown"],
                passing=counts["pass"],
                by_hand=counts["by hand"],
                not_covered=counts["not covered"],
                score=stands.value,
                coverage=stands.coverage,
            )
        )
    return listed


@dataclass(frozen=True, slots=True)
class RuleRequirement:
    """A requirement that a rule speaks for."""

    framework: str
    framework_title: str
    id: str
    title: str
    by_hand: bool  # a person judges it; the rule is evidence at most


def of_rule(conn: sqlite3.Connection, rule: str) -> list[RuleRequirement]:
    """The requirements a rule counts for, by framework, each in the framework's order."""
    records = conn.execute(
        "SELECT mapped.framework, one.framework_title, mapped.requirement, one.title, one.manual"
        " FROM rule_requirement AS mapped JOIN framework_requirement AS one"
        " ON one.framework = mapped.framework AND one.id = mapped.requirement"
        " WHERE mapped.rule = ? ORDER BY one.framework_title, one.sort, one.id",
        (rule,),
    )
    return [RuleRequirement(framework, name, id, title, bool(manual)) for framework, name, id, title, manual in records]


def tree(
    conn: sqlite3.Connection, framework: str, found: Iterable[Cell] | None = None, *, account: str = ""
) -> list[Section]:
    """The sections of a framework (none when it is unknown), over all accounts or one (cloud id)."""
    cells = counted(conn, account) if found is None else [cell for cell in found if account in ("", cell.account)]
    of_rule = {rule: tally(part) for rule, part in split(cells, lambda cell: cell.rule).items()}
    mapped: dict[str, list[MappedRule]] = {}
    for requirement, rule, title, severity in conn.execute(
        "SELECT mapped.requirement, rule.id, rule.title, rule.severity FROM rule_requirement AS mapped"
        " JOIN rule ON rule.id = mapped.rule WHERE mapped.framework = ?"
        " ORDER BY rule.severity_rank DESC, rule.id",
        (framework,),
    ):
        mapped.setdefault(requirement, []).append(MappedRule(rule, title, severity, of_rule.get(rule, Tally())))
    sections: dict[str, list[Requirement]] = {}
    query = "SELECT id, title, section, manual FROM framework_requirement WHERE framework = ? ORDER BY sort, id"
    for id_, title, section, manual in conn.execute(query, (framework,)):
        rules = tuple(mapped.get(id_, ()))
        total = _sum(rule.tally for rule in rules)
        status = _status(rules, total, by_hand=bool(manual))
        sections.setdefault(section, []).append(Requirement(id_, title, section, status, total, rules))
    return [Section(title, tuple(requirements)) for title, requirements in sections.items()]


def _status(rules: tuple[MappedRule, ...], total: Tally, *, by_hand: bool) -> str:
    if total.failed:
        return "fail"
    if by_hand:
        return "by hand"
    if not rules:
        return "not covered"
    return "unknown" if total.unknown or not total.passed else "pass"


def _sum(tallies: Iterable[Tally]) -> Tally:
    passed = failed = unknown = muted = 0
    for one in tallies:
        passed += one.passed
        failed += one.failed
        unknown += one.unknown
        muted += one.muted
    return Tally(passed, failed, unknown, muted)
