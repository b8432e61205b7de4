"""The worker of a report job: opens the workspace for reading, writes the report and its manifest."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from backend.errors import UserError
from backend.past import note
from backend.reports import csv, export, manifest, target
from backend.reports.data import ReportData, load, snapshot
from backend.reports.options import ReportOptions
from backend.reports.rows import Export
from backend.workspace import audit
from backend.workspace.file import open_reader

FORMATS = ("pdf", *export.FORMATS)
Step = Callable[[int, int, str], None]


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
    sha256, bytes, data_sha256, and pages or results; {"cancelled": True} when it was stopped. With the option `as_of`,
    what the stored scans show of that moment is judged anew first.
    """
    workspace, path = Path(args["workspace"]), Path(args["path"]).absolute()
    format = str(args.get("format", "pdf"))
    if format not in FORMATS:
        raise UserError(f"There is no report format '{format}'.", f"Formats are {', '.join(FORMATS)}.")
    options = ReportOptions.of(args.get("options") or {})
    query = str(args.get("query", ""))
    target.check(path, workspace)

    def step(done: int, total: int, text: str) -> None:
        if link.cancelled():
            raise Cancelled
        link.progress(done, total, text)

    head = args.get("audit_head") or _head(workspace)
    try:
        with _reading(workspace, options, step) as conn, snapshot(conn):
            return _write(conn, path, format, _timed(options, conn), query, head, step)
    except Cancelled:
        return {"cancelled": True}


@contextmanager
def _reading(workspace: Path, options: ReportOptions, step: Step) -> Iterator[sqlite3.Connection]:
    """The workspace as it is, or as it stood."""
    if options.as_of:
        from backend.past.opening import opened

        with opened(workspace, options.as_of, progress=step) as conn:
            yield conn
        return
    conn = open_reader(workspace)
    try:
        yield conn
    finally:
        conn.close()


def _timed(options: ReportOptions, conn: sqlite3.Connection) -> ReportOptions:
    """A report of an earlier moment is of that time: mutes, ages and queries count from it."""
    past = note.read(conn)
    return replace(options, created=past.at) if past is not None and options.created is None else options


def _write(
    conn: sqlite3.Connection,
    path: Path,
    format: str,
    options: ReportOptions,
    query: str,
    head: Mapping[str, Any],
    step: Step,
) -> dict[str, Any]:
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


def _head(workspace: Path) -> dict[str, Any]:
    conn = open_reader(workspace)
    try:
        head = audit.head(conn)
    finally:
        conn.close()
    return {"count": head.count, "mac": head.mac}


def _workspace_id(conn: sqlite3.Connection) -> str:
    row = conn.execute("SELECT value FROM setting WHERE key = 'workspace.id'").fetchone()
    return str(json.loads(row[0])) if row else ""
