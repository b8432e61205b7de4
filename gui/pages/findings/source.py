"""Findings as a list: flat, or grouped by rule with the groups that are open."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Sequence
from typing import Any

from gui.channel import door
from gui.lists.source import Ids

START = "status:fail"
"""What the page shows first: what is wrong, with what is gone or muted left out by the query language itself."""


class FindingsSource:
    """A `ListSource`. Set `query`, `sort` and `grouped`, then let the model refresh."""

    kind = "findings"

    def __init__(self) -> None:
        self.query = START
        self.sort = door.findings.WORST_FIRST
        self.grouped = True
        self.expanded: set[int] = set()
        self._numbers: dict[str, int] = {}
        self._keys: dict[int, str] = {}

    def ids(self, connection: sqlite3.Connection) -> Ids:
        where = door.findings.where(self.query)
        if not self.grouped:
            return Ids(door.findings.ids(connection, where, self.sort))
        ids = array("q")
        headers: dict[int, Any] = {}
        for group in self._sorted(door.findings.groups(connection, where).rows):
            number = self.number(group.key)
            headers[number] = group
            ids.append(number)
            if number in self.expanded:
                ids.extend(self.ids_of(connection, number))
        return Ids(ids, headers)

    def ids_of(self, connection: sqlite3.Connection, header: int) -> Sequence[int]:
        """All findings under a group's header."""
        query = door.query_edit.only(self.query, "rule", self._keys[header])
        return door.findings.ids(connection, door.findings.where(query), self.sort)

    def rows(self, connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Any]:
        return {row.id: row for row in door.findings.rows(connection, ids)}

    def number(self, rule: str) -> int:
        """The header id of a rule: negative, and the same for as long as the page lives."""
        if rule not in self._numbers:
            number = -len(self._numbers) - 1
            self._numbers[rule], self._keys[number] = number, rule
        return self._numbers[rule]

    def rule_of(self, header: int) -> str:
        """The rule of a header id."""
        return self._keys[header]

    def _sorted(self, groups: Sequence[door.findings.GroupRow]) -> list[door.findings.GroupRow]:
        keys = {
            "severity": lambda group: (group.severity_rank, group.failed),
            "title": lambda group: group.title.lower(),
            "service": lambda group: group.service,
            "changed": lambda group: group.newest,
        }
        key = keys.get(self.sort.column)
        if key is None or self.sort == door.findings.WORST_FIRST:
            return list(groups)
        return sorted(groups, key=key, reverse=self.sort.descending)


def is_group(row: Any) -> bool:
    """Whether a row object is a group's header."""
    return isinstance(row, door.findings.GroupRow)
