"""Past reports as a list."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gui.channel import door
from gui.lists.column import Column, Look
from gui.lists.source import Ids
from gui.moments import ago, stamp

Report = door.reports.ReportRow


class ReportsSource:
    """A `ListSource`; reports are few."""

    kind = "reports"

    def __init__(self) -> None:
        self.reports: Mapping[int, Report] = {}

    def ids(self, connection: sqlite3.Connection) -> Ids:
        self.reports = {row.id: row for row in door.reports.rows(connection)}
        return Ids(array("q", self.reports))

    def rows(self, connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Any]:
        return {one: self.reports[one] for one in ids if one in self.reports}


COLUMNS = (
    Column("at", "Written", lambda row: stamp(row.at), 130, Look.TEXT, tip=lambda row: ago(row.at)),
    Column("format", "Format", lambda row: row.format.upper(), 68, Look.MUTED),
    Column("file", "File", lambda row: Path(row.path).name, 180, Look.STRONG, stretch=True, tip=lambda row: row.path),
    Column("who", "By", lambda row: row.who, 84, Look.MUTED, need=640),
    Column("sha256", "SHA-256", lambda row: row.sha256, 190, Look.MONO, tip=lambda row: row.sha256, need=520),
)
