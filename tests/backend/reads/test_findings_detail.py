from __future__ import annotations

import json
import sqlite3
import subprocess
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from backend.reads import findings
from backend.reads.findings.remediation import command, render, shell_word
from backend.reads.visible import visible


def find(conn: sqlite3.Connection, condition: str) -> findings.FindingDetail:
    id = conn.execute(f"SELECT id FROM finding WHERE {condition} ORDER BY id LIMIT 1").fetchone()[0]
    found = findings.detail(conn, id)
    assert found is not None
    return found


def test_there_may_be_none(conn: sqlite3.Connection) -> None:
    assert findings.detail(conn, 10**9) is None


def test_it_shows_evidence_resource_rule_and_fix(conn: sqlite3.Connection) -> None:
    found = find(conn, "status = 'fail' AND service = 's3' AND name LIKE 'web-%'")
    assert {one.column: one.value for one in found.evidence}["encrypted"] == 0
    assert found.rule is not None
    assert found.rule.operations == ("s3.GetBucketPolicy",)
    assert found.resource is not None
    assert dict(found.resource.columns) == {"encrypted": 0, "kms_key_id": None}
    assert found.resource.tags == (("team", "payments"),)
    assert found.resource.raw == f'{{\n  "Name": "{found.row.name}"\n}}'
    assert f"--bucket {found.row.name} --region {found.row.region} --kms-key-id <kms_key_id>" in found.remediation.cli
    assert found.remediation.missing == ("kms_key_id",)
    assert found.history[0].status == "fail"


def test_an_unknown_names_the_call_and_the_permission(conn: sqlite3.Connection) -> None:
    found = find(conn, "status = 'unknown' AND service = 's3'")
    assert found.missing[0].operation == "s3.GetBucketPolicy"
    assert found.missing[0].permissions == ("s3:GetBucketPolicy",)
    assert {(call.resource, call.outcome) for call in found.calls} == {("", "ok"), (found.row.resource, "denied")}


def test_a_muted_finding_shows_who_and_why(conn: sqlite3.Connection) -> None:
    found = find(conn, "state = 'muted'")
    assert (found.muted_by, found.mute_note) == ("maria", "Agreed with the owner")
    assert found.triage[0].state == "muted"


def test_the_analysts_label_stands_over_a_tag(conn: sqlite3.Connection) -> None:
    account, resource = conn.execute(
        "SELECT account, resource FROM asset_label WHERE origin = 'analyst' AND key = 'environment' LIMIT 1"
    ).fetchone()
    id = conn.execute("SELECT id FROM finding WHERE account = ? AND resource = ?", (account, resource)).fetchone()[0]
    found = findings.detail(conn, id)
    assert found is not None
    labels = {label.key: (label.value, label.origin) for label in found.labels}
    assert labels["environment"] == ("development", "analyst")
    assert findings.count_upto(conn, findings.where(f"id:{id} environment:development"), 2) == 1
    assert findings.count_upto(conn, findings.where(f"id:{id} environment:(production OR test)"), 2) == 0


def test_a_resource_type_that_is_no_table_of_resources_is_not_read(own: sqlite3.Connection) -> None:
    for hostile in ("secret", "finding", "sqlite_master", "aws_s3_bucket; DROP TABLE finding", 'x" OR 1'):
        own.execute("UPDATE finding SET resource_type = ? WHERE id = 1", (hostile,))
        found = findings.detail(own, 1)
        assert found is not None
        assert found.resource is None


def test_the_newest_version_of_a_resource_is_shown(own: sqlite3.Connection) -> None:
    own.execute(
        "INSERT INTO aws_s3_bucket (uid, account, region, name, first_scan, last_scan, hash, collected_at, encrypted,"
        " raw) SELECT uid, account, region, name, 8, 9, 'new', collected_at, 1, raw FROM aws_s3_bucket"
    )
    found = find(own, "service = 's3'")
    assert found.resource is not None
    assert dict(found.resource.columns)["encrypted"] == 1


TEMPLATE = """printf '%s\\0' {name} x-{name}/ "in {name} quotes" 'single {name} quotes' '{"key":"{name}"}'"""


@settings(max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=12))
@example("'; rm -rf / #")
@example('$(id) `id` "$HOME" !!')
@example("rtl-\u202etxt.exe\n\t\x1b[31m")
@example("--endpoint-url=http://evil")
def test_a_command_keeps_every_name_one_word(name: str) -> None:
    text, missing = command(TEMPLATE, {"name": name})
    assert missing == ()
    shell = subprocess.run(["/bin/bash", "-c", text], capture_output=True, env={"LC_ALL": "C.UTF-8"}, check=True)
    words = shell.stdout.decode("utf-8").split("\0")[:-1]
    assert words[:4] == [name, f"x-{name}/", f"in {name} quotes", f"single {name} quotes"]
    assert json.loads(words[4]) == {"key": name}


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12))
def test_nothing_hidden_is_left_in_a_command(name: str) -> None:
    assert visible(shell_word(name)) == shell_word(name)


@pytest.mark.parametrize("value", [True, 7, 1.5, ["a", "b"], {"k": "v"}])
def test_values_of_any_type_can_be_filled_in(value: Any) -> None:
    found = render({"text": "Set {x} for {y}.", "cli": "aws x --v {x} --w {y}", "terraform": "x = {x}"}, {"x": value})
    assert "<y>" in found.text
    assert found.missing == ("y",)
    assert "{x}" not in found.cli + found.text + found.terraform


def test_text_shows_hidden_characters_as_codes() -> None:
    assert render({"text": "Fix {name}"}, {"name": "a\u202eb\n"}).text == "Fix a<U+202E>b<U+000A>"
