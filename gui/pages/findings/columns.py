"""Columns of the findings list; a group's header answers to them too."""

from __future__ import annotations

from typing import Any

from gui.details.prose import readable
from gui.lists.column import Column, Look
from gui.moments import ago, plural, stamp
from gui.pages.findings.source import FindingsSource, is_group


def _of(name: str, group: str = "") -> Any:
    """A getter: the finding's attribute, or the group's own (nothing, where it has none)."""

    def value(row: Any) -> Any:
        if is_group(row):
            return getattr(row, group) if group else ""
        return getattr(row, name)

    return value


def _title(source: FindingsSource) -> Any:
    # Under its rule's header a finding need not repeat the title: its reason says more.
    return lambda row: readable(row.reason) if source.grouped and not is_group(row) else str(row.title)


def _name(row: Any) -> Any:
    if is_group(row):
        return (row.failed, row.checked) if row.checked else plural(row.unknown, "unknown", "unknown")
    return row.name or row.resource


def _account(row: Any) -> str:
    return plural(row.accounts, "account") if is_group(row) else str(row.account_name)


def _region(row: Any) -> str:
    return plural(row.regions, "region") if is_group(row) else str(row.region)


def _changed(row: Any) -> str:
    return ago(row.newest if is_group(row) else row.changed)


def _changed_tip(row: Any) -> str:
    return stamp(row.newest if is_group(row) else row.changed)


def _tip(row: Any) -> str:
    return "" if is_group(row) else f"{row.title}\n{readable(row.reason)}"


def _rule_filter(row: Any) -> str:
    return str(row.key if is_group(row) else row.rule)


def _text(name: str) -> Any:
    return lambda row: "" if is_group(row) else str(getattr(row, name))


def columns(source: FindingsSource) -> tuple[Column, ...]:
    """The columns; what a finding under a header shows depends on `source.grouped`."""

    def _severity(row: Any) -> str:
        return str(row.status if source.grouped and not is_group(row) else row.severity)

    return (
        Column(
            "severity",
            "Severity",
            _severity,
            112,
            Look.SEVERITY,
            "severity",
            lambda row: str(row.severity),
            "severity",
            True,
        ),
        Column(
            "title", "Finding", _title(source), 320, Look.STRONG, "rule", _rule_filter, "title", tip=_tip, stretch=True
        ),
        Column(
            "name",
            "Resource",
            _name,
            176,
            Look.TEXT,
            "resource",
            _text("resource"),
            "name",
            tip=lambda row: "" if is_group(row) else row.resource,
        ),
        Column(
            "status", "Status", _of("status"), 96, Look.STATUS, "status", _text("status"), "status", True, shown=False
        ),
        Column("state", "Triage", _of("state"), 108, Look.STATE, "state", _text("state"), "state", need=900),
        Column("account", "Account", _account, 140, Look.MUTED, "account", _text("account"), "account_name", need=700),
        Column("region", "Region", _region, 112, Look.MUTED, "region", _text("region"), "region", need=1020),
        Column(
            "service",
            "Service",
            _of("service", "service"),
            92,
            Look.MUTED,
            "service",
            lambda row: str(row.service),
            "service",
            shown=False,
        ),
        Column(
            "assignee",
            "Assignee",
            _of("assignee"),
            96,
            Look.MUTED,
            "assignee",
            _text("assignee"),
            "assignee",
            shown=False,
        ),
        Column(
            "changed",
            "Changed",
            _changed,
            92,
            Look.NUMBER,
            sort="changed",
            sort_descending=True,
            tip=_changed_tip,
            need=620,
        ),
    )
