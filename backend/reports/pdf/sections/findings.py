"""Every failing result, by severity and rule: why it matters, how to fix it, and on which resources."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.listing import Result, results_of_rule
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow, code_height, labelled_height
from backend.reports.pdf.fonts import printable
from backend.reports.pdf.places import rule_place, severity_place
from backend.reports.pdf.style import Style
from backend.reports.pdf.table import DAY, Cell, Column, Piece, Table
from backend.reports.ruleset import RuleEntry
from backend.reports.wording import count

Step = Callable[[int], None]
_HEAD = 130.0  # points: counts, id, the table's header and two of its rows
_LONGEST_KEPT = 420.0

COLUMNS = (
    Column("Resource", 80),
    Column("Account and region", points=66),
    Column("State", points=42),
    Column("First seen, failing for", points=DAY),
    Column("Reason and evidence", 66),
)


def write(flow: Flow, data: ReportData, conn: sqlite3.Connection, step: Step) -> None:
    """Write the section; `step` hears how many results were written, rule by rule."""
    flow.heading(0, "Findings", "findings")
    if not data.failing_rules:
        nothing = "Nothing that could be evaluated fails." if data.score.passed else "Nothing could be evaluated."
        flow.paragraph(nothing)
        return
    flow.paragraph("Words in {braces} stand for the values of the resource at hand.", style.SMALL)
    first = True
    for severity in wording.SEVERITIES:
        rules = [rule for rule in data.failing_rules if rule.severity == severity]
        if not rules:
            continue
        failed = sum(data.tallies[rule.id].failed for rule in rules)
        if not first:
            flow.space(10)
        first = False
        flow.heading(1, severity.capitalize(), severity_place(severity), keep=170)
        flow.paragraph(f"{count(failed, 'failing result')} of {count(len(rules), 'rule')}.", style.SMALL)
        for rule in rules:
            _rule(flow, data, rule)
            rows = (_row(data, one) for one in results_of_rule(conn, data.scope, rule.id, "fail"))
            step(Table(flow, COLUMNS, continued=rule.title).write(rows))


def _rule(flow: Flow, data: ReportData, rule: RuleEntry) -> None:
    words = _words(rule)
    command = rule.remediation.get("cli", "")
    high = sum(labelled_height(text, chosen) for _, text, chosen in words) + (code_height(command) if command else 0)
    # The rule stays with the first rows of its table, unless it is about as long as a page.
    flow.heading(2, rule.title, rule_place(data, rule.id), keep=min(high + _HEAD, _LONGEST_KEPT))
    _counts(flow, data, rule)
    flow.paragraph(rule.id, style.CODE.but(style.QUIET), after=3)
    for label, text, chosen in words:
        if label == "EVIDENCE FROM" and command:
            flow.code("COMMAND", command)
            command = ""
        flow.labelled(label, text, chosen)
    if command:
        flow.code("COMMAND", command)
    flow.space(2)


def _words(rule: RuleEntry) -> list[tuple[str, str, Style]]:
    """What is said of the rule beside labels."""
    mapped = [f"{framework} {', '.join(ids)}" for framework, ids in sorted(rule.frameworks.items())]
    words = [
        ("WHY IT MATTERS", " ".join(rule.rationale.split()), style.BODY),
        ("HOW TO FIX IT", " ".join(rule.remediation.get("text", "").split()), style.BODY),
        ("EVIDENCE FROM", ", ".join(rule.operations), style.CODE),
        ("MAPPED TO", "; ".join(mapped), style.CELL),
    ]
    return [one for one in words if one[1]]


def _counts(flow: Flow, data: ReportData, rule: RuleEntry) -> None:
    tally = data.tallies[rule.id]
    fill, shade = style.SEVERITY_SHADES[rule.severity]
    flow.y -= 11
    flow.ink.fill(style.LEFT, flow.y - 1.5, 50, 9.6, fill)
    flow.ink.put(style.LEFT + 25, flow.y + 0.8, rule.severity.upper(), style.CHIP.but(shade), align="center")
    checked = tally.passed + tally.failed
    counts = f"{tally.failed:,} of {count(checked, 'resource')} {'fails' if tally.failed == 1 else 'fail'}"
    if tally.unknown:
        counts += f", {tally.unknown:,} unknown"
    if tally.muted:
        counts += f", {tally.muted:,} muted"
    flow.ink.put(style.LEFT + 58, flow.y + 0.8, counts, style.CELL_STRONG)
    flow.ink.put(style.LEFT + style.WIDTH, flow.y + 0.8, printable(rule.service), style.CELL_QUIET, align="right")
    flow.space(6)


def _row(data: ReportData, one: Result) -> tuple[Cell, ...]:
    return (
        resource_cell(one.name, one.resource),
        account_cell(data, one.account, one.region),
        _state(one),
        (Piece(wording.day(one.first_seen)), Piece(wording.span(data.created - one.changed), style.CELL_QUIET)),
        (Piece(one.reason), *_evidence(one)),
    )


def resource_cell(name: str, uid: str) -> tuple[Piece, ...]:
    """Name and unique id; the name alone where it is all of the id."""
    if name and name != uid:
        return (Piece(name, style.CELL_STRONG), Piece(uid, style.CELL_CODE))
    return (Piece(uid, style.CELL_CODE),)


def account_cell(data: ReportData, account: str, region: str) -> tuple[Piece, ...]:
    """The account as the analyst calls it, its id where that differs, the region."""
    name = data.scope.names.get(account, account)
    lines = [Piece(name)]
    if name != account:
        lines.append(Piece(account, style.CELL_CODE_QUIET))
    return (*lines, Piece(region, style.CELL_QUIET))


def _state(one: Result) -> tuple[Piece, ...]:
    lines = [Piece(one.state.replace("_", " ").capitalize() or "Open")]
    if one.reopened:
        lines.append(Piece("reopened", style.CELL_QUIET))
    if one.assignee:
        lines.append(Piece(one.assignee, style.CELL_QUIET))
    return tuple(lines)


def _evidence(one: Result) -> tuple[Piece, ...]:
    """The column values behind the verdict, in small type."""
    values = json.loads(one.evidence or "{}")
    if not isinstance(values, dict) or not values:
        return ()
    words = "; ".join(f"{key} = {_value(value)}" for key, value in values.items())
    return (Piece(words, style.CELL_CODE_QUIET),)


def _value(value: object) -> str:
    if value is None:
        return "not collected"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
