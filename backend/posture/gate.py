"""What a scan did not see: the facts that turn a hasty verdict into *unknown*.

Subqueries lie about what was not collected: `NOT EXISTS (…)` over a table whose listing was denied is true. So every
(table, column) a rule reads beyond its own row is held against the scan's call outcomes.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from backend.inventory import catalog
from backend.inventory.collector import GLOBAL
from backend.posture.rule import SAME_REGION, Rule
from backend.posture.sandbox import Read, Sandbox

COMPLETE = ("ok", "not_in_region")
"""A listing with one of these saw all there is: a service that a region does not offer has nothing there."""


@dataclass(frozen=True, order=True)
class Missing:
    """An operation without an answer, where, and what became of it ('not called' when there is no record)."""

    operation: str
    outcome: str
    region: str = ""
    code: str = ""


class Gate:
    """Outcomes of one scan."""

    def __init__(self, regions: Iterable[str]) -> None:
        self.regions = tuple(regions)
        self._listings: dict[tuple[str, str], tuple[str, str]] = {}
        self._details: dict[tuple[str, str], tuple[str, str]] = {}
        self._assume = False
        self._uncollected: set[str] = set()

    @classmethod
    def of_scan(cls, conn: sqlite3.Connection, scan: int) -> Gate:
        """Read the outcomes of a stored scan."""
        import json

        row = conn.execute("SELECT regions FROM scan WHERE id = ?", (scan,)).fetchone()
        gate = cls(json.loads(row[0]) if row else ())
        query = "SELECT operation, region, outcome, code FROM api_call_outcome WHERE scan = ? AND resource = ''"
        for operation, region, outcome, code in conn.execute(query, (scan,)):
            gate._listings[operation, region] = (outcome, code)
        query = (
            "SELECT operation, resource, outcome, code FROM api_call_outcome "
            "WHERE scan = ? AND resource <> '' AND outcome <> 'ok'"
        )
        for operation, resource, outcome, code in conn.execute(query, (scan,)):
            gate._details[operation, resource] = (outcome, code)
        return gate

    @classmethod
    def all_collected(cls, except_tables: Iterable[str] = (), regions: Iterable[str] = ()) -> Gate:
        """For rule tests: everything was collected, but for some tables."""
        gate = cls(regions)
        gate._assume = True
        gate._uncollected = set(except_tables)
        return gate

    def cell(self, operation: str, uid: str, region: str) -> Missing:
        """Why a column of this resource, filled by this operation, is NULL."""
        found = self._details.get((operation, uid))
        if found is None:
            for where in (region, GLOBAL):
                listing = self._listings.get((operation, where))
                if listing is not None and listing[0] != "ok":
                    found = listing
        if found is None:
            return Missing(operation, "no answer", region)
        return Missing(operation, found[0], region, found[1])

    def table(self, name: str) -> dict[str, Missing]:
        """Regions in which the listing of a table is not complete; key GLOBAL speaks for the whole account."""
        if self._assume:
            operation = catalog.tables()[name].listing
            return {GLOBAL: Missing(operation, "denied", GLOBAL)} if name in self._uncollected else {}
        listing = catalog.listing_of(name)
        gaps: dict[str, Missing] = {}
        for region in self.regions if listing.region == "each" else (GLOBAL,):
            outcome, code = self._listings.get((listing.operation, region), ("not called", ""))
            if outcome not in COMPLETE:
                gaps[region] = Missing(listing.operation, outcome, region, code)
        return gaps


class Gaps:
    """For each (table, column): where it has holes. Computed once per scan, on demand."""

    def __init__(self, gate: Gate, sandbox: Sandbox) -> None:
        self._gate = gate
        self._sandbox = sandbox
        self._known: dict[Read, dict[str, Missing]] = {}

    def of(self, table: str, column: str) -> dict[str, Missing]:
        """Region -> what is missing there (GLOBAL: everywhere)."""
        key = (table, column)
        if key not in self._known:
            gaps = dict(self._gate.table(table))
            declared = catalog.tables()[table].by_name.get(column)
            if declared is not None and table in self._sandbox.tables:
                query = f"SELECT region, min(uid) FROM {table} WHERE {column} IS NULL GROUP BY region"
                for region, uid in self._sandbox.conn.execute(query):
                    gaps.setdefault(region, self._gate.cell(declared.operation, uid, region))
            self._known[key] = gaps
        return self._known[key]

    def for_rule(
        self, rule: Rule, related: Iterable[Read]
    ) -> tuple[tuple[Missing, ...], dict[str, tuple[Missing, ...]]]:
        """(what is missing for every resource of the rule, what is missing for those of a region)."""
        everywhere: set[Missing] = set()
        regional: dict[str, set[Missing]] = defaultdict(set)
        for table, column in related:
            gaps = self.of(table, column)
            same_region = rule.related_scope.get(table) == SAME_REGION
            for region, missing in gaps.items():
                if same_region and region != GLOBAL:
                    regional[region].add(missing)
                else:
                    everywhere.add(missing)
        return tuple(sorted(everywhere)), {region: tuple(sorted(found)) for region, found in regional.items()}
