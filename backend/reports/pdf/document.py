"""The report from cover to appendix, section by section."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import BinaryIO

from backend.product import NAME, VERSION
from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.pdf.contents import Entry
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.fonts import printable
from backend.reports.pdf.places import framework_place, severity_place
from backend.reports.pdf.sections import appendix, cover, findings, frameworks, gaps, muted, scope, summary

Progress = Callable[[int, int, str], None]


def render(data: ReportData, conn: sqlite3.Connection, stream: BinaryIO, progress: Progress | None = None) -> int:
    """Print `data` to `stream`; long lists are read from `conn`, in the snapshot `data` was loaded in.

    The same data gives the same bytes. `progress(done, total, text)` is called between sections and rules, and may
    raise to stop. Returns the number of pages.
    """
    options = data.options
    running = (f"DEMO DATA – {options.title}" if data.demo else options.title, options.classification)
    time = wording.moment(data.created) if data.created else "no data"
    flow = Flow(
        stream,
        data.created,
        data.digest,
        running=running,
        footer=f"{NAME} {VERSION} · {time} · data {data.digest[:16]}",
    )
    _describe(flow, data)
    total = data.score.failed + data.resources + 1
    done = 0

    def step(more: int, text: str) -> None:
        nonlocal done
        done = min(done + more, total)
        if progress is not None:
            progress(done, total, text)

    step(0, "Cover and summary")
    cover.write(flow, data)
    flow.contents(entries(data))
    summary.write(flow, data)
    scope.write(flow, data)
    step(0, "Frameworks")
    frameworks.write(flow, data)
    step(0, "Findings")
    findings.write(flow, data, conn, lambda more: step(more, "Findings"))
    step(0, "What could not be checked")
    gaps.write(flow, data, conn)
    muted.write(flow, data, conn)
    step(0, "Appendices")
    if options.passed:
        appendix.write_passed(flow, data, conn)
    appendix.write_resources(flow, data, conn)
    step(data.resources, "Appendices")
    appendix.write_rules(flow, data)
    pages = flow.close()
    step(1, "Done")
    return pages


def entries(data: ReportData) -> list[Entry]:
    """The contents: what the sections will mark, known before they are written."""
    listed = [Entry(0, "Executive summary", "summary"), Entry(0, "Scope and method", "scope")]
    listed.append(Entry(0, "Frameworks", "frameworks"))
    listed += [Entry(1, one.title, framework_place(number)) for number, one in enumerate(data.frameworks)]
    listed.append(Entry(0, "Findings", "findings"))
    for severity in wording.SEVERITIES:
        if any(rule.severity == severity for rule in data.failing_rules):
            failed = data.severities[severity].failed
            listed.append(Entry(1, f"{severity.capitalize()} ({failed:,})", severity_place(severity)))
    listed += [Entry(0, gaps.TITLE, "gaps"), Entry(0, "Muted results", "muted")]
    if data.options.passed:
        listed.append(Entry(0, "Appendix: results that passed", "passed"))
    listed += [Entry(0, "Appendix: resources", "resources"), Entry(0, "Appendix: rules", "rules")]
    return listed


def _describe(flow: Flow, data: ReportData) -> None:
    canvas, options = flow.canvas, data.options
    canvas.setTitle(printable(options.title))
    canvas.setAuthor(printable(options.prepared_by or options.organization or NAME))
    canvas.setSubject(f"Data SHA-256 {data.digest}")
    canvas.setCreator(f"{NAME} {VERSION}")
    canvas.setKeywords(", ".join(printable(one.cloud_id) for one in data.scope.accounts))
    canvas.showOutline()
