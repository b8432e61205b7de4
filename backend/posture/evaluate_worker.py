"""Rule evaluation in a process of its own, with a memory limit.

Arguments: workspace (path), scan (id), rules (ids; empty: all enabled), seconds (per rule).
Batches: {"rule", "account", "changed": [...], "gone": [uid], "stale": [uid], "last": bool} or {"rule", "account",
"error": text}, as `backend.posture.findings.merge` takes them. What did not change since the last evaluation is not
sent, so the engine writes little however many resources there are; a rule's first verdicts over many come in parts.
"""

from __future__ import annotations

import itertools
import json
import resource
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from backend.inventory import catalog
from backend.inventory.aws.permissions import permissions_of
from backend.inventory.collector import GLOBAL
from backend.inventory.table import Type
from backend.posture.compile import Compiled, RuleRefused, compile_rule
from backend.posture.evaluate import RuleFailed, evaluate
from backend.posture.gate import Gaps, Gate
from backend.posture.load import from_definition
from backend.posture.rule import Rule
from backend.posture.sandbox import Sandbox, empty
from backend.posture.verdict import Verdict

MEMORY_LIMIT = 1_500_000_000  # bytes of address space: a rule that wants a gigabyte gets MemoryError instead
FILE_LIMIT = 4_000_000_000  # bytes of a temporary file: what a rule sorts may spill to disk, but not fill it
PART = 1_000  # verdicts in a batch


class Link(Protocol):
    """What a worker may say to the engine."""

    def progress(self, done: int, total: int, text: str) -> None: ...  # noqa: D102
    def batch(self, data: dict[str, Any]) -> None: ...  # noqa: D102
    def cancelled(self) -> bool: ...  # noqa: D102


def run(args: dict[str, Any], link: Link) -> dict[str, Any]:
    """Evaluate and return {"rules", "verdicts", "seconds", "failed"}."""
    limit_memory()
    return evaluate_scan(Path(args["workspace"]), int(args["scan"]), args.get("rules", ()), link)


def limit_memory() -> None:
    """Bound this process's memory and files for good, before text of a rule runs in it."""
    for kind, limit in ((resource.RLIMIT_AS, MEMORY_LIMIT), (resource.RLIMIT_FSIZE, FILE_LIMIT)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit, hard))


def evaluate_scan(workspace: Path, scan: int, wanted: Iterable[str], link: Link) -> dict[str, Any]:
    """Evaluate the rules over a stored scan and send what changed."""
    from backend.workspace.file import open_reader

    started = time.monotonic()
    conn = open_reader(workspace)
    try:
        account, at = conn.execute("SELECT cloud_id, started_at FROM scan WHERE id = ?", (scan,)).fetchone()
        rules = enabled_rules(conn, wanted)
        compiled, failed = compile_all(rules, at)
        for rule, message in failed.items():
            link.batch({"rule": rule, "account": account, "error": message})
        gate = Gate.of_scan(conn, scan)
        sandbox = Sandbox(at)
        try:
            sandbox.copy_scan(f"{workspace.resolve().as_uri()}?mode=ro", scan, account, tables_needed(compiled))
            index_related(sandbox, compiled)
            total = _evaluate(compiled, sandbox, gate, conn, scan, account, link, failed)
        finally:
            sandbox.close()
    finally:
        conn.close()
    seconds = round(time.monotonic() - started, 3)
    return {"rules": len(compiled), "verdicts": total, "seconds": seconds, "failed": failed}


def enabled_rules(conn: sqlite3.Connection, wanted: Iterable[str] = ()) -> list[Rule]:
    """The enabled rules of the workspace, or those of them that are wanted.

    Those with an error, too: what failed on one scan is tried again on the next, and what never compiles fails fast.
    """
    only = set(wanted)
    found = conn.execute("SELECT id, definition, file, line FROM rule WHERE enabled = 1 ORDER BY id")
    return [
        from_definition(json.loads(definition), Path(file), line)
        for rule, definition, file, line in found
        if not only or rule in only
    ]


def compile_all(rules: Iterable[Rule], now: int) -> tuple[list[Compiled], dict[str, str]]:
    """(rules that compile, rule id -> why the others do not)."""
    compiled: list[Compiled] = []
    failed: dict[str, str] = {}
    sandbox = empty(now)
    try:
        for rule in rules:
            try:
                compiled.append(compile_rule(rule, sandbox))
            except RuleRefused as refused:
                failed[rule.id] = str(refused)
    finally:
        sandbox.close()
    return compiled, failed


def tables_needed(compiled: Iterable[Compiled]) -> dict[str, set[str]]:
    """Union of the columns that the rules need of each table."""
    wanted: dict[str, set[str]] = {}
    for one in compiled:
        for table, columns in one.tables().items():
            wanted.setdefault(table, set()).update(columns)
    return wanted


