"""Ingest of events alone, and beside a scan, a PDF and three host sessions' worth of batches.

`python -P tests/benchmarks/bench_ingest.py [seconds]`. The bar: beside the others at least 70 % of alone.

One real engine, real workers. The measured session sends batches of 1,000 events as fast as the engine takes them;
three further sessions send 2,000 events a second each, the scan sends 25 rows with raw answers four times a second and
parses in between, the PDF job keeps a processor busy as long as the measurement lasts. The rate is what is committed.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
RUNS = 5
EVENTS = 1_000  # a batch
PACED = 2_000  # events a second of each further session


# -- in the workers


def session(args: dict[str, Any], link: Any) -> dict[str, Any]:
    """Batches of events: as fast as they are taken, or `pace` events a second."""
    rows = [
        [1_700_000_000_000_000_000 + n, "sensor", "exec", "web-1", f"/usr/bin/tool-{n % 50}", json.dumps({"n": n})]
        for n in range(EVENTS)
    ]
    end, sent = time.monotonic() + args["seconds"], 0
    while time.monotonic() < end:
        link.batch({"kind": args["kind"], "rows": rows})
        sent += EVENTS
        if args["pace"] and link.wait_cancelled(EVENTS / args["pace"]):
            break
    return {"sent": sent}


def scan(args: dict[str, Any], link: Any) -> dict[str, Any]:
    """Answers parsed and sent, as a scan does."""
    raw = json.dumps({"Policy": ["statement" * 40] * 5})
    end = time.monotonic() + args["seconds"]
    while time.monotonic() < end:
        for _ in range(200):
            json.loads(raw)
        rows = [[0, "scan", "resource", "aws", f"arn:{n}", raw] for n in range(25)]
        link.batch({"kind": "scan", "rows": rows})
        link.wait_cancelled(0.25)
    return {}


def pdf(args: dict[str, Any], link: Any) -> dict[str, Any]:
    """A processor kept busy with text, as printing does."""
    end, pages = time.monotonic() + args["seconds"], 0
    while time.monotonic() < end:
        "".join(chr(65 + n % 26) for n in range(20_000)).encode().hex()
        pages += 1
        if pages % 500 == 0:
            link.progress(pages, 0, "printing")
    return {}


# -- in the engine


def engine(workspace: str) -> int:
    """An engine with the kinds of this measurement."""
    from backend.engine import __main__ as main
    from backend.engine import kinds
    from backend.engine.verbs import VERBS
    from backend.engine.verbs.argument import Arg
    from backend.engine.verbs.verb import Verb
    from backend.workspace.writer import insert_many

    columns = ("ts", "source", "kind", "host", "subject", "norm")

    class Events(kinds.Handler):
        def batch(self, engine: Any, job: Any, data: dict[str, Any]) -> None:
            if not getattr(engine, "prepared", False):
                engine.conn.execute(
                    "CREATE TABLE IF NOT EXISTS bench_event (id INTEGER PRIMARY KEY, ts INTEGER, source TEXT,"
                    " kind TEXT, host TEXT, subject TEXT, norm TEXT) STRICT"
                )
                engine.conn.execute("CREATE INDEX IF NOT EXISTS bench_host ON bench_event (host, kind, ts)")
                engine.prepared, engine.counts = True, {}
            insert_many(engine.conn, "bench_event", columns, data["rows"])
            engine.counts[data["kind"]] = engine.counts.get(data["kind"], 0) + len(data["rows"])
            engine.writer.changed("bench_event")

    def start(engine: Any, client: Any, worker: str, options: dict[str, Any]) -> dict[str, Any]:
        job = engine.jobs.start(worker, worker, options, client)
        return dict(job.public())

    def counts(engine: Any, client: Any) -> dict[str, int]:
        return dict(getattr(engine, "counts", {}))

    sys.modules["bench_ingest"] = sys.modules["__main__"]
    sys.modules["bench_ingest"].Events = Events  # type: ignore[attr-defined]
    for name, limit in (("session", 8), ("scan", 1), ("pdf", 1)):
        kinds.KINDS[name] = kinds.JobKind(name, f"bench_ingest:{name}", "bench_ingest:Events", at_once=limit)
    VERBS["bench.start"] = Verb("bench.start", "Start.", start, {"worker": Arg("word"), "options": Arg("object")})
    VERBS["bench.counts"] = Verb("bench.counts", "Counts.", counts)
    return main.main([workspace])


# -- the measurement


def rate(seconds: float, *, busy: bool) -> float:
    """Events a second that the measured session's batches committed."""
    from backend.client import Client
    from backend.workspace import file

    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "bench.vedette"
        file.create(workspace)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE)))}
        command = [sys.executable, "-P", __file__, "--engine", str(workspace)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            assert b"ready" in child.stdout.readline()
            client = Client.open(workspace, face="bench")
            long = {"seconds": seconds + 2}
            if busy:
                client.call("bench.start", worker="scan", options=long)
                client.call("bench.start", worker="pdf", options=long)
                for number in range(3):
                    options = {**long, "kind": f"paced{number}", "pace": PACED}
                    client.call("bench.start", worker="session", options=options)
            job = client.call("bench.start", worker="session", options={**long, "kind": "measured", "pace": 0})
            while not client.call("bench.counts").get("measured"):
                time.sleep(0.01)
            before, begun = client.call("bench.counts")["measured"], time.monotonic()
            time.sleep(seconds)
            after, took = client.call("bench.counts")["measured"], time.monotonic() - begun
            client.call("job.wait", timeout=60, job=job["id"])
            client.close()
            child.terminate()
        return float((after - before) / took)


def main(seconds: float = 3.0, runs: int = RUNS) -> dict[str, Any]:
    """Medians of `runs`, alone and busy in turns, so that both meet the same weather."""
    alone, busy = [], []
    for _ in range(runs):
        alone.append(rate(seconds, busy=False))
        busy.append(rate(seconds, busy=True))
    medians = statistics.median(alone), statistics.median(busy)
    return {
        "alone": round(medians[0]),
        "busy": round(medians[1]),
        "share": round(medians[1] / medians[0], 3),
        "all_alone": [round(one) for one in alone],
        "all_busy": [round(one) for one in busy],
    }


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(HERE)]
    if sys.argv[1:2] == ["--engine"]:
        raise SystemExit(engine(sys.argv[2]))
    print(json.dumps(main(float(sys.argv[1]) if len(sys.argv) > 1 else 3.0), indent=2))
