"""Every failing result, by severity and rule: why it matters, how to fix it, and on which resources."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.listing import Result, results_of_rule
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.places import rule_place, severity_place
from backend.reports.pdf.table import DAY, Cell, Column, Piece, Table, severity_label
from backend.reports.ruleset import RuleEntry
from backend.reports.wording import count

Step = Callable[[int], None]

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
    tally = data.tallies[rule.id]
    flow.heading(2, rule.title, rule_place(data, rule.id), keep=110)
    fill, shade = style.SEVERITY_SHADES[rule.severity]
    label = severity_label(rule.severity)
    flow.y -= 11
    flow.ink.fill(style.LEFT, flow.y - 1.5, 50, 9.6, fill)
    flow.ink.put(style.LEFT + 25, flow.y + 0.8, label.text, style.CHIP.but(shade), align="center")
    checked = tally.passed + tally.failed
    counts = f"{tally.failed:,} of {count(checked, 'resource')} {'fails' if tally.failed == 1 else 'fail'}"
    if tally.unknown:
        counts += f", {tally.unknown:,} unknown"
    if tally.muted:
        counts += f", {tally.muted:,} muted"
    flow.ink.put(style.LEFT + 58, flow.y + 0.8, counts, style.CELL_STRONG)
    flow.ink.put(style.LEFT + style.WIDTH, flow.y + 0.8, rule.service, style.CELL_QUIET, align="right")
    flow.space(6)
    flow.paragraph(rule.id, style.CODE.but(style.QUIET), after=3)
    if rule.rationale:
        flow.labelled("WHY IT MATTERS", _one_line(rule.rationale))
    if text := rule.remediation.get("text"):
        flow.labelled("HOW TO FIX IT", _one_line(text))
    if cli := rule.remediation.get("cli"):
        flow.code("COMMAND", cli)
    if rule.operations:
        flow.labelled("EVIDENCE FROM", ", ".join(rule.operations), style.CODE)
    mapped = [f"{framework} {', '.join(ids)}" for framework, ids in sorted(rule.frameworks.items())]
    if mapped:
        flow.labelled("MAPPED TO", "; ".join(mapped), style.CELL)
    flow.space(2)


def _one_line(text: str) -> str:
    return " ".join(text.split())


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
