"""A whole scan with all rules of an emulator account of about 830 resources, seen from outside.

Console, engine and workers are real processes; memory is the peak of the sum of their PSS. `--latency MS` puts a proxy
between us and the emulator that adds that to each call.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from backend.demo.emulator import Emulator, client_maker
from backend.inventory.aws.scan_worker import THREADS
from tests.benchmarks.account_of_830 import REGION, seed

ROOT = Path(__file__).parents[2]


class Memory:
    """Peak of the summed PSS of processes that work on a workspace (megabytes), without the command line itself."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = str(workspace)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.peak = 0.0
        self.parts: dict[str, float] = {}

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            parts = self._sample()
            total = sum(parts.values())
            if total > self.peak:
                self.peak, self.parts = total, parts

    def _sample(self) -> dict[str, float]:
        roots = []
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if self._workspace in line and ("backend.engine" in line or "gui" in line):
                roots.append(process)
        parts: dict[str, float] = {}
        seen: set[int] = set()
        for root in roots:
            try:
                for process in (root, *root.children(recursive=True)):
                    if process.pid in seen:
                        continue  # an engine may be the child of the console that started it
                    seen.add(process.pid)
                    name = next((one for one in process.cmdline() if one.startswith(("backend", "gui"))), "?")
                    if "worker" in name:
                        name = f"worker {process.cmdline()[-2]}"
                    parts[name] = parts.get(name, 0.0) + process.memory_full_info().pss / 1e6
            except psutil.Error:
                continue
        return parts


def environment(home: Path) -> dict[str, str]:
    """An environment of its own: no real profile, no display."""
    keys = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    run = home / "run"
    run.mkdir(mode=0o700, exist_ok=True)
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "VEDETTE_KEY_STORE": "none",
        "VEDETTE_LINGER_SECONDS": "1",
        "XDG_RUNTIME_DIR": str(run),
        **keys,
    }


def once(url: str, home: Path, number: int, *, window: bool, regions: str) -> dict[str, Any]:
    """One scan into a new workspace."""
    workspace = home / f"bench-{number}.vedette"
    env = {**environment(home), "VEDETTE_PASSPHRASE": "of-the-bench"}
    base = [sys.executable, "-P", "-m", "backend.cli.main", "--workspace", str(workspace)]
    console = None
    subprocess.run([*base, "accounts", "list"], env=env, check=False, capture_output=True, cwd=ROOT)
    if window:
        console = subprocess.Popen(
            [sys.executable, "-P", "-m", "gui", "--workspace", str(workspace)],
            env=env,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        threading.Event().wait(3)
    try:
        with Memory(workspace) as memory:
            started = time.perf_counter()
            scan = ["--format", "json", "scan", "aws", "--endpoint-url", url, "--region", REGION]
            if regions:
                scan += ["--regions", regions]
            out = subprocess.run([*base, *scan], env=env, check=False, capture_output=True, text=True, cwd=ROOT)
            seconds = time.perf_counter() - started
        if out.returncode:
            raise SystemExit(out.stderr)
    finally:
        if console is not None:
            console.terminate()
            console.wait()
    row = json.loads(out.stdout)[0]
    return {
        "seconds": seconds,
        "scan_seconds": row["seconds"],
        "peak_mb": memory.peak,
        "parts": {name: round(size) for name, size in memory.parts.items()},
        "calls": row["calls"],
        "resources": row["resources"],
        "results": row["pass"] + row["fail"] + row["unknown"],
    }


def measure(runs: int = 5, latency: float = 0.0, regions: str = REGION, *, window: bool = True) -> dict[str, Any]:
    """Medians of `runs` scans after a cold one; `latency` is in milliseconds, regions '' is every enabled one."""
    with tempfile.TemporaryDirectory(prefix="vedette-bench-", dir="/tmp") as folder, Emulator.start() as emulator:
        made = seed(client_maker(emulator.url))
        with _through_proxy(emulator.url, latency) as url:
            found = [once(url, Path(folder), number, window=window, regions=regions) for number in range(runs + 1)]
    counted = found[1:]
    calls = counted[0]["calls"]
    return {
        "what": f"scan of {made} seeded resources, {latency:g} ms added to each call",
        "seconds": round(statistics.median(one["seconds"] for one in counted), 2),
        "scan_seconds": statistics.median(one["scan_seconds"] for one in counted),
        "cold_seconds": round(found[0]["seconds"], 2),
        "ideal_seconds": round(calls * latency / 1000 / THREADS, 2),
        "calls": calls,
        "calls_per_second": round(statistics.median(one["calls"] / one["seconds"] for one in counted)),
        "resources": counted[0]["resources"],
        "results": counted[0]["results"],
        "peak_mb": round(max(one["peak_mb"] for one in counted)),
        "parts": max(counted, key=lambda one: one["peak_mb"])["parts"],
    }


@contextlib.contextmanager
def _through_proxy(url: str, latency: float) -> Iterator[str]:
    if not latency:
        yield url
        return
    script = str(Path(__file__).with_name("latency_proxy.py"))
    proxy = subprocess.Popen(
        [sys.executable, script, str(urlsplit(url).port), str(latency)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # what it says of connections that we end with it
        text=True,
    )
    assert proxy.stdin is not None
    assert proxy.stdout is not None
    try:
        yield f"http://127.0.0.1:{proxy.stdout.readline().strip()}"
    finally:
        proxy.stdin.close()
        proxy.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds added to each call")
    parser.add_argument("--regions", default=REGION, help="'' for every enabled region")
    parser.add_argument("--no-window", action="store_true")
    chosen = parser.parse_args()
    result = measure(chosen.runs, chosen.latency, chosen.regions, window=not chosen.no_window)
    print(json.dumps(result, indent=1))
