"""The PDF of 5,000 failing findings, as its worker writes it. `python -P tests/benchmarks/bench_pdf.py [findings]`."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Silent:
    """A worker's link that nobody listens to."""

    def progress(self, done: int, total: int, text: str) -> None:
        pass

    def cancelled(self) -> bool:
        return False


def once(workspace: Path, path: Path, begun: float) -> dict[str, Any]:
    """One report in this process; seconds count from before the interpreter started."""
    from backend.reports import worker

    done = worker.run({"workspace": str(workspace), "path": str(path), "format": "pdf"}, Silent())
    status = Path("/proc/self/status").read_text()
    peak = next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return {**done, "seconds": time.time() - begun, "peak_mb": int(peak) / 1024}


def main(findings: int = 5_000, runs: int = 5) -> dict[str, Any]:
    """Medians over `runs` fresh processes."""
    from tests.backend.reports import company

    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "bench.vedette"
        company.fill(workspace, findings, failing=True)
        found = []
        for _ in range(runs + 1):  # the first one warms the page cache and does not count
            command = [
                sys.executable,
                "-P",
                __file__,
                "--once",
                str(workspace),
                f"{folder}/report.pdf",
                str(time.time()),
            ]
            environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
            out = subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT, env=environment)
            found.append(json.loads(out.stdout))
    counted = found[1:]
    return {
        "what": f"PDF of {findings:,} failing findings",
        "pages": counted[0]["pages"],
        "megabytes": round(counted[0]["bytes"] / 1e6, 2),
        "seconds": round(statistics.median(one["seconds"] for one in counted), 2),
        "cold_seconds": round(found[0]["seconds"], 2),
        "peak_mb": round(max(one["peak_mb"] for one in counted)),
        "same_bytes": len({one["sha256"] for one in found}) == 1,
    }


if __name__ == "__main__":
    if sys.argv[1:2] == ["--once"]:
        print(json.dumps(once(Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]))))
    else:
        sys.path.insert(0, str(ROOT))
        print(json.dumps(main(*(int(one) for one in sys.argv[1:2])), indent=2))
