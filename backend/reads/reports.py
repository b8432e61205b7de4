"""The reports that were printed, newest first."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as it was written; the file may have been moved or changed since."""

    id: int
    at: int
    who: str
    format: str
    path: str
    sha256: str
    options: Mapping[str, Any]


def rows(conn: sqlite3.Connection, limit: int = 500) -> list[ReportRow]:
    """At most `limit` reports."""
    records = conn.execute(
        "SELECT id, at, who, format, path, sha256, options FROM report ORDER BY id DESC LIMIT ?", (limit,)
    )
    return [
        ReportRow(id, at, who, format, path, sha256, _options(options))
        for id, at, who, format, path, sha256, options in records
    ]


def _options(text: str) -> Mapping[str, Any]:
    loaded = json.loads(text)
    return MappingProxyType(loaded if isinstance(loaded, dict) else {})
