"""What goes through the engine on a workspace with findings in it: triage, reports, handing over, the audit log."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backend.cli.conftest import Ran, Terminal
from tests.backend.reads.fill import fill

Vedette = Callable[..., Ran]
PASSPHRASE = "four words are enough"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@pytest.fixture
def own(workspace_path: Path) -> Path:
    fill(workspace_path, findings=300)
    return workspace_path


@pytest.fixture
def run(vedette: Vedette, own: Path) -> Vedette:
    return lambda *arguments: vedette(*arguments, workspace=own, VEDETTE_PASSPHRASE=PASSPHRASE)


def one_failing(run: Vedette) -> dict[str, object]:
    found: dict[str, object] = run("findings", "status:fail", "state:open", "--limit", "1", "--format", "json").json()[
        0
    ]
    return found


def test_decisions_are_made_by_id_and_kept_in_the_audit_log(run: Vedette) -> None:
    id = str(one_failing(run)["id"])
    assert run("triage", "in-progress", "--id", id).code == 0
    assert run("triage", "assign", "--id", id, "jo").code == 0
    assert run("triage", "comment", "--id", id, "Asked the owner").code == 0
    found = run("findings", "--id", id, "--format", "json").json()
    assert (found["state"], found["assignee"]) == ("in_progress", "jo")
    assert [comment["text"] for comment in found["comments"]] == ["Asked the owner"]
    ran = run("triage", "mute", "--id", id, "--reason", "accepted risk", "--until", "2001-01-01")
    assert (ran.code, "is in the past" in ran.err) == (1, True)

    actions = {row["action"] for row in run("audit", "list", "--format", "json").json()}
    assert {"finding.in_progress", "finding.assign"} <= actions
    ran = run("audit", "verify")
    assert (ran.code, "audit log is whole" in ran.out) == (0, True)


def test_a_changed_audit_log_is_found(run: Vedette, own: Path) -> None:
    run("triage", "in-progress", "--id", str(one_failing(run)["id"]))
    with sqlite3.connect(own) as conn:
        conn.execute("DROP TRIGGER audit_log_keep_update")
        conn.execute("UPDATE audit_log SET who = 'somebody else'")
    conn.close()
    ran = run("audit", "verify", "--format", "json")
    assert (ran.code, ran.json()["ok"]) == (1, False)


def test_a_report_is_written_with_its_manifest(run: Vedette, tmp_path: Path) -> None:
    for name, start in (("audit.pdf", b"%PDF-"), ("audit.csv", b""), ("audit.json", b"[")):
        path = tmp_path / name
        ran = run("report", "-o", str(path))
        assert ran.code == 0, ran.err
        assert path.read_bytes().startswith(start)
        manifest = json.loads((tmp_path / f"{name}.manifest.json").read_text())
        assert manifest["files"][0]["file"] == name
    ran = run("report", "-o", str(tmp_path / "no" / "audit.pdf"))
    assert (ran.code, "no folder" in ran.err) == (1, True)


def test_a_copy_is_handed_over_and_its_triage_comes_back(run: Vedette, vedette: Vedette, tmp_path: Path) -> None:
    copy = tmp_path / "copy.vedette"
    assert run("workspace", "export", str(copy)).code == 0
    listed = ("findings", "--all", "--format", "json")
    assert vedette(*listed, workspace=copy).json() == run(*listed).json() != []
    ran = run("workspace", "import-triage", str(copy), "--preview")
    assert ran.code == 0, ran.err
    assert ran.json()["conflicts"] == []
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    secret.chmod(0o600)
    sealed = tmp_path / "sealed.vedette"
    ran = run("workspace", "export", str(sealed), "--encryption-passphrase-file", str(secret))
    assert ran.code == 0, ran.err
    assert b"SQLite format" not in sealed.read_bytes()
    ran = run("workspace", "import-triage", str(sealed), "--preview")
    assert (ran.code, "--encryption-passphrase-file" in ran.err) == (1, True)
    ran = run("workspace", "import-triage", str(sealed), "--preview", "--encryption-passphrase-file", str(secret))
    assert ran.code == 0, ran.err


def test_a_rule_is_switched_off(run: Vedette) -> None:
    run("triage", "comment", "--id", "1", "The engine has read the shipped rules now.")
    rule = run("rules", "list", "--format", "json").json()[0]["id"]
    for action, enabled in (("disable", False), ("enable", True)):
        ran = run("rules", action, rule)
        assert ran.code == 0, ran.err
        assert run("rules", "show", rule, "--format", "json").json()["enabled"] is enabled
    assert run("rules", "disable", "no-such").code == 1


def test_without_a_terminal_a_question_is_refused_with_a_sentence(vedette: Vedette, own: Path) -> None:
    ran = vedette("accounts", "add", "keyed", "--keys-from-environment", workspace=own, **KEYS)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "no terminal to ask on" in ran.err


def test_on_a_terminal_it_is_asked_and_not_shown(own: Path) -> None:
    terminal = Terminal("--workspace", str(own), "accounts", "add", "keyed", "--keys-from-environment", **KEYS)
    try:
        for answers in ((PASSPHRASE, "something else"), (PASSPHRASE, PASSPHRASE)):
            terminal.read_until("New passphrase")
            terminal.type(answers[0] + "\n")
            terminal.read_until("Once more")
            terminal.type(answers[1] + "\n")
        assert terminal.end() == 0, terminal.seen
    finally:
        terminal.kill()
    assert "The two differ" in terminal.seen
    assert PASSPHRASE not in terminal.seen
