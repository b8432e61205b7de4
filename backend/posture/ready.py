"""Which rules can be evaluated while a scan still runs: those whose tables are all in."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable

from backend.inventory import catalog
from backend.inventory.collector import GLOBAL
from backend.posture.check import compile_rules
from backend.posture.load import from_definition
from backend.posture.sandbox import empty


def rules_ready(conn: sqlite3.Connection, scan: int) -> list[str]:
    """Enabled rules all of whose tables have finished their units in every region of the scan."""
    row = conn.execute("SELECT regions FROM scan WHERE id = ?", (scan,)).fetchone()
    regions = json.loads(row[0]) if row else []
    if not regions:
        return []  # it has not begun
    done = set(conn.execute("SELECT unit, region FROM scan_unit WHERE scan = ?", (scan,)))
    finished: set[str] = set()
    for table in catalog.tables():
        listing = catalog.listing_of(table)
        places = regions if listing.region == "each" else [GLOBAL]
        if all((listing.operation, place) in done for place in places):
            finished.add(table)
    query = "SELECT id, resource_type, definition FROM rule WHERE enabled = 1 ORDER BY id"
    rules = [(rule, definition) for rule, table, definition in conn.execute(query) if table in finished]
    read = tables_read(definition for _, definition in rules)
    return [rule for rule, definition in rules if read[definition] and read[definition] <= finished]


def tables_read(definitions: Iterable[str]) -> dict[str, frozenset[str]]:
    """Definition, as stored in `rule.definition` -> every table it reads; empty when it does not compile."""
    wanted = set(definitions)
    unknown = [one for one in wanted if one not in _known]
    if unknown:
        if len(_known) > MOST_KNOWN:
            _known.clear()
        sandbox = empty(int(time.time()))
        try:
            for one in unknown:
                compiled, _ = compile_rules([from_definition(json.loads(one))], sandbox)
                _known[one] = frozenset(name for rule in compiled for name in rule.tables())
        finally:
            sandbox.close()
    return {one: _known[one] for one in wanted}


MOST_KNOWN = 10_000
_known: dict[str, frozenset[str]] = {}  # a rule takes 3 ms to compile, and the engine asks after every unit
