"""What a scan did not see: the facts that turn a hasty verdict into *unknown*.

Subqueries lie about what was not collected: `NOT EXISTS (…)` over a table whose listing was denied is true. So every
(table, column) a rule reads beyond its own row is held against the scan's call outcomes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from backend.inventory import catalog
from backend.inventory.collector import GLOBAL
from backend.posture.rule import SAME_REGION, Rule
from backend.posture.sandbox import Read, Sandbox

COMPLETE = ("ok", "not_in_region")
"""A listing with one of these saw all there is: a service that a region does not offer has nothing there."""

OPERATIONS_KEPT = 8  # whose failed calls are in memory: rules come in the order of their services


@dataclass(frozen=True, order=True)
class Missing:
    """An operation without an answer, where, and what became of it ('not called' when there is no record)."""

    operation: str
    outcome: str
    region: str = ""
    code: str = ""


_Outcome = tuple[str, str]
"""(outcome, code)"""


class Gate:
    """Outcomes of one scan. What failed per resource is read when asked for: it can be a million calls."""

    def __init__(self, regions: Iterable[str], conn: sqlite3.Connection | None = None, scan: int = 0) -> None:
        self.regions = tuple(regions)
        self.left_out: tuple[str, ...] = ()  # regions of the account that the scan was told to leave out
        self._conn = conn
        self._scan = scan
        self._listings: dict[tuple[str, str], _Outcome] = {}
        self._failed: OrderedDict[str, dict[str, _Outcome]] = OrderedDict()
        self._called: dict[str, bool] = {}
        self._assume = False
        self._uncollected: set[str] = set()

    @classmethod
    def of_scan(cls, conn: sqlite3.Connection, scan: int) -> Gate:
        """The outcomes of a stored scan; the connection must stay open as long as the gate is used."""
        row = conn.execute("SELECT regions, left_out FROM scan WHERE id = ?", (scan,)).fetchone()
        gate = cls(json.loads(row[0]) if row else (), conn, scan)
        gate.left_out = tuple(json.loads(row[1])) if row else ()
        query = "SELECT operation, region, outcome, code FROM api_call_outcome WHERE scan = ? AND resource = ''"
        for operation, region, outcome, code in conn.execute(query, (scan,)):
            gate._listings[operation, region] = (outcome, code)
        return gate

    @classmethod
    def all_collected(cls, except_tables: Iterable[str] = (), regions: Iterable[str] = ()) -> Gate:
        """For rule tests: everything was collected, but for some tables."""
        gate = cls(regions)
        gate._assume = True
        gate._uncollected = set(except_tables)
        return gate

    def cell(self, table: str, column: str, uid: str, region: str) -> Missing:
        """Why a column of this resource is NULL."""
        operation = catalog.tables()[table].by_name[column].operation
        found = self._failed_calls(operation).get(uid)
        if found is None:
            for where in (region, GLOBAL):
                listing = self._listings.get((operation, where))
                if listing is not None and listing[0] != "ok":
                    found = listing
        if found is not None:
            return Missing(operation, found[0], region, found[1])
        return self._asked_in_vain(table, operation, uid, region) or Missing(
            operation, "no answer" if self._was_called(operation) else "not called", region
        )

    def _asked_in_vain(self, table: str, operation: str, uid: str, region: str) -> Missing | None:
        """The earlier call whose failure left open whether this one applies to the resource: that is what lacks."""
        earlier: list[Missing] = []
        for detail in catalog.details(table):
            if detail.operation == operation:
                return earlier[0] if detail.when is not None and earlier else None
            failed = self._failed_calls(detail.operation).get(uid)
            if failed is not None:
                earlier.append(Missing(detail.operation, failed[0], region, failed[1]))
        return None

    def _failed_calls(self, operation: str) -> dict[str, _Outcome]:
        """Resource -> outcome of the calls of an operation that gave no answer."""
        if operation not in self._failed:
            query = (
                "SELECT resource, outcome, code FROM api_call_outcome"
                " WHERE scan = ? AND operation = ? AND resource <> '' AND outcome <> 'ok'"
            )
            rows = self._conn.execute(query, (self._scan, operation)) if self._conn else ()
            self._failed[operation] = {resource: (outcome, code) for resource, outcome, code in rows}
            while len(self._failed) > OPERATIONS_KEPT:
                self._failed.popitem(last=False)
        self._failed.move_to_end(operation)
        return self._failed[operation]

    def _was_called(self, operation: str) -> bool:
        if operation not in self._called:
            query = "SELECT 1 FROM api_call_outcome WHERE scan = ? AND operation = ? LIMIT 1"
            known = self._conn is None or self._conn.execute(query, (self._scan, operation)).fetchone()
            self._called[operation] = bool(known)
        return self._called[operation]

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
        if listing.region == "each":
            gaps.update({region: Missing(listing.operation, "not scanned", region) for region in self.left_out})
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
                query = f"SELECT region, uid FROM {table} WHERE {column} IS NULL ORDER BY region, uid"
                for region, uid in self._sandbox.conn.execute(query):
                    if region not in gaps:
                        missing = self._gate.cell(table, column, uid, region)
                        # A service the region does not offer has nothing there that a rule could overlook.
                        if missing.outcome != "not_in_region":
                            gaps[region] = missing
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
