"""Names of the places that links and bookmarks lead to."""

from __future__ import annotations

from backend.reports.data import ReportData


def rule_place(data: ReportData, rule: str) -> str:
    """Where the findings of a rule stand; '' where none are printed. Rule ids are anybody's text, numbers are not."""
    tally = data.tallies.get(rule)
    return f"rule-{data.rules[rule].number}" if tally is not None and tally.failed and rule in data.rules else ""


def framework_place(number: int) -> str:
    """Where a framework's table stands."""
    return f"framework-{number}"


def severity_place(severity: str) -> str:
    """Where the findings of a severity begin."""
    return f"severity-{severity}"
