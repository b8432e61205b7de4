"""What a rule is, once read from its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

WEIGHT = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
"""Severity -> rank, which is also its weight in the score."""

ACCOUNT_WIDE = "account"
SAME_REGION = "region"


@dataclass(frozen=True)
class Remediation:
    """How to mend it: words, and commands whose {placeholders} are columns of the resource."""

    text: str
    cli: str = ""
    terraform: str = ""


@dataclass(frozen=True)
class RuleTest:
    """An example in the rule's file: a row, the rows of related tables, and what the rule must say of it."""

    expect: str  # pass, fail, unknown, skip
    row: Mapping[str, Any]
    related: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    uncollected: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Rule:
    """A posture rule: an SQL expression over one resource table (see the design of rules in README).

    `related_scope` says for a table read in a subquery whether only rows of the resource's own region matter
    ('region') or of the whole account ('account', the default).
    """

    id: str
    title: str
    severity: str
    resource: str
    rationale: str
    remediation: Remediation
    reason: str
    passes: str = ""
    where: str = ""
    query: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    more_rows_can_only: str = ""
    related_scope: Mapping[str, str] = field(default_factory=dict)
    frameworks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    equivalents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tests: tuple[RuleTest, ...] = ()
    file: Path = Path()
    line: int = 0

    @property
    def weight(self) -> int:
        """5 for critical down to 1 for info."""
        return WEIGHT[self.severity]

    def definition(self) -> dict[str, Any]:
        """Everything but the place, as JSON-ready values: for the workspace's `rule` table and the digest."""
        return {
            "id": self.id,
            "title": self.title,
            "severity": self.severity,
            "resource": self.resource,
            "rationale": self.rationale,
            "remediation": {
                "text": self.remediation.text,
                "cli": self.remediation.cli,
                "terraform": self.remediation.terraform,
            },
            "reason": self.reason,
            "pass": self.passes,
            "where": self.where,
            "query": self.query,
            "facts": dict(self.facts),
            "more_rows_can_only": self.more_rows_can_only,
            "related_scope": dict(self.related_scope),
            "frameworks": {key: list(value) for key, value in self.frameworks.items()},
            "equivalents": {key: list(value) for key, value in self.equivalents.items()},
            "tests": [
                {
                    "expect": test.expect,
                    "row": dict(test.row),
                    "related": {name: [dict(row) for row in rows] for name, rows in test.related.items()},
                }
                for test in self.tests
            ],
        }


def digest(rules: list[Rule]) -> str:
    """SHA-256 over the rules: two reports with one digest were judged by the same rules."""
    body = json.dumps([rule.definition() for rule in sorted(rules, key=lambda one: one.id)], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()


@dataclass(frozen=True)
class Problem:
    """Something wrong in a rule or framework file, for a person: `file:line: rule: message`."""

    file: Path
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        """As compilers print it, so editors can jump there."""
        return f"{self.file}:{self.line}: {self.rule + ': ' if self.rule else ''}{self.message}"
