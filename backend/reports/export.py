"""Findings of a query in a file format: `write(conn, query, format, stream)`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from backend.errors import UserError
from backend.reports import csv, json, ocsf, sarif
from backend.reports.rows import Export
from backend.workspace.filter import FINDINGS, FilterError, to_filter

FORMATS: Mapping[str, Callable[[Export, BinaryIO], int]] = {
    "csv": csv.write,
    "json": json.write,
    "ocsf": ocsf.write,
    "sarif": sarif.write,
}
EXTENSIONS = {"csv": ".csv", "json": ".json", "ocsf": ".ocsf.json", "sarif": ".sarif"}


def write(conn: sqlite3.Connection, query: str, format: str, stream: BinaryIO, *, now: int | None = None) -> int:
    """Write the findings that `query` selects; returns how many.

    `query` is in the language of the query bar, with the defaults of the findings list (nothing muted, nothing gone).
    `now` (epoch seconds) is what its ages count back from. Raises UserError for a query or a format that is none.
    """
    if format not in FORMATS:
        raise UserError(f"There is no export format '{format}'.", f"Formats are {', '.join(FORMATS)}.")
    return FORMATS[format](Export(conn, *select(query, now=now)), stream)


def select(query: str, *, now: int | None = None) -> tuple[str, tuple[Any, ...]]:
    """The condition over `finding` that a query stands for, and its parameters."""
    try:
        chosen = to_filter(query, FINDINGS, now=now)
    except FilterError as wrong:
        raise UserError(f"The query '{query}' cannot be read: {wrong}") from wrong
    return chosen.sql, tuple(chosen.params)
