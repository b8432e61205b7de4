"""What could not be checked, and why."""

from __future__ import annotations

import sqlite3

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.gaps import NO_CALL, Gap
from backend.reports.listing import stale_results
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.sections.findings import account_cell, resource_cell
from backend.reports.pdf.table import DAY, SEVERITY, Cell, Column, Piece, Table, number_column, severity_label
from backend.reports.verdicts import Verdict
from backend.reports.wording import count

TITLE = "What could not be checked"


def write(flow: Flow, data: ReportData, conn: sqlite3.Connection) -> None:
    """Write the section."""
    flow.heading(0, TITLE, "gaps")
    flow.paragraph(
        "A result is unknown where an API call that it rests on gave no answer. Unknown results are in no count of"
        " passes or failures and not in the score. Where a permission is named, granting it and scanning again settles"
        " them."
    )
    _calls(flow, data)
    _stale(flow, data, conn)
    _rules(flow, data)
    _requirements(flow, data)


def _calls(flow: Flow, data: ReportData) -> None:
    flow.heading(1, "Calls without an answer", "gaps-calls", keep=60)
    gaps = data.gaps
    if not gaps.gaps:
        flow.paragraph("Every call was answered." if data.scope.scans else "No call has been made.")
    columns = [
        Column("Operation and permission", 64),
        Column("Outcome", 36),
        Column("Accounts and regions", 42),
        number_column("Unknown results"),
        Column("Rules affected", 62),
    ]
    Table(flow, columns, continued="Calls without an answer").write(_gap(data, one) for one in gaps.gaps)
    if gaps.unoffered:
        flow.paragraph(
            f"{count(gaps.unoffered, 'call')} went to services that a region does not offer; nothing is missing there.",
            style.SMALL,
        )


def _gap(data: ReportData, gap: Gap) -> tuple[Cell, ...]:
    names = data.scope.names
    if gap.operation == NO_CALL:
        operation = [Piece("No failed call", style.CELL_STRONG)]
        outcome = [Piece("A value was absent, or could not be read; the finding's reason says which.")]
    else:
        operation = [Piece(gap.operation, style.CELL_CODE)]
        outcome = [Piece(gap.outcome.replace("_", " "), style.CELL_STRONG)]
    operation += [Piece(f"needs {permission}", style.CELL_CODE_QUIET) for permission in gap.permissions]
    if gap.calls:
        outcome.append(Piece(count(gap.calls, "call"), style.CELL_QUIET))
    if gap.code:
        outcome.append(Piece(gap.code, style.CELL_CODE_QUIET))
    if gap.message:
        outcome.append(Piece(gap.message[:300], style.CELL_QUIET))
    accounts = wording.shortened(sorted(names.get(one, one) for one in gap.accounts), 6)
    regions = wording.shortened(sorted(gap.regions), 8)
    rules = wording.shortened(sorted(gap.rules), 6) if gap.rules else "none: no result rests on it"
    affected = Piece(rules, style.CELL_CODE_QUIET if gap.rules else style.CELL_QUIET)
    return (
        tuple(operation),
        tuple(outcome),
        (Piece(accounts), Piece(regions, style.CELL_QUIET)),
        gap.results,
        affected,
    )


def _stale(flow: Flow, data: ReportData, conn: sqlite3.Connection) -> None:
    if not data.gaps.stale:
        return
    flow.heading(1, "Stale results", "gaps-stale", keep=80)
    flow.paragraph(
        "The listing that should show these resources failed at the last scan. Whether they still exist, and as they"
        " were, is not known; they are in no count above."
    )
    columns = [
        Column("Last status", points=44),
        SEVERITY,
        Column("Rule", 56, style.CELL_CODE),
        Column("Resource", 70),
        Column("Account and region", 32),
        Column("Last seen", points=DAY),
    ]
    rows = (
        (
            Piece(one.status, style.CELL_STRONG),
            severity_label(one.severity),
            one.rule,
            resource_cell(one.name, one.resource),
            account_cell(data, one.account, one.region),
            wording.day(one.last_seen),
        )
        for one in stale_results(conn, data.scope)
    )
    Table(flow, columns, continued="Stale results").write(rows)


def _rules(flow: Flow, data: ReportData) -> None:
    broken, disabled = data.gaps.broken_rules, data.gaps.disabled_rules
    if not broken and not disabled:
        return
    flow.heading(1, "Rules that did not run", "gaps-rules", keep=60)
    columns = [SEVERITY, Column("Rule", 80), Column("Why", 110)]
    rows = [
        (severity_label(one.severity), (Piece(one.title), Piece(one.id, style.CELL_CODE_QUIET)), one.error)
        for one in broken
    ]
    rows += [
        (severity_label(one.severity), (Piece(one.title), Piece(one.id, style.CELL_CODE_QUIET)), "switched off")
        for one in disabled
    ]
    Table(flow, columns, continued="Rules that did not run").write(rows)


def _requirements(flow: Flow, data: ReportData) -> None:
    unjudged = [
        (framework.title, [one.id for one in framework.requirements if one.verdict is Verdict.NO_RULE])
        for framework in data.frameworks
    ]
    if not any(ids for _, ids in unjudged):
        return
    flow.heading(1, "Requirements without a rule", "gaps-requirements", keep=60)
    columns = [
        Column("Framework", 50, style.CELL_STRONG),
        number_column("Count"),
        Column("Requirements", 150),
    ]
    rows = [(title, len(ids), ", ".join(ids)) for title, ids in unjudged if ids]
    Table(flow, columns, continued="Requirements without a rule").write(rows)
