"""Each rule by itself over many rows: which are slow, and which look through a whole other table for every row.

`python -P tests/benchmarks/bench_rules.py [rows] [part of a rule's id]`: `rows` of the rule's own type and of each type
it reads besides. A line for each rule above 0.3 seconds, or with a scan inside a subquery; processor time.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from typing import Any

from backend.inventory import catalog
from backend.posture.compile import Compiled
from backend.posture.evaluate import RuleFailed, evaluate
from backend.posture.evaluate_worker import compile_all, index_related, tables_needed
from backend.posture.gate import Gaps, Gate
from backend.posture.load import load
from backend.posture.sandbox import Sandbox
from backend.product import rules_root
from tests.benchmarks.believable import NOW, REGIONS
from tests.benchmarks.many_resources import rows_of

SLOW = 0.3  # seconds worth a line
LIMIT = 60.0  # seconds for one rule


def filled(compiled: list[Compiled], rows: int) -> Sandbox:
    """A sandbox with so many rows in each table that the rules read."""
    counts = dict.fromkeys(catalog.tables(), rows)
    counts |= {name: 1 if name == "aws_account" else 2 for name, table in catalog.tables().items() if table.anchor}
    sandbox = Sandbox(NOW)
    rng = random.Random(3)
    for name, columns in tables_needed(compiled).items():
        sandbox.fill(name, ())
        kept = ["uid", "account", "region", "name", *sorted(columns - {"uid", "account", "region", "name"})]
        rows_here = ([row[column] for column in kept] for row in rows_of(catalog.tables()[name], counts, rng))
        marks = ",".join("?" * len(kept))
        sandbox.conn.executemany(f"INSERT INTO {name} ({','.join(kept)}) VALUES ({marks})", rows_here)
    index_related(sandbox, compiled)
    return sandbox


def scans(compiled: Compiled, sandbox: Sandbox) -> list[str]:
    """Tables that the plan walks through below the outermost loop, or whose whole index it walks (for a min or max)."""
    plan: list[tuple[Any, ...]] = sandbox.conn.execute(f"EXPLAIN QUERY PLAN {compiled.statement}", (-1, -1)).fetchall()
    inner = [detail for _, parent, _, detail in plan if parent]
    walks = [one for one in inner if one.startswith("SCAN ") or (one.startswith("SEARCH ") and "?)" not in one)]
    return [one for one in walks if not any(word in one for word in ("VIRTUAL TABLE", "CONSTANT", "aws_account"))]


def main(rows: int = 20_000, part: str = "") -> None:
    """One line for each rule worth it, slowest first."""
    rules, _ = load([rules_root() / "posture"])
    compiled, refused = compile_all([rule for rule in rules if part in rule.id], NOW)
    sandbox = filled(compiled, rows)
    gate = Gate.all_collected(regions=REGIONS)
    gaps = Gaps(gate, sandbox)
    lines: list[tuple[float, str, dict[str, int], list[str]]] = []
    for one in compiled:
        began = time.process_time()
        try:
            found = dict(Counter(verdict.status for verdict in evaluate(one, sandbox, gate, gaps, LIMIT)))
        except RuleFailed as error:
            found = {str(error): 0}
        seconds = time.process_time() - began
        scanned = scans(one, sandbox)
        if seconds > SLOW or scanned:
            lines.append((seconds, one.rule.id, found, scanned))
    sandbox.close()
    for seconds, rule, found, scanned in sorted(lines, reverse=True, key=lambda line: line[0]):
        print(f"{seconds:7.2f} s  {rule}  {found}  {'; '.join(scanned)}", flush=True)
    print(f"{len(compiled)} rules, {len(refused)} refused")


if __name__ == "__main__":
    main(*(int(word) if word.isdigit() else word for word in sys.argv[1:]))  # type: ignore[arg-type]
