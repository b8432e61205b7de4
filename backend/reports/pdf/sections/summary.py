"""What a reader who stops after one page should know."""

from __future__ import annotations

from backend.reports import wording
from backend.reports.changes import TrendPoint
from backend.reports.data import ReportData
from backend.reports.pdf import charts, style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.places import rule_place
from backend.reports.pdf.table import SEVERITY, Column, Piece, Table, number_column, severity_label
from backend.reports.wording import count

_TOP = 10


def write(flow: Flow, data: ReportData) -> None:
    """Write the section."""
    flow.heading(0, "Executive summary", "summary")
    charts.figures(flow, _figures(data))
    flow.paragraph(_verdict(data), style.LEAD, after=8)
    if data.score.failed:
        _charts(flow, data)
    _change(flow, data)
    _risks(flow, data)
    _gains(flow, data)
    _began(flow, data)


def _charts(flow: Flow, data: ReportData) -> None:
    """Severities at the left; the score over time beside them, where there is a history."""
    rows = []
    for name in wording.SEVERITIES:
        failed = data.severities[name].failed if name in data.severities else 0
        rows.append((name.capitalize(), failed, style.SEVERITY_SHADES[name][0]))
    points = _points(data)
    half = (style.WIDTH - 28) / 2
    wide = half if points else style.WIDTH
    flow.keep(120)
    top = flow.y
    charts.title(flow, "Failing results by severity", style.LEFT)
    charts.bars(flow, rows, wide)
    foot = flow.y
    if points:
        flow.y = top
        charts.title(flow, "Score over time", style.LEFT + half + 28)
        charts.trend(flow, points, style.LEFT + half + 28, half, 5 * charts.BAR)
    flow.y = min(foot, flow.y)
    flow.space(4)


def _figures(data: ReportData) -> list[tuple[str, str, str]]:
    score = data.score
    worst = [data.severities[name].failed for name in ("critical", "high") if name in data.severities]
    change = "nothing was evaluated" if score.score is None else "of 100"
    if score.score is not None and data.score_before is not None:
        change = f"of 100; {_signed(score.score - data.score_before)} since last"
    total = score.passed + score.failed + score.unknown
    return [
        ("SCORE", wording.score(score.score), change),
        ("COVERAGE", wording.percent(score.coverage) if total else wording.NOTHING, f"of {count(total, 'result')}"),
        ("FAILING", f"{score.failed:,}", f"{sum(worst):,} critical or high"),
        ("UNKNOWN", f"{score.unknown:,}", "could not be checked"),
        ("MUTED", f"{data.muted:,}", "out of the score"),
    ]


def _signed(points: float) -> str:
    return f"+{points:.1f}" if points >= 0.05 else f"−{-points:.1f}" if points <= -0.05 else "±0"


def _verdict(data: ReportData) -> str:
    score = data.score
    if not data.scope.scans and not data.tallies:
        return "No account has been scanned yet, so there is nothing to report on: neither good nor bad is known."
    where = (
        f"{count(data.resources, 'resource')} in {count(len(data.scope.accounts), 'account')} and"
        f" {count(len(data.regions), 'region')} were held against {count(len(data.tallies), 'rule')}."
    )
    if score.score is None:
        return f"{where} No result could be evaluated: there is no score, and no statement about these accounts."
    rules = len(data.failing_rules)
    failing = (
        f" {count(score.failed, 'result')} of {count(rules, 'rule')} {'fails' if score.failed == 1 else 'fail'}."
        if rules
        else " None of the results that could be evaluated fails."
    )
    unknown = (
        f" {count(score.unknown, 'result')} could not be evaluated; what was missing is listed under"
        " “What could not be checked”."
        if score.unknown
        else " Every result could be evaluated."
    )
    return where + failing + unknown


