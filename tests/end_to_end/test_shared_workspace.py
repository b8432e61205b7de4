"""Two consoles and a command line on one file; the audit log of what they do; what programs may rely on."""

from __future__ import annotations

import json
import socket
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from backend.client import Client
from backend.engine.paths import socket_path
from backend.workspace.version import SCHEMA_VERSION
from tests.end_to_end.conftest import Company, Desk, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def shown(client: Client) -> list[tuple[Any, ...]]:
    """The findings as a console lists them, page by page."""
    from backend.reads import findings

    conn = client.reader()
    ids = findings.ids(conn, findings.where("", scoped=False), findings.Sort("severity", True))
    rows = [row for start in range(0, len(ids), 500) for row in findings.rows(conn, ids[start : start + 500])]
    return sorted((row.id, row.rule, row.resource, row.status, row.state, row.assignee) for row in rows)


def test_two_consoles_and_a_command_line_see_the_same(scanned: Desk) -> None:
    first, second = scanned.client(), scanned.client()
    assert first.hello["engine"] == second.hello["engine"]
    heard: list[dict[str, Any]] = []
    second.on("changed", heard.append)
    assert shown(first) == shown(second)

    (open_one,) = [row[0] for row in shown(first) if row[4] == "open"][:1]
    first.call("triage.set", findings=[open_one], state="in_progress")
    wait_until(lambda: any(push["table"] == "finding" for push in heard))
    ran = scanned.run("triage", "assign", "--query", "severity:critical", "--yes", "anna")
    assert ran.code == 0, ran.err
    assert shown(first) == shown(second)
    listed = scanned.json("findings", "--all")
    assert sorted((o["id"], o["rule"], o["resource"], o["status"], o["state"], o["assignee"]) for o in listed) == shown(
        first
    )
    assert {o["state"] for o in listed if o["id"] == open_one} == {"in_progress"}
    assert "anna" in {o["assignee"] for o in listed}


@pytest.mark.parametrize(
    ("hello", "word"),
    [({"product": "0.0.1", "schema": SCHEMA_VERSION}, "0.0.1"), ({"product": "9.9", "schema": 99}, "9.9")],
)
def test_another_version_is_told_which_side_to_restart(scanned: Desk, hello: dict[str, Any], word: str) -> None:
    scanned.client()
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(20)
        peer.connect(str(socket_path(scanned.workspace)))
        body = json.dumps({"id": 1, "verb": "hello", "args": {**hello, "face": "gui", "who": "old"}}).encode()
        peer.sendall(struct.pack(">I", len(body)) + body)
        with peer.makefile("rb") as stream:
            (length,) = struct.unpack(">I", stream.read(4))
            answer = json.loads(stream.read(length))
    error = answer["error"]
    assert error["kind"] == "environment"
    assert word in error["message"] + error["next_step"]
    assert any(
        verb in (error["message"] + error["next_step"]).lower() for verb in ("restart", "close", "update", "quit")
    )


def test_the_audit_log_holds_every_decision_and_finds_a_changed_row(
    scanned: Desk, company: Company, tmp_path: Path
) -> None:
    assert scanned.scan(company.url).code == 0
    assert scanned.run("triage", "in-progress", "--query", "severity:high status:fail", "--yes").code == 0
    assert (
        scanned.run("triage", "mute", "--query", "severity:low status:fail", "--yes", "--reason", "accepted risk").code
        == 0
    )
    assert scanned.run("report", "-o", str(tmp_path / "audit.pdf")).code == 0
    assert scanned.run("workspace", "export", str(tmp_path / "copy.vedette")).code == 0
    entries = scanned.json("audit", "list")
    actions = {entry["action"] for entry in entries}
    assert {"account.add", "scan.start", "finding.in_progress", "finding.muted"} <= actions
    assert any(action.startswith("report") for action in actions), actions
    assert any("export" in action for action in actions), actions
    assert all(entry["who"] for entry in entries)
    assert entries == sorted(entries, key=lambda entry: -entry["id"])

    ran = scanned.run("audit", "verify")
    assert ran.code == 0, ran.out
    manifest = json.loads((tmp_path / "audit.pdf.manifest.json").read_text())
    head = next(value for key, value in manifest.items() if "audit" in key)
    assert scanned.run("audit", "verify", "--head", f"{head['count']}:{head['mac']}").code == 0

    edits = {
        "changed": "UPDATE audit_log SET detail = '{}' WHERE action = 'finding.muted'",
        "removed": "DELETE FROM audit_log WHERE action = 'finding.muted'",
        "cut off": "DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)",
    }
    # Only once the engine has left does the file alone hold all that was written.
    wait_until(lambda: not scanned.workspace.with_name(scanned.workspace.name + "-wal").exists())
    whole = scanned.workspace.read_bytes()
    for name, edit in edits.items():
        wait_until(lambda: not scanned.workspace.with_name(scanned.workspace.name + "-wal").exists())
        scanned.workspace.write_bytes(whole)
        conn = sqlite3.connect(scanned.workspace, isolation_level=None)
        for trigger in ("audit_log_keep_update", "audit_log_keep_delete"):
            conn.execute(f"DROP TRIGGER {trigger}")
        conn.execute(edit)
        conn.close()
        ran = scanned.run("audit", "verify")
        assert ran.code == 1, (name, ran.out)
        assert "whole" not in ran.out


KEYS = [
    "rule", "status", "severity", "resource", "name", "account", "region", "reason", "frameworks", "equivalents",
]  # fmt: skip


def test_what_programs_may_rely_on(scanned: Desk, company: Company, tmp_path: Path) -> None:
    ran = scanned.run("findings", "--format", "json")
    assert (ran.code, ran.err) == (0, "")  # quiet in a pipe
    found = ran.json()
    assert len(found) > 500
    for one in found:
        assert list(one)[: len(KEYS)] == KEYS
        assert one["status"] in ("pass", "fail", "unknown")
        assert one["severity"] in ("critical", "high", "medium", "low", "info")
        assert one["account"] == "123456789012"
        assert one["reason"]
        assert "\x1b" not in one["reason"]
    assert {one["rule"] for one in found if one["frameworks"]}
    assert any("prowler" in one["equivalents"] for one in found)
    assert "{" not in {one["reason"][0] for one in found}

    codes = {
        ("findings", "--fail-on", "critical"): 3,
        ("findings", "--fail-on-unknown"): 4,
        ("findings", "status:pass", "--fail-on", "info"): 0,
        ("findings", "severity:nonsense"): 2,
        ("findings", "--no-such-option"): 2,
        ("findings", "--id", "999999"): 1,
        ("diff",): 0,
        ("score",): 0,
        ("rules", "list"): 0,
        ("permissions", "aws"): 0,
        ("audit", "list"): 0,
        ("workspace", "info"): 0,
        ("report", "-o", "/no/such/folder/x.pdf"): 1,
    }
    for arguments, code in codes.items():
        ran = scanned.run(*arguments)
        assert ran.code == code, (arguments, ran)
        assert "Traceback" not in ran.err
        assert "\x1b[" not in ran.out + ran.err
    ran = Desk(tmp_path / "none.vedette").run("findings")
    assert ran.code == 1
    assert len(ran.err.splitlines()) <= 2

    before = {(one["rule"], one["resource"]): one["status"] for one in found}
    ran = scanned.scan(company.url)
    assert (ran.code, ran.err) == (0, "")
    after = {(one["rule"], one["resource"]): one["status"] for one in scanned.json("findings")}
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    difference = scanned.json("diff")
    assert isinstance(difference, list | dict)
    if not changed:
        assert "new" in json.dumps(difference) or difference
