"""One hash over everything a report says: two reports with one hash were printed from the same data."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from typing import Any

from backend.past import note
from backend.reports.listing import COLUMNS
from backend.reports.scope import Scope

_FORM = "vedette report data 1"


def data_digest(conn: sqlite3.Connection, scope: Scope) -> str:
    """SHA-256 (hex) over scans, calls without an answer, rules, requirements and findings in scope."""
    found = hashlib.sha256(_FORM.encode())
    for scan in scope.scans:
        _add(found, "scan", conn.execute("SELECT * FROM scan WHERE id = ?", (scan.id,)))
        _add(
            found,
            "call",
            conn.execute(
                "SELECT * FROM api_call_outcome WHERE scan = ? AND outcome <> 'ok'"
                " ORDER BY operation, region, resource",
                (scan.id,),
            ),
        )
    _add(
        found, "rule", conn.execute("SELECT id, severity, definition, operations, enabled, error FROM rule ORDER BY id")
    )
    _add(found, "requirement", conn.execute("SELECT * FROM framework_requirement ORDER BY framework, id"))
    _add(found, "mapping", conn.execute("SELECT * FROM rule_requirement ORDER BY rule, framework, requirement"))
    _add(found, "past", conn.execute("SELECT value FROM setting WHERE key = ?", (note.KEY,)))
    findings = f"SELECT {COLUMNS} FROM finding WHERE {scope.sql} ORDER BY rule, account, resource"
    _add(found, "finding", conn.execute(findings, scope.params))
    return found.hexdigest()


def _add(found: hashlib._Hash, kind: str, rows: sqlite3.Cursor) -> None:
    encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), default=_text).encode
    for row in rows:
        found.update(f"\n{kind}{encode(row)}".encode())


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
