"""A finding as an object of an export: one shape for JSON, CSV and the command line."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from backend.reports.listing import COLUMNS, FETCHED, Result
from backend.reports.ruleset import RuleEntry, load_rules
from backend.reports.wording import iso

_ORDER = "severity_rank DESC, rule, account, resource"


class Export:
    """Findings of one condition over `finding`, worst first, with what their rules and accounts are called."""

    def __init__(self, conn: sqlite3.Connection, condition: str, params: tuple[Any, ...]) -> None:
        self.conn = conn
        self.condition = condition
        self.params = params
        self.rules: dict[str, RuleEntry] = load_rules(conn)
        rows = conn.execute(
            "SELECT cloud_id, name FROM account WHERE cloud_id <> '' ORDER BY kind = 'organization' DESC, id DESC"
        )
        self.accounts: dict[str, str] = dict(rows.fetchall())

    def results(self) -> Iterator[Result]:
        """The findings, a few hundred in memory at a time."""
        cursor = self.conn.execute(
            f"SELECT {COLUMNS} FROM finding WHERE {self.condition} ORDER BY {_ORDER}", self.params
        )
        while rows := cursor.fetchmany(FETCHED):
            for row in rows:
                yield Result(*row)

    def object(self, one: Result) -> dict[str, Any]:
        """JSON-ready; times are ISO 8601 in UTC, None where there is none."""
        rule = self.rules.get(one.rule)
        return {
            "rule": one.rule,
            "title": rule.title if rule else one.rule,
            "status": one.status,
            "severity": one.severity,
            "state": one.state,
            "presence": one.presence,
            "resource": one.resource,
            "resource_type": one.resource_type,
            "name": one.name,
            "account": one.account,
            "account_name": self.accounts.get(one.account, ""),
            "region": one.region,
            "service": one.service,
            "reason": one.reason,
            "evidence": json.loads(one.evidence),
            "missing": json.loads(one.missing),
            "first_seen": iso(one.first_seen),
            "last_seen": iso(one.last_seen),
            "changed": iso(one.changed),
            "reopened": bool(one.reopened),
            "assignee": one.assignee,
            "mute": self._mute(one),
            "frameworks": {key: list(ids) for key, ids in sorted(rule.frameworks.items())} if rule else {},
            "equivalents": {key: list(ids) for key, ids in sorted(rule.equivalents.items())} if rule else {},
            "remediation": dict(rule.remediation) if rule else {},
        }

    @staticmethod
    def _mute(one: Result) -> dict[str, Any] | None:
        if one.state != "muted":
            return None
        return {"reason": one.mute_reason, "note": one.mute_note, "by": one.muted_by, "until": iso(one.mute_until)}
