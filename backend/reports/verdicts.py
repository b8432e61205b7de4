"""Requirements of the frameworks, judged by the rules mapped to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from backend.posture.score import Score, Tally
from backend.posture.score import score as score_of


class Verdict(Enum):
    """What the evidence says of a requirement, worst first; `value` is what the report prints."""

    FAIL = "Fail"  # at least one result fails
    INCOMPLETE = "Incomplete"  # none fails, but some could not be evaluated
    EXCEPTION = "Exception"  # none fails once muted results are set aside
    PASS = "Pass"  # noqa: S105  (no password)
    NO_RESOURCE = "No resource"  # rules are mapped, but nothing they speak of exists
    BY_HAND = "By hand"  # a person judges it; mapped rules are evidence at most
    NO_RULE = "No rule"  # nothing here can judge it


@dataclass(frozen=True, slots=True)
class RequirementResult:
    """One requirement with the counts of its rules' results."""

    id: str
    title: str
    section: str
    rules: tuple[str, ...]
    passed: int
    failed: int
    unknown: int
    muted: int
    manual: bool = False

    @property
    def verdict(self) -> Verdict:
        """The worst that the counts allow; what a person must judge never passes by itself."""
        if self.failed:
            return Verdict.FAIL
        if self.manual:
            return Verdict.BY_HAND
        if not self.rules:
            return Verdict.NO_RULE
        if self.unknown:
            return Verdict.INCOMPLETE
        if self.muted:
            return Verdict.EXCEPTION
        return Verdict.PASS if self.passed else Verdict.NO_RESOURCE


@dataclass(frozen=True, slots=True)
class FrameworkResult:
    """One framework: its requirements in order, and the score of the rules mapped to it."""

    id: str
    title: str
    requirements: tuple[RequirementResult, ...]
    score: Score

    def verdicts(self, section: str | None = None) -> dict[Verdict, int]:
        """How many requirements (of a section) have each verdict."""
        counts = dict.fromkeys(Verdict, 0)
        for one in self.requirements:
            if section is None or one.section == section:
                counts[one.verdict] += 1
        return counts

    @property
    def sections(self) -> tuple[str, ...]:
        """Sections in order."""
        return tuple(dict.fromkeys(one.section for one in self.requirements))


def load_frameworks(
    conn: sqlite3.Connection, chosen: tuple[str, ...], tallies: Mapping[str, Tally]
) -> tuple[FrameworkResult, ...]:
    """The frameworks chosen (all, when none is). `tallies` are per rule, within the report's scope."""
    mapped: dict[tuple[str, str], list[str]] = {}
    rows = conn.execute("SELECT framework, requirement, rule FROM rule_requirement ORDER BY rule")
    for framework, requirement, rule in rows:
        mapped.setdefault((framework, requirement), []).append(rule)
    titles: dict[str, str] = {}
    requirements: dict[str, list[RequirementResult]] = {}
    rows = conn.execute(
        "SELECT framework, framework_title, id, title, section, manual FROM framework_requirement"
        " ORDER BY framework, sort, id"
    )
    for framework, framework_title, id_, title, section, manual in rows:
        if chosen and framework not in chosen:
            continue
        titles[framework] = framework_title
        rules = mapped.get((framework, id_), [])
        known = [tallies[rule] for rule in rules if rule in tallies]
        passed, failed, unknown, muted = (
            sum(getattr(one, what) for one in known) for what in ("passed", "failed", "unknown", "muted")
        )
        requirements.setdefault(framework, []).append(
            RequirementResult(id_, title, section, tuple(rules), passed, failed, unknown, muted, manual=bool(manual))
        )
    results = []
    for framework, title in titles.items():
        rules_of = {rule for one in requirements[framework] for rule in one.rules}
        judged = score_of(tally for rule, tally in tallies.items() if rule in rules_of)
        results.append(FrameworkResult(framework, title, tuple(requirements[framework]), judged))
    return tuple(results)
