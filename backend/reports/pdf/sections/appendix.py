"""The appendices: every resource, every rule, and on request every result that passed."""

from __future__ import annotations

import sqlite3

from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.listing import resources, results_of_rule
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.places import rule_place
from backend.reports.pdf.sections.findings import account_cell, resource_cell
from backend.reports.pdf.table import DAY, SEVERITY, Column, Piece, Table, number_column, severity_label


def write_passed(flow: Flow, data: ReportData, conn: sqlite3.Connection) -> None:
    """Every result that passed, rule by rule."""
    flow.heading(0, "Appendix: results that passed", "passed")
    columns = [
        Column("Resource", 90),
        Column("Account and region", 34),
        Column("Checked", points=DAY),
        Column("Evidence", 64),
    ]
    written = 0
    for rule in data.rules.values():
        tally = data.tallies.get(rule.id)
        if tally is None or not tally.passed:
            continue
        flow.heading(2, rule.title, f"passed-{rule.number}", keep=60, below=1)
        flow.paragraph(rule.id, style.CODE.but(style.QUIET), after=3)
        rows = (
            (
                resource_cell(one.name, one.resource),
                account_cell(data, one.account, one.region),
                wording.day(one.last_seen),
                one.reason,
            )
            for one in results_of_rule(conn, data.scope, rule.id, "pass")
        )
        written += Table(flow, columns, continued=rule.title).write(rows)
    if not written:
        flow.paragraph("Nothing passed.")


def write_resources(flow: Flow, data: ReportData, conn: sqlite3.Connection) -> None:
    """Every resource with its counts, by account and type."""
    flow.heading(0, "Appendix: resources", "resources")
    if not data.resources:
        flow.paragraph("No resource has a result.")
        return
    columns = [
        Column("Resource", 92),
        Column("Type", 44, style.CELL_CODE),
        Column("Account and region", 36),
        number_column("Pass"),
        number_column("Fail"),
        number_column("Unknown"),
        number_column("Muted"),
    ]
    rows = (
        (
            Piece(one.resource, style.CELL_CODE),
            one.resource_type,
            (Piece(data.scope.names.get(one.account, one.account)), Piece(one.region, style.CELL_QUIET)),
            one.passed,
            one.failed,
            one.unknown,
            one.muted,
        )
        for one in resources(conn, data.scope)
    )
    Table(flow, columns, continued="Resources").write(rows)


def write_rules(flow: Flow, data: ReportData) -> None:
    """Every rule, with its counts and the permissions it needs."""
    flow.heading(0, "Appendix: rules", "rules")
    if not data.rules:
        flow.paragraph("No rule is loaded.")
        return
    columns = [
        SEVERITY,
        Column("Rule", 90),
        Column("Permissions", 74),
        number_column("Pass"),
        number_column("Fail"),
        number_column("Unknown"),
        number_column("Muted"),
    ]
    rows = []
    for rule in data.rules.values():
        tally = data.tallies.get(rule.id)
        counts = (tally.passed, tally.failed, tally.unknown, tally.muted) if tally else ("", "", "", "")
        place = rule_place(data, rule.id)
        title = Piece(rule.title, style.CELL.but(style.LINK) if place else style.CELL, link=place)
        permissions = tuple(Piece(one, style.CELL_CODE_QUIET) for one in rule.permissions)
        named = (title, Piece(rule.id, style.CELL_CODE_QUIET))
        rows.append((severity_label(rule.severity), named, permissions, *counts))
    Table(flow, columns, continued="Rules").write(rows)
