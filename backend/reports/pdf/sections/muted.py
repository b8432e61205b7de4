"""Muted results: what was set aside, why, by whom and until when."""

from __future__ import annotations

import sqlite3

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.listing import Result, muted_results
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.sections.findings import account_cell, resource_cell
from backend.reports.pdf.table import SEVERITY, Cell, Column, Piece, Table, severity_label


def write(flow: Flow, data: ReportData, conn: sqlite3.Connection) -> None:
    """Write the section."""
    flow.heading(0, "Muted results", "muted")
    if not data.muted:
        flow.paragraph("No result is muted.")
        return
    flow.paragraph("Muted results are left out of the score. They return on their own when the mute ends.")
    columns = [
        SEVERITY,
        Column("Rule", 48),
        Column("Resource", 62),
        Column("Account and region", 30),
        Column("Reason", 42),
        Column("By, until", 24),
    ]
    Table(flow, columns, continued="Muted results").write(_row(data, one) for one in muted_results(conn, data.scope))


def _row(data: ReportData, one: Result) -> tuple[Cell, ...]:
    rule = data.rules.get(one.rule)
    until = wording.day(one.mute_until) if one.mute_until else "no end"
    expired = one.mute_until is not None and one.mute_until <= data.created
    return (
        (severity_label(one.severity), Piece(one.status, style.CELL_QUIET)),
        (Piece(rule.title if rule else one.rule), Piece(one.rule, style.CELL_CODE_QUIET)),
        resource_cell(one.name, one.resource),
        account_cell(data, one.account, one.region),
        (Piece(one.mute_reason.capitalize() or "no reason given", style.CELL_STRONG), Piece(one.mute_note)),
        (Piece(one.muted_by or "unknown"), Piece(f"{until}{' (past)' if expired else ''}", style.CELL_QUIET)),
    )
