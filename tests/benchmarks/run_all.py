"""`make bench`: every measurement, as the table that stands in the README."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from typing import Any

import psutil

from tests.benchmarks import bench_evaluate, bench_ingest, bench_pdf, bench_scan


def rows() -> list[tuple[str, str, str]]:
    """(what, measured, bar)."""
    found: list[tuple[str, str, str]] = []
    plain = bench_scan.measure()
    found.append((plain["what"], _scan(plain), "30 s, 300 MB"))
    slow = bench_scan.measure(latency=40, window=False)
    found.append((slow["what"], _scan(slow), f"1.5 x {slow['ideal_seconds']} s (calls x 40 ms / threads)"))
    judged = bench_evaluate.main()
    found.append(
        (
            judged["what"],
            f"{judged['seconds']} s (cold {judged['cold_seconds']} s), {judged['verdicts']:,} verdicts,"
            f" {judged['peak_mb']} MB",
            "10 s",
        )
    )
    pdf = bench_pdf.main()
    found.append(
        (
            pdf["what"],
            f"{pdf['seconds']} s (cold {pdf['cold_seconds']} s), {pdf['peak_mb']} MB, {pdf['pages']} pages",
            "5 s, 150 MB",
        )
    )
    ingest = bench_ingest.main()
    found.append(
        (
            "ingest beside a scan, a PDF and three sessions",
            f"{ingest['share']:.0%} of alone ({ingest['busy']:,} of {ingest['alone']:,} rows/s)",
            "70 %",
        )
    )
    return found


def _scan(one: dict[str, Any]) -> str:
    return (
        f"{one['seconds']} s (cold {one['cold_seconds']} s), {one['peak_mb']} MB, {one['calls']:,} calls,"
        f" {one['calls_per_second']}/s, {one['results']:,} results"
    )


def main() -> None:
    """Print the table."""
    memory = round(psutil.virtual_memory().total / 2**30)
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {psutil.cpu_count()} cores, {memory} GB, {platform.system()}"
        f" {platform.release().split('-')[0]}, Python {platform.python_version()}; medians of 5, warm\n"
    )
    print("| what | measured | bar |\n| --- | --- | --- |")
    for what, measured, bar in rows():
        print(f"| {what} | {measured} | {bar} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
