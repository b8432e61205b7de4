"""Which rules can be evaluated while a scan still runs: those whose listings are all in."""

from __future__ import annotations

import json
import sqlite3

from backend.inventory import catalog
from backend.inventory.collector import GLOBAL


def rules_ready(conn: sqlite3.Connection, scan: int) -> list[str]:
    """Enabled rules all of whose operations have finished their units in every region of the scan."""
    row = conn.execute("SELECT regions FROM scan WHERE id = ?", (scan,)).fetchone()
    regions = json.loads(row[0]) if row else []
    done = set(conn.execute("SELECT unit, region FROM scan_unit WHERE scan = ?", (scan,)))
    finished: set[str] = set()
    for listing in catalog.listings():
        places = regions if listing.region == "each" else [GLOBAL]
        if all((listing.operation, place) in done for place in places):
            for table in listing.tables:
                finished |= {table.name}
    by_table = {table.name: table.operations() for table in catalog.tables().values()}
    found: list[str] = []
    for rule, operations, resource in conn.execute(
        "SELECT id, operations, resource_type FROM rule WHERE enabled = 1 AND error = '' ORDER BY id"
    ):
        wanted = set(json.loads(operations))
        tables = {resource} | {
            name for name, offered in by_table.items() if wanted & (offered - _shared(by_table, name))
        }
        if tables <= finished:
            found.append(rule)
    return found


def _shared(by_table: dict[str, set[str]], name: str) -> set[str]:
    """Operations of a table that feed other tables too: they do not tell which table a rule means."""
    others: set[str] = set()
    for other, offered in by_table.items():
        if other != name:
            others |= offered
    return by_table[name] & others