def _change(flow: Flow, data: ReportData) -> None:
    flow.heading(1, "Since the previous scan", "summary-change", keep=60)
    change = data.change
    if change is None:
        flow.paragraph("There is no earlier scan to compare with.")
        return
    parts = [
        f"{change.failing:,} newly failing",
        f"{change.fixed:,} fixed",
        f"{change.gone:,} failing {'resource is' if change.gone == 1 else 'resources are'} gone",
        f"{change.unknown:,} can no longer be evaluated",
    ]
    if change.stale:
        parts.append(f"{change.stale:,} stale, because their listing failed")
    flow.paragraph("; ".join(parts) + ".")
    if change.first:
        flow.paragraph(f"Scanned for the first time, and so not compared: {wording.shortened(list(change.first), 8)}.")


def _began(flow: Flow, data: ReportData) -> None:
    change = data.change
    if change is None or not change.worst:
        return
    flow.heading(1, "Began to fail", "summary-began", keep=60)
    names = data.scope.names
    columns = [
        SEVERITY,
        Column("Began to fail", 44),
        Column("Resource", 56, style.CELL_CODE),
        Column("Account", 20),
        Column("Before", 12),
    ]
    rows = []
    for rule, resource, account, before in change.worst:
        entry = data.rules.get(rule)
        title = (Piece(entry.title if entry else rule, link=rule_place(data, rule)),)
        severity = severity_label(entry.severity) if entry else Piece("")
        rows.append((severity, title, resource, names.get(account, account), before or "new"))
    Table(flow, columns, continued="Began to fail").write(rows)
    if change.failing > len(rows):
        flow.paragraph(f"The worst {len(rows)} of {change.failing:,} are shown.", style.SMALL)


def _risks(flow: Flow, data: ReportData) -> None:
    rules = sorted(data.failing_rules, key=lambda rule: (-rule.rank, -data.tallies[rule.id].failed, rule.id))[:_TOP]
    if not rules:
        return
    flow.heading(1, "Top risks", "summary-risks", keep=60)
    columns = [
        SEVERITY,
        Column("Rule", 82),
        Column("Service", points=58),
        number_column("Failing"),
        number_column("Checked"),
        number_column("Page"),
    ]
    rows = []
    for rule in rules:
        tally = data.tallies[rule.id]
        place = rule_place(data, rule.id)
        rows.append(
            (
                severity_label(rule.severity),
                (Piece(rule.title, style.CELL.but(style.LINK), link=place), Piece(rule.id, style.CELL_CODE_QUIET)),
                rule.service,
                tally.failed,
                tally.failed + tally.passed,
                Piece("", page=place),
            )
        )
    Table(flow, columns, continued="Top risks").write(rows)


def _gains(flow: Flow, data: ReportData) -> None:
    if not data.gains:
        return
    flow.heading(1, "What would raise the score most", "summary-gains", keep=60)
    flow.paragraph("Points the score would gain if every failing resource of the rule passed.", style.SMALL)
    columns = [
        number_column("Points"),
        SEVERITY,
        Column("Rule", 96),
        number_column("Resources to fix"),
    ]
    rows = []
    for id_, points in data.gains[:5]:
        rule = data.rules[id_]
        title = (Piece(rule.title, style.CELL.but(style.LINK), link=rule_place(data, id_)),)
        rows.append((f"+{points:.1f}", severity_label(rule.severity), title, data.tallies[id_].failed))
    Table(flow, columns, continued="What would raise the score most").write(rows)


def _points(data: ReportData) -> list[TrendPoint]:
    """One point for each moment of the history, and today's score as it now is, triage included."""
    by_time = {point.at: point for point in data.trend}
    if not by_time:
        return []
    points = [by_time[at] for at in sorted(by_time)]
    if data.created > points[-1].at or data.score.score != points[-1].score:
        now = max(data.created, points[-1].at)
        points = [point for point in points if point.at < now]
        points.append(TrendPoint(now, data.score.score, data.score.coverage, data.score.failed))
    return points
