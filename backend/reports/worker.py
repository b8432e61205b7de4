"""The worker of a report job: opens the workspace for reading, writes the report and its manifest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from backend.errors import UserError
from backend.reports import csv, export, manifest, target
from backend.reports.data import ReportData, load, snapshot
from backend.reports.options import ReportOptions
from backend.reports.rows import Export
from backend.workspace import audit
from backend.workspace.file import open_reader

FORMATS = ("pdf", *export.FORMATS)


class Link(Protocol):
    """What a worker needs of its link to the engine."""

    def progress(self, done: int, total: int, text: str) -> None:
        """How far it is."""

    def cancelled(self) -> bool:
        """Whether the analyst wants it to stop."""


class Cancelled(Exception):
    """The analyst stopped the job; nothing was written."""


def run(args: Mapping[str, Any], link: Link) -> dict[str, Any]:
    """Write one report.

    `args`: workspace, path; format (pdf, csv, json, ocsf, sarif; pdf if not given); options (see ReportOptions); query
    (for all but pdf); audit_head {count, mac}, else the workspace's own head is printed. Returns path, manifest,
    sha256, bytes, data_sha256, and pages or results; {"cancelled": True} when it was stopped.
    """
    workspace, path = Path(args["workspace"]), Path(args["path"]).absolute()
    format = str(args.get("format", "pdf"))
    if format not in FORMATS:
        raise UserError(f"There is no report format '{format}'.", f"Formats are {', '.join(FORMATS)}.")
    options = ReportOptions.of(args.get("options") or {})
    query = str(args.get("query", ""))
    target.check(path, workspace)
    conn = open_reader(workspace)
    try:
        with snapshot(conn):
            return _write(conn, path, format, options, query, args.get("audit_head"), link)
    except Cancelled:
        return {"cancelled": True}
    finally:
        conn.close()


def _write(
    conn: sqlite3.Connection,
    path: Path,
    format: str,
    options: ReportOptions,
    query: str,
    audit_head: Mapping[str, Any] | None,
    link: Link,
) -> dict[str, Any]:
    def step(done: int, total: int, text: str) -> None:
        if link.cancelled():
            raise Cancelled
        link.progress(done, total, text)

    step(0, 0, "Reading the findings")
    data = load(conn, options)
    found: dict[str, Any] = {"path": str(path), "format": format}
    with target.draft(path) as stream:
        if format == "pdf":
            # ReportLab takes a fifth of a second to import: only for who prints.
            from backend.reports.pdf import render

            found["pages"] = render(data, conn, stream, step)
        else:
            found["results"] = _export(conn, data, format, query, stream)
        step(1, 1, "Done")
    head = dict(audit_head) if audit_head else _head(conn)
    content = manifest.describe(path, format, data, workspace=_workspace_id(conn), audit=head, query=query)
    beside = manifest.manifest_path(path)
    with target.draft(beside) as stream:
        stream.write(manifest.encode(content))
    written = content["files"][0]
    return {
        **found,
        "manifest": str(beside),
        "sha256": written["sha256"],
        "bytes": written["bytes"],
        "data_sha256": data.digest,
    }


def _export(conn: sqlite3.Connection, data: ReportData, format: str, query: str, stream: BinaryIO) -> int:
    condition, params = export.select(query, now=data.created or None)
    if format == "csv":
        stream.write(csv.BYTE_ORDER_MARK)
    chosen = Export(conn, f"({condition}) AND {data.scope.sql}", (*params, *data.scope.params))
    return export.FORMATS[format](chosen, stream)


def _head(conn: sqlite3.Connection) -> dict[str, Any]:
    head = audit.head(conn)
    return {"count": head.count, "mac": head.mac}


def _workspace_id(conn: sqlite3.Connection) -> str:
    row = conn.execute("SELECT value FROM setting WHERE key = 'workspace.id'").fetchone()
    return str(json.loads(row[0])) if row else ""
