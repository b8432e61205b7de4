"""What was looked at, as whom, when, and how the figures of this report come about."""

from __future__ import annotations

from backend.posture.rule import WEIGHT
from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.sections import past
from backend.reports.pdf.sections.cover import NOT_A_CERTIFICATION
from backend.reports.pdf.table import Cell, Column, Piece, Table, number_column
from backend.reports.scope import AccountInScope


def write(flow: Flow, data: ReportData) -> None:
    """Write the section."""
    flow.heading(0, "Scope and method", "scope")
    flow.heading(1, "Accounts and scans", "scope-accounts", keep=60)
    if not data.scope.accounts:
        flow.paragraph("No account has been scanned.")
    columns = [
        Column("Account", 40),
        Column("Scan", 42),
        Column("Identity", 52, style.CELL_CODE),
        number_column("Calls"),
        number_column("Resources"),
        number_column("Score"),
        number_column("Coverage"),
    ]
    Table(flow, columns, continued="Accounts and scans").write(_account(data, one) for one in data.scope.accounts)
    if data.scope.never_scanned:
        names = wording.shortened(list(data.scope.never_scanned), 30)
        flow.paragraph(f"Selected but never scanned, and so not in this report: {names}.")
    flow.heading(1, "Regions", "scope-regions", keep=30)
    flow.paragraph(", ".join(data.regions) + "." if data.regions else "None.")
    flow.paragraph("Nothing is known of resources in other regions.", style.SMALL)
    past.write(flow, data)
    _method(flow, data)


def _account(data: ReportData, one: AccountInScope) -> tuple[Cell, ...]:
    score, scan = data.account_scores[one.cloud_id], one.scan
    total = score.passed + score.failed + score.unknown
    who: list[Piece] = [Piece(one.name, style.CELL_STRONG), Piece(one.cloud_id, style.CELL_CODE)]
    if one.alias and one.alias != one.name:
        who.append(Piece(one.alias, style.CELL_QUIET))
    figures: tuple[Cell, ...] = (
        wording.score(score.score),
        wording.percent(score.coverage) if total else wording.NOTHING,
    )
    if scan is None:
        return (tuple(who), "no scan has ended", one.identity, "", "", *figures)
    when = [Piece(f"No. {scan.id}, {scan.state}"), Piece(wording.moment(scan.started_at), style.CELL_QUIET)]
    if scan.finished_at:
        when.append(Piece(f"to {wording.moment(scan.finished_at)}", style.CELL_QUIET))
    if scan.state != "done":
        when.append(Piece("It did not reach everything: older results stand where it did not.", style.CELL_QUIET))
    if scan.error:
        when.append(Piece(scan.error, style.CELL_QUIET))
    return (tuple(who), tuple(when), one.identity, scan.calls, scan.resources, *figures)


def _method(flow: Flow, data: ReportData) -> None:
    weights = ", ".join(f"{name} {WEIGHT[name]}" for name in wording.SEVERITIES)
    flow.heading(1, "How results come about", "scope-method", keep=60)
    flow.paragraph(
        "Configuration was read through the provider's own read-only API calls and stored. Each rule was then held"
        " against each resource it speaks of, from the stored answers. A result is a pass or a fail only where the"
        " answers it rests on were received; where a call was denied, throttled or failed, the result is unknown and"
        " names the call. No pass and no fail in this report lacks its evidence."
    )
    flow.heading(1, "How the score is computed", "scope-score", keep=60)
    flow.paragraph(
        "Score = 100 × Σ weight · pass / (pass + fail) / Σ weight, over the rules with at least one pass or fail. Every"
        " rule counts once, however many resources it covers, so that many harmless passes cannot hide a critical"
        f" failure. Weights: {weights}. Unknown and muted results are left out; coverage, the share of results that"
        " could be evaluated, stands beside the score for that reason. Where nothing could be evaluated there is no"
        " score."
    )
    flow.heading(1, "Limits", "scope-limits", keep=60)
    flow.paragraph(
        "The report shows configuration at the time of the scans, not activity, and not what changed since. It covers"
        " the accounts, regions and services named here and no others. Requirements that ask for policies, processes"
        " or people cannot be judged from configuration and show as “No rule”."
    )
    flow.paragraph(NOT_A_CERTIFICATION)
