"""Evaluation alone: 100,000 resources x 100 rules. `python -P tests/benchmarks/bench_evaluate.py [resources [runs]]`.

The rules are every second or third of those that judge more than the account itself, so that each service has its part;
the resources are spread over the types as in `believable`.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.many_resources import build

RULES = 100


class Silent:
    """A worker's link that counts what it is sent."""

    def __init__(self) -> None:
        self.changed = 0

    def progress(self, done: int, total: int, text: str) -> None:
        pass

    def batch(self, data: dict[str, Any]) -> None:
        self.changed += len(data.get("changed", ()))

    def cancelled(self) -> bool:
        return False


def once(path: Path, scan: int) -> dict[str, Any]:
    """One evaluation in this process, as the worker does it."""
    from backend.posture.evaluate_worker import evaluate_scan

    conn = sqlite3.connect(path)
    found = conn.execute(
        "SELECT id FROM rule WHERE error = '' AND resource_type NOT LIKE 'aws_account%' ORDER BY id"
    ).fetchall()
    rules = [found[number * len(found) // RULES][0] for number in range(RULES)]
    conn.close()
    link = Silent()
    started, worked = time.perf_counter(), time.process_time()
    result = evaluate_scan(path, scan, rules, link)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took = {"seconds": time.perf_counter() - started, "processor_seconds": time.process_time() - worked}
    return {**result, **took, "peak_mb": peak, "sent": link.changed}


def main(resources: int = 100_000, runs: int = 5) -> dict[str, Any]:
    """Medians over `runs` fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.vedette"
        scan = build(path, resources)
        found = []
        for _ in range(runs + 1):  # the first one warms the page cache and does not count
            out = subprocess.run(
                [sys.executable, "-P", __file__, "--once", str(path), str(scan)],
                capture_output=True,
                check=True,
                text=True,
                cwd=Path(__file__).parents[2],
                env={"PYTHONPATH": str(Path(__file__).parents[2]), "PATH": "/usr/bin:/bin"},
            )
            found.append(json.loads(out.stdout))
    counted = found[1:]
    return {
        "what": f"evaluate {resources:,} resources x {counted[0]['rules']} rules",
        "verdicts": counted[0]["verdicts"],
        "seconds": round(statistics.median(one["seconds"] for one in counted), 2),
        "processor_seconds": round(statistics.median(one["processor_seconds"] for one in counted), 2),
        "cold_seconds": round(found[0]["seconds"], 2),
        "peak_mb": round(max(one["peak_mb"] for one in counted)),
        "failed": counted[0]["failed"],
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(Path(sys.argv[2]), int(sys.argv[3]))))
    else:
        print(json.dumps(main(*(int(one) for one in sys.argv[1:])), indent=1))
