"""The verbs that decide and keep things, through a client."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from backend.errors import UserError


def _fill(workspace: Path, count: int = 3, **columns: Any) -> None:
    """Findings, as a scan would have left them."""
    conn = sqlite3.connect(workspace)
    for number in range(count):
        values = {
            "rule": "r", "account": "123456789012", "resource": f"arn:{number}", "resource_type": "aws_s3_bucket",
            "service": "s3", "provider": "aws", "region": "eu-west-1", "name": f"bucket-{number}", "severity": "high",
            "severity_rank": 4, "status": "fail", "state": "open", "reason": "open to all", "first_seen": 1,
            "last_seen": 1, "changed": 1, "first_scan": 1, "last_scan": 1, **columns,
        }  # fmt: skip
        marks = ",".join("?" * len(values))
        conn.execute(f"INSERT INTO finding ({','.join(values)}) VALUES ({marks})", list(values.values()))
    conn.commit()
    conn.close()


def _states(client: Any) -> list[str]:
    return [row[0] for row in client.reader().execute("SELECT state FROM finding ORDER BY id")]


def test_triage_by_ids_its_undo_and_what_everybody_hears(stage: Any, until: Any) -> None:
    _fill(stage.workspace)
    client, _ = stage.watched()
    _, heard = stage.watched("gui")
    done = client.call("triage.set", findings=[1, 2], state="muted", reason="accepted risk", note="known")
    assert (done["changed"], done["skipped"]) == (2, 0)
    assert _states(client) == ["muted", "muted", "open"]
    until(lambda: [one for one in heard if one["push"] == "changed" and one["table"] == "finding"])
    assert client.call("triage.undo", token=done["undo"]) == {"restored": 2, "skipped": 0}
    assert _states(client) == ["open"] * 3
    with pytest.raises(UserError, match="can no longer be undone"):
        client.call("triage.undo", token=done["undo"])
    log = client.reader().execute("SELECT action, subject, detail FROM audit_log ORDER BY id").fetchall()
    assert [(action, subject) for action, subject, _ in log] == [
        ("finding.muted", "2 findings"),
        ("finding.undo", "2 findings"),
    ]
    assert json.loads(log[0][2])["ids"] == [1, 2]
    assert client.call("audit.verify", timeout=60)["message"] == "The audit log is whole: 2 entries."


def test_triage_by_query_means_what_the_list_shows(stage: Any) -> None:
    _fill(stage.workspace)
    client = stage.client()
    assert client.call("triage.set", query="name:bucket-1", state="in_progress")["changed"] == 1
    assert _states(client) == ["open", "in_progress", "open"]
    with pytest.raises(UserError, match="The query cannot be read"):
        client.call("triage.set", query="severity:purple", state="open")
    with pytest.raises(UserError, match="either findings or a query"):
        client.call("triage.set", findings=[1], query="x", state="open")


def test_a_refused_decision_changes_and_logs_nothing(stage: Any) -> None:
    _fill(stage.workspace)
    client = stage.client()
    with pytest.raises(UserError, match="A mute needs a reason"):
        client.call("triage.set", findings=[1], state="muted")
    assert _states(client) == ["open"] * 3
    assert client.reader().execute("SELECT count(*) FROM audit_log").fetchone()[0] == 0


def test_a_mute_ends_by_itself(stage: Any, until: Any) -> None:
    _fill(stage.workspace)
    client, heard = stage.watched()
    until_when = int(time.time()) + 1
    client.call("triage.set", findings=[1], state="muted", reason="fix pending", until=until_when + 1)
    assert _states(client)[0] == "muted"
    until(lambda: _states(client)[0] == "open")
    until(lambda: [one for one in heard if one.get("table") == "finding"])


def test_a_mute_that_ended_while_nobody_was_there_ends_at_the_next_start(stage: Any, until: Any) -> None:
    _fill(stage.workspace, state="muted", mute_reason="fix pending", muted_by="maria", mute_until=1000)
    client = stage.client()
    until(lambda: _states(client) == ["open"] * 3)


def test_comments_and_labels(stage: Any) -> None:
    _fill(stage.workspace)
    client = stage.client(who="maria")
    client.call("comment.add", finding=1, text="<b>ask payments</b>")
    assert client.reader().execute("SELECT who, text FROM comment").fetchall() == [("maria", "<b>ask payments</b>")]
    with pytest.raises(UserError, match="There is no finding 99"):
        client.call("comment.add", finding=99, text="x")
    assert client.call("label.set", findings=[1, 2], key="owner", value="payments") == {"resources": 2}
    labels = (
        client.reader().execute("SELECT resource, key, value, origin FROM asset_label ORDER BY resource").fetchall()
    )
    assert labels == [("arn:0", "owner", "payments", "analyst"), ("arn:1", "owner", "payments", "analyst")]
    one = [{"account": "123456789012", "resource": "arn:1"}]
    assert client.call("label.clear", resources=one, key="owner") == {"resources": 1}
    with pytest.raises(UserError, match="“key” must be one of environment, owner"):
        client.call("label.set", findings=[1], key="colour", value="blue")
    with pytest.raises(UserError, match="A resource is named by"):
        client.call("label.set", resources=[{"resource": 5}], key="owner", value="x")


def test_settings_and_views(stage: Any) -> None:
    client = stage.client()
    assert client.call("setting.get", key="scan.stale_days") == 7
    client.call("setting.set", key="scan.stale_days", value=3)
    assert client.call("setting.get", key="scan.stale_days") == 3
    client.call("setting.set", key="scan.stale_days")
    assert client.call("setting.get", key="scan.stale_days") == 7
    with pytest.raises(UserError, match="There is no setting “vault”"):
        client.call("setting.get", key="vault")
    with pytest.raises(UserError, match="There is no setting “vault”"):
        client.call("setting.set", key="vault", value={})
    with pytest.raises(UserError, match="There is no folder"):
        client.call("setting.set", key="rules.folders", value=["/none/such"])
    assert {one["key"] for one in client.call("setting.list")} >= {"scan.stale_days", "vault.idle_minutes"}
    view = client.call("view.save", page="findings", name="mine", query="severity:high")["view"]
    assert client.call("view.save", page="findings", name="mine", query="severity:low", starred=True)["view"] == view
    assert client.reader().execute("SELECT query, starred FROM saved_view").fetchall() == [("severity:low", 1)]
    client.call("view.remove", view=view)
    assert client.reader().execute("SELECT count(*) FROM saved_view").fetchone()[0] == 0


def test_accounts_are_added_changed_and_removed_with_their_secret(stage: Any) -> None:
    client = stage.client()
    keys = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "abcdefghabcdefgh"}
    id = client.call("account.add", name="prod", kind="keys", keys=keys, demo=True)["account"]
    with pytest.raises(UserError, match="called “prod” already"):
        client.call("account.add", name="prod", kind="profile", options={"profile": "x"})
    with pytest.raises(UserError, match="neither a profile nor keys"):
        client.call("account.add", name="empty", kind="keys")
    with pytest.raises(UserError, match="Keys are access_key_id"):
        client.call("account.add", name="half", kind="keys", keys={"access_key_id": "AKIA"})
    with pytest.raises(UserError, match="role ARN"):
        client.call("account.add", name="bad", kind="role", options={"profile": "x", "role_arn": "nonsense"})
    client.call("account.update", account=id, name="production", options={"region": "eu-west-1"})
    row = client.reader().execute("SELECT name, options FROM account").fetchone()
    assert row[0] == "production"
    assert json.loads(row[1]) == {"region": "eu-west-1"}
    client.call("account.select", accounts=[id], selected=False)
    with pytest.raises(UserError, match="There is no account to scan"):
        client.call("scan.start")
    client.call("account.remove", account=id)
    counts = "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM secret)"
    assert client.reader().execute(counts).fetchone() == (0, 0)


def test_removing_with_forget_takes_what_was_found_along(stage: Any) -> None:
    _fill(stage.workspace)
    client = stage.client()
    id = client.call("account.add", name="prod", kind="profile", options={"profile": "p"})["account"]
    conn = sqlite3.connect(stage.workspace)
    conn.execute("UPDATE account SET cloud_id = '123456789012'")
    conn.commit()
    conn.close()
    client.call("account.remove", account=id, forget=True)
    assert client.reader().execute("SELECT count(*) FROM finding").fetchone()[0] == 0


def test_a_real_secret_asks_for_a_passphrase_where_no_key_store_is(stage: Any) -> None:
    client, _ = stage.watched()
    asked: list[dict[str, Any]] = []

    def answer(push: dict[str, Any]) -> None:
        import threading

        asked.append(push["prompt"])
        call = {"id": push["prompt"]["id"], "answer": "four random words here"}
        threading.Thread(target=client.call, args=("prompt.answer",), kwargs=call).start()

    client.on("prompt", answer)
    keys = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "abcdefghabcdefgh"}
    client.call("account.add", name="prod", kind="keys", keys=keys)
    assert [(one["kind"], one["new"]) for one in asked] == [("passphrase", True)]
    assert client.call("vault.status")["level"] == "passphrase"

    # The next engine asks for it before the first decision, once.
    stage.replace(client)
    client.call("account.select", accounts=[1], selected=False)
    client.call("account.select", accounts=[1], selected=True)
    assert [(one["kind"], one["new"]) for one in asked] == [("passphrase", True), ("passphrase", False)]
    client.call("vault.lock")
    client.call("account.select", accounts=[1], selected=False)  # the audit log goes on while the vault is locked
    assert len(asked) == 2
    with pytest.raises(UserError, match="does not open"):
        client.call("vault.unlock", passphrase="wrong wrong wrong")
    assert client.call("vault.unlock", passphrase="four random words here")["state"] == "unlocked"


def test_rules_are_loaded_switched_and_checked(stage: Any, until: Any) -> None:
    client = stage.client()
    rules = until(lambda: [row[0] for row in client.reader().execute("SELECT id FROM rule WHERE enabled ORDER BY id")])
    client.call("rule.disable", rules=[rules[0]])
    assert client.reader().execute("SELECT enabled FROM rule WHERE id = ?", (rules[0],)).fetchone()[0] == 0
    assert client.call("rule.enable", rules=[rules[0]]) == {"jobs": []}
    with pytest.raises(UserError, match="There is no rule “nope”"):
        client.call("rule.enable", rules=["nope"])
    found = client.call("rule.check", timeout=60, text="- id: x\n  title: [unclosed\n")
    assert found["problems"]
    assert "/tmp" not in json.dumps(found)
    assert isinstance(client.call("rule.reload", timeout=60)["problems"], list)


def test_a_hand_over_and_the_triage_that_comes_back(stage: Any, tmp_path: Path) -> None:
    from backend.client import Client

    _fill(stage.workspace)
    client = stage.client()
    out, back = tmp_path / "out.vedette", tmp_path / "back.vedette"
    job = client.call("workspace.export", path=str(out))
    assert client.call("job.wait", timeout=60, job=job["id"])["error"] is None
    with Client.open(out, face="cli", who="colleague") as theirs:
        stage.engines.add(theirs.hello["engine"])
        assert "Handed over by" in theirs.hello["handed_over"]
        with pytest.raises(UserError, match="A scan is not possible here: this workspace was handed over"):
            theirs.call("scan.start")
        theirs.call("triage.set", findings=[2], state="muted", reason="false positive", note="a honeypot")
        job = theirs.call("workspace.export", path=str(back), passphrase="four random words")
        assert theirs.call("job.wait", timeout=60, job=job["id"])["error"] is None
    job = client.call("triage.preview", path=str(back), passphrase="four random words")
    seen = client.call("job.wait", timeout=60, job=job["id"])
    assert seen["error"] is None
    assert seen["result"]["counts"]["new"] == 1
    assert seen["again"] is False
    job = client.call("triage.import", path=str(back), passphrase="wrong wrong wrong")
    assert "passphrase" in client.call("job.wait", timeout=60, job=job["id"])["error"]["message"]
    job = client.call("triage.import", path=str(back), passphrase="four random words", default="theirs")
    ended = client.call("job.wait", timeout=60, job=job["id"])
    assert ended["error"] is None
    assert ended["result"]["decided"] == 1
    assert _states(client) == ["open", "muted", "open"]
    assert client.call("triage.undo", token=ended["result"]["undo"])["restored"] == 1


def test_a_report_is_written_remembered_and_audited(stage: Any, tmp_path: Path) -> None:
    import hashlib

    _fill(stage.workspace)
    client = stage.client()
    path = tmp_path / "findings.csv"
    job = client.call("report.build", format="csv", path=str(path))
    ended = client.call("job.wait", timeout=60, job=job["id"])
    assert ended["error"] is None
    format, written, sha256 = client.reader().execute("SELECT format, path, sha256 FROM report").fetchone()
    assert (format, written) == ("csv", str(path))
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert Path(ended["result"]["manifest"]).exists()
    assert client.reader().execute("SELECT action FROM audit_log").fetchall() == [("report.build",)]


def test_a_written_report_is_verified_with_its_manifest_and_the_audit_log(stage: Any, tmp_path: Path) -> None:
    _fill(stage.workspace)
    client = stage.client()
    client.call("triage.set", findings=[1], state="in_progress")  # so that there is a head to print
    path = tmp_path / "findings.csv"
    job = client.call("report.build", format="csv", path=str(path))
    assert client.call("job.wait", timeout=60, job=job["id"])["error"] is None

    def verified() -> dict[str, Any]:
        found: dict[str, Any] = client.call("report.verify", timeout=60, report=1)
        return found

    assert verified() == {"ok": True, "problem": "", "audited": True}
    written, manifest = path.read_bytes(), Path(f"{path}.manifest.json").read_bytes()
    path.write_bytes(written + b" ")
    assert "was changed after it was written" in verified()["problem"]
    path.write_bytes(written)
    Path(f"{path}.manifest.json").write_bytes(manifest.replace(b'"bytes": ', b'"bytes": 1'))
    assert "bytes" in verified()["problem"]
    Path(f"{path}.manifest.json").write_bytes(manifest)
    conn = sqlite3.connect(stage.workspace)
    conn.execute("DROP TRIGGER audit_log_keep_update")
    conn.execute("UPDATE audit_log SET who = 'nobody' WHERE id = 1")
    conn.commit()
    conn.close()
    assert "the audit log is not" in verified()["problem"]
    path.unlink()
    assert "no longer there" in verified()["problem"]
    with pytest.raises(UserError, match="There is no report 9"):
        client.call("report.verify", report=9)


def test_a_changed_audit_log_is_found(stage: Any) -> None:
    _fill(stage.workspace)
    client = stage.client()
    client.call("triage.set", findings=[1], state="in_progress")
    head = client.call("audit.verify", timeout=60)["head"]
    conn = sqlite3.connect(stage.workspace)
    conn.execute("DROP TRIGGER audit_log_keep_update")
    conn.execute("UPDATE audit_log SET who = 'nobody'")
    conn.commit()
    conn.close()
    found = client.call("audit.verify", timeout=60, head=head)
    assert not found["ok"]
    assert found["first_bad"] == 1
    with pytest.raises(UserError, match="This is no audit head"):
        client.call("audit.verify", timeout=60, head="nonsense")


def test_a_decision_whose_passphrase_nobody_gives_is_not_made(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    _fill(stage.workspace)
    monkeypatch.setenv("VEDETTE_PASSPHRASE", "four random words here")
    client = stage.client()
    client.call("triage.set", findings=[1], state="in_progress")
    assert client.call("vault.status")["level"] == "passphrase"
    monkeypatch.delenv("VEDETTE_PASSPHRASE")
    stage.replace(client)

    answers: list[threading.Thread] = []

    def cancel(push: dict[str, Any]) -> None:
        call = {"target": client.call, "args": ("prompt.answer",), "kwargs": {"id": push["prompt"]["id"]}}
        answers.append(threading.Thread(**call))
        answers[-1].start()

    client.on("prompt", cancel)
    with pytest.raises(UserError, match=r"The question was cancelled: Passphrase of test\.vedette"):
        client.call("triage.set", findings=[2], state="in_progress")
    for answer in answers:
        answer.join(10)  # or the engine would be gone before it has heard the call out
    assert _states(client) == ["in_progress", "open", "open"]
