"""Each framework's requirements with what the mapped rules found."""

from __future__ import annotations

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.pdf import charts, style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.places import framework_place, rule_place
from backend.reports.pdf.table import VERDICT, Cell, Column, Piece, Table, number_column, verdict_label
from backend.reports.verdicts import FrameworkResult, RequirementResult, Verdict
from backend.reports.wording import count

_CHARTED = (Verdict.FAIL, Verdict.INCOMPLETE, Verdict.EXCEPTION, Verdict.PASS)
_LINKED = 6
"""Failing rules that a requirement links to, one a line; the others follow as text."""
_MEANING = (
    "Fail: at least one result of its rules fails. Incomplete: none fails, but some could not be evaluated. Exception:"
    " nothing fails apart from muted results. Pass: every result passes. No resource: its rules found nothing to speak"
    " of. By hand: a person judges it; its rules are evidence at most. No rule: nothing here judges it. A pass says"
    " that the mapped rules pass, not that the requirement is met."
)


def write(flow: Flow, data: ReportData) -> None:
    """Write the section."""
    flow.heading(0, "Frameworks", "frameworks")
    if not data.frameworks:
        flow.paragraph("No framework is loaded in this workspace.")
        return
    flow.paragraph(_MEANING)
    for number, framework in enumerate(data.frameworks):
        if number:
            flow.space(8)
        flow.heading(1, framework.title, framework_place(number), keep=150)
        _overview(flow, framework)
        columns = [
            Column("Requirement", 30, style.CELL_STRONG),
            Column("Title and rules", 79),
            number_column("Pass"),
            number_column("Fail"),
            number_column("Unknown"),
            number_column("Muted"),
            VERDICT,
        ]
        Table(flow, columns, continued=framework.title).write(_row(data, one) for one in framework.requirements)


def _overview(flow: Flow, framework: FrameworkResult) -> None:
    score, verdicts = framework.score, framework.verdicts()
    total = score.passed + score.failed + score.unknown
    covered = wording.percent(score.coverage) if total else wording.NOTHING
    judged = sum(bool(one.rules) for one in framework.requirements)
    flow.paragraph(
        f"Score {wording.score(score.score)}, coverage {covered}. Rules are mapped to {judged} of"
        f" {count(len(framework.requirements), 'requirement')}: "
        + ", ".join(f"{verdicts[one]} {one.value.lower()}" for one in _CHARTED)
        + f", {verdicts[Verdict.NO_RESOURCE]} without resources, {verdicts[Verdict.BY_HAND]} by hand."
    )
    rows = []
    for section in framework.sections:
        counts = framework.verdicts(section)
        if any(counts[one] for one in _CHARTED):
            parts = [(counts[one], style.VERDICT_SHADES[one.value][0]) for one in _CHARTED]
            shown = sum(counts[one] for one in _CHARTED)
            rows.append((section or framework.title, parts, f"{counts[Verdict.PASS]} of {shown} pass"))
    if rows:
        charts.legend(flow, [(one.value, style.VERDICT_SHADES[one.value][0]) for one in _CHARTED])
        charts.stacked(flow, rows)


def _row(data: ReportData, one: RequirementResult) -> tuple[Cell, ...]:
    title = [Piece(one.title)]
    linked = [rule for rule in one.rules if rule_place(data, rule)][:_LINKED]
    others = [rule for rule in one.rules if rule not in linked]
    title += [Piece(rule, style.CELL_CODE_QUIET.but(style.LINK), link=rule_place(data, rule)) for rule in linked]
    if others:
        title.append(Piece(", ".join(others), style.CELL_CODE_QUIET))
    counts: tuple[Cell, ...] = (one.passed, one.failed, one.unknown, one.muted) if one.rules else ("", "", "", "")
    return (one.id, tuple(title), *counts, verdict_label(one.verdict.value))