def index_related(sandbox: Sandbox, compiled: Iterable[Compiled]) -> None:
    """Index what subqueries look rows up by; without it a rule over two large tables is quadratic.

    Of the indexes SQLite must take that of the id, not that of `region`: without statistics both look alike to it, and
    20,000 security groups take minutes instead of a second.
    """
    for one in compiled:
        beside = one.related.union(*(part.related for part in one.facts.values()))
        for table, column in beside:
            declared = catalog.tables()[table].by_name.get(column)
            if declared and declared.type is Type.TEXT and not column.endswith("policy"):
                sandbox.index(table, column)
    sandbox.conn.execute("PRAGMA analysis_limit = 1000")
    sandbox.conn.execute("ANALYZE")


def _evaluate(
    compiled: list[Compiled],
    sandbox: Sandbox,
    gate: Gate,
    conn: sqlite3.Connection,
    scan: int,
    account: str,
    link: Link,
    failed: dict[str, str],
) -> int:
    gaps = Gaps(gate, sandbox)
    total = 0
    for number, one in enumerate(compiled):
        if link.cancelled():
            break
        link.progress(number, len(compiled), one.rule.title)
        counted = itertools.count()
        verdicts = (verdict for verdict, _ in zip(evaluate(one, sandbox, gate, gaps), counted, strict=False))
        try:
            for batch in differences(conn, one, account, verdicts, gate):
                link.batch(batch)
        except RuleFailed as error:
            failed[one.rule.id] = str(error)
            link.batch({"rule": one.rule.id, "account": account, "error": str(error)})
            continue
        total += next(counted)
    link.progress(len(compiled), len(compiled), "rules evaluated")
    return total


def differences(
    conn: sqlite3.Connection, compiled: Compiled, account: str, verdicts: Iterable[Verdict], gate: Gate
) -> Iterator[dict[str, Any]]:
    """What this evaluation changes about the stored findings of a rule in an account, in parts; the last says so."""
    query = (
        "SELECT resource, presence, region, status, reason, evidence, missing, name FROM finding"
        " WHERE rule = ? AND account = ?"
    )
    # Hashes, not texts: a rule over 300,000 resources fits into memory beside its sandbox.
    known = {
        uid: (presence, region, hash((region, *rest)))
        for uid, presence, region, *rest in conn.execute(query, (compiled.rule.id, account))
    }
    spoken_of: set[str] = set()
    skipped: set[str] = set()
    changed: list[dict[str, Any]] = []

    def part(**lists: Any) -> dict[str, Any]:
        return {"rule": compiled.rule.id, "account": account, "changed": [], "last": False, **lists}

    for verdict in verdicts:
        if verdict.status == "skip":
            skipped.add(verdict.uid)
            continue
        spoken_of.add(verdict.uid)
        one = _wire(verdict)
        told = hash(tuple(one[name] for name in ("region", "status", "reason", "evidence", "missing", "name")))
        presence, _, before = known.get(verdict.uid, ("", "", 0))
        if presence != "present" or told != before:
            changed.append(one)
        if len(changed) >= PART:
            yield part(changed=changed)
            changed = []
    lost = sorted(set(known) - spoken_of)
    stale = {uid for uid in lost if uid not in skipped and not _listed(compiled, known[uid][1], gate)}
    left = [(uid, "stale") for uid in lost if uid in stale and known[uid][0] == "present"]
    left += [(uid, "gone") for uid in lost if uid not in stale and known[uid][0] != "gone"]
    for begin in range(0, len(left), PART):
        some = left[begin : begin + PART]
        yield part(**{kind: [uid for uid, how in some if how == kind] for kind in ("gone", "stale")})
    yield part(changed=changed, last=True)


def _wire(verdict: Verdict) -> dict[str, Any]:
    return {
        "uid": verdict.uid,
        "region": verdict.region,
        "name": verdict.name,
        "status": verdict.status,
        "reason": verdict.reason,
        "evidence": json.dumps(verdict.evidence, ensure_ascii=False, sort_keys=True),
        "missing": json.dumps(missing_of(verdict)),
    }


def _listed(compiled: Compiled, region: str, gate: Gate) -> bool:
    """Whether this scan saw every resource of the type where this one was: only then is a missing one gone."""
    incomplete = gate.table(compiled.table.name)
    if catalog.listing_of(compiled.table.name).region != "each":
        # An anchor stands for a place, and has rows for the places in the scan's scope only.
        elsewhere = compiled.table.anchor and region not in (GLOBAL, *gate.regions)
        return not incomplete and not elsewhere
    return region in gate.regions and region not in incomplete


def missing_of(verdict: Verdict) -> list[Mapping[str, Any]]:
    """What an unknown lacks, with the permissions that would fix it (only where it was denied)."""
    return [
        {
            "operation": one.operation,
            "outcome": one.outcome,
            "region": one.region,
            "code": one.code,
            "permissions": list(permissions_of(one.operation)) if one.outcome == "denied" else [],
        }
        for one in verdict.missing
    ]
