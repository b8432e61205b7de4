"""Verdicts into findings: (rule, account, resource) with its status, and what that means for triage.

A finding is resolved only by a pass, or when the listing of its type and scope was complete and the resource is not
in it (`gone`). Otherwise a resource we did not see is `stale`: nothing is known, nothing is closed.
"""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Mapping
from typing import Any

from backend.posture.rule import WEIGHT


def merge(conn: sqlite3.Connection, scan: int, batch: Mapping[str, Any], now: int | None = None) -> dict[str, int]:
    """Apply one rule's batch of an evaluation, inside the caller's transaction. Twice is the same as once.

    A rule that failed says nothing of its resources any more: its findings are stale until it can be evaluated again.
    Returns counts: new, failed (turned failing), fixed, gone, stale.
    """
    at = int(time.time()) if now is None else now
    counts = dict.fromkeys(("new", "failed", "fixed", "gone", "stale"), 0)
    rule = conn.execute(
        "SELECT severity, resource_type, service, provider FROM rule WHERE id = ?", (batch["rule"],)
    ).fetchone()
    key = (batch["rule"], batch["account"])
    if "error" in batch:
        conn.execute("UPDATE rule SET error = ? WHERE id = ?", (batch["error"], batch["rule"]))
        query = "SELECT resource FROM finding WHERE rule = ? AND account = ? AND presence = 'present'"
        for (uid,) in conn.execute(query, key).fetchall():
            counts["stale"] += _leave(conn, scan, at, (*key, uid), "stale")
        return counts
    if rule is None:
        return counts
    for verdict in batch["changed"]:
        _apply(conn, scan, at, key, rule, verdict, counts)
    for uid in batch.get("gone", ()):
        counts["gone"] += _leave(conn, scan, at, (*key, uid), "gone")
    for uid in batch.get("stale", ()):
        counts["stale"] += _leave(conn, scan, at, (*key, uid), "stale")
    if batch.get("last", True):
        conn.execute("UPDATE rule SET error = '' WHERE id = ? AND error <> ''", (batch["rule"],))
        conn.execute(
            "UPDATE finding SET last_seen = ?, last_scan = ?"
            " WHERE rule = ? AND account = ? AND presence = 'present' AND last_scan <> ?",
            (at, scan, *key, scan),
        )
        conn.execute(
            "UPDATE finding SET severity = ?, severity_rank = ? WHERE rule = ? AND account = ? AND severity <> ?",
            (rule[0], WEIGHT[rule[0]], *key, rule[0]),
        )
    return counts


def _apply(
    conn: sqlite3.Connection,
    scan: int,
    at: int,
    key: tuple[str, str],
    rule: tuple[str, str, str, str],
    verdict: Mapping[str, Any],
    counts: dict[str, int],
) -> None:
    severity, resource_type, service, provider = rule
    status = verdict["status"]
    old = conn.execute(
        "SELECT id, status, state, presence FROM finding WHERE rule = ? AND account = ? AND resource = ?",
        (*key, verdict["uid"]),
    ).fetchone()
    if old is None:
        state = "open" if status == "fail" else ""
        cursor = conn.execute(
            "INSERT INTO finding (rule, account, resource, resource_type, service, provider, region, name, severity,"
            " severity_rank, status, state, reason, evidence, missing, first_seen, last_seen, changed, first_scan,"
            " last_scan) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                *key, verdict["uid"], resource_type, service, provider, verdict["region"], verdict["name"], severity,
                WEIGHT[severity], status, state, verdict["reason"], verdict["evidence"], verdict["missing"],
                at, at, at, scan, scan,
            ),
        )  # fmt: skip
        _remember(conn, int(cursor.lastrowid or 0), scan, at, "", status, "present", verdict["reason"])
        counts["new"] += 1
        counts["failed"] += status == "fail"
        return
    finding, before, state, presence = old
    after, reopened = _next_state(before, presence, status, state)
    turned = before != status or presence == "gone"
    conn.execute(
        "UPDATE finding SET region = ?, name = ?, severity = ?, severity_rank = ?, status = ?, presence = 'present',"
        " state = ?, reopened = CASE WHEN ? THEN 1 WHEN ? = 'resolved' THEN 0 ELSE reopened END, reason = ?,"
        " evidence = ?, missing = ?, last_seen = ?, last_scan = ?, changed = CASE WHEN ? THEN ? ELSE changed END"
        " WHERE id = ?",
        (
            verdict["region"], verdict["name"], severity, WEIGHT[severity], status, after, reopened, after,
            verdict["reason"], verdict["evidence"], verdict["missing"], at, scan, turned, at, finding,
        ),
    )  # fmt: skip
    if turned or presence != "present":
        _remember(conn, finding, scan, at, before, status, "present", verdict["reason"])
    if turned:
        counts["failed"] += status == "fail"
        counts["fixed"] += before == "fail" and status == "pass"
    if after != state:
        _decide(conn, at, (*key, verdict["uid"]), state, after)


def _next_state(before: str, presence: str, status: str, state: str) -> tuple[str, bool]:
    """(state, reopened) after a status. A mute stands until it ends; unknown changes nothing."""
    if status == "fail" and state in ("", "resolved"):
        return "open", state == "resolved"
    if status == "pass" and state in ("open", "in_progress"):
        return "resolved", False
    return state, False


def _leave(conn: sqlite3.Connection, scan: int, at: int, key: tuple[str, str, str], presence: str) -> int:
    row = conn.execute(
        "SELECT id, status, state, reason, presence FROM finding WHERE rule = ? AND account = ? AND resource = ?", key
    ).fetchone()
    if row is None or row[4] == presence:
        return 0
    finding, status, state, reason, _ = row
    after = "resolved" if presence == "gone" and state in ("open", "in_progress") else state
    conn.execute("UPDATE finding SET presence = ?, state = ?, changed = ? WHERE id = ?", (presence, after, at, finding))
    _remember(conn, finding, scan, at, status, status, presence, reason)
    if after != state:
        _decide(conn, at, key, state, after)
    return 1


def retire(conn: sqlite3.Connection, rule: str, now: int | None = None) -> int:
    """A rule was switched off or removed: its findings leave the lists until it speaks again."""
    at = int(time.time()) if now is None else now
    cursor = conn.execute(
        "UPDATE finding SET presence = 'gone', changed = ? WHERE rule = ? AND presence <> 'gone'", (at, rule)
    )
    return cursor.rowcount


def _remember(
    conn: sqlite3.Connection, finding: int, scan: int, at: int, before: str, status: str, presence: str, reason: str
) -> None:
    conn.execute(
        "INSERT INTO finding_history (finding, scan, at, status_before, status, presence, reason)"
        " VALUES (?,?,?,?,?,?,?)",
        (finding, scan, at, before, status, presence, reason),
    )


def _decide(conn: sqlite3.Connection, at: int, key: tuple[str, str, str], before: str, state: str) -> None:
    conn.execute(
        "INSERT INTO triage (uuid, rule, account, resource, at, who, state_before, state, origin)"
        " VALUES (?,?,?,?,?,'scan',?,?,'scan')",
        (uuid.uuid4().hex, *key, at, before, state),
    )
