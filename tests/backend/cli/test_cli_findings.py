from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backend.cli.conftest import Ran, Terminal

Vedette = Callable[..., Ran]
PROMISED = (
    "rule",
    "status",
    "severity",
    "resource",
    "name",
    "account",
    "region",
    "reason",
    "frameworks",
    "equivalents",
)


def test_json_is_a_list_of_objects_with_the_promised_keys(vedette: Vedette) -> None:
    ran = vedette("findings", "status:fail", "--format", "json")
    found = ran.json()
    assert ran.code == 0
    assert found
    assert all(tuple(one)[: len(PROMISED)] == PROMISED for one in found)
    assert {one["status"] for one in found} == {"fail"}
    assert ran.out.isascii()


def test_options_may_stand_before_the_command_or_after(vedette: Vedette, findings_file: Path) -> None:
    before = vedette("--format", "json", "findings", "--limit", "3")
    after = vedette("findings", "--limit", "3", "--format", "json", "--workspace", str(findings_file))
    assert before.json() == after.json()
    assert len(before.json()) == 3


def test_options_add_to_the_query(vedette: Vedette) -> None:
    ran = vedette(
        "findings", "web", "--status", "fail", "--severity", "high", "--severity", "critical", "--format", "json"
    )
    assert {(one["status"], one["severity"] in ("high", "critical")) for one in ran.json()} == {("fail", True)}


def test_a_part_that_excludes_is_no_option(vedette: Vedette) -> None:
    ran = vedette("findings", "-status:pass", "-region:(eu-west-1 OR global)", "--format", "json")
    assert {one["status"] for one in ran.json()} == {"fail", "unknown"}
    assert not {one["region"] for one in ran.json()} & {"eu-west-1", "global"}


def test_csv_is_safe_to_open_and_complete(vedette: Vedette) -> None:
    ran = vedette("findings", "service:s3", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(rows) == len(vedette("findings", "service:s3", "--format", "json").json())
    assert any(row["name"].startswith("'=cmd") for row in rows)
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


def test_a_table_shows_hidden_characters_as_codes(vedette: Vedette) -> None:
    ran = vedette("findings", 'name:"rtl*"', "service:s3")
    assert ran.code == 0
    out = vedette("findings", "name:rtl*", "service:s3").out
    assert "rtl-<U+202E>txt.exe" in out
    assert "\u202e" not in out


def test_everything_and_groups_and_one(vedette: Vedette) -> None:
    assert len(vedette("findings", "--all", "--format", "json").json()) == 1000
    groups = vedette("findings", "--group", "rule", "--format", "json").json()
    assert groups[0]["failed"] <= groups[0]["checked"]
    one = vedette("findings", "--id", "1", "--format", "json").json()
    assert one["remediation"]["cli"].startswith("aws s3api put-bucket-encryption --bucket '=cmd|")
    assert "aws s3api" in vedette("findings", "--id", "1").out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("findings", "sevrity:high"), 2, "Did you mean severity?"),
        (("findings", "(a"), 2, "at character 1"),
        (("findings", "--sort", "evidence"), 1, "cannot be sorted by evidence"),
        (("findings", "--id", "99999"), 1, "no finding 99999"),
        (("findings", "--format", "pdf"), 1, "no format pdf"),
        (("score", "--framework", "nope"), 1, "Known are: cis-aws-5.0, pci-dss-4.0"),
        (("diff", "1", "2"), 1, "two scans of one account"),
        (("diff", "1"), 2, "give two scans"),
        (("nonsense",), 2, "invalid choice"),
        (("findings", "--fail-on", "critical"), 3, ""),
        (("findings", "severity:info", "--fail-on", "critical"), 0, ""),
        (("findings", "--fail-on-unknown"), 4, ""),
        (("findings", "-status:unknown", "--fail-on-unknown"), 0, ""),
        (("rules", "check", "/no/such/folder"), 1, "no file or folder"),
    ],
)
def test_exit_codes_and_sentences(vedette: Vedette, arguments: tuple[str, ...], code: int, says: str) -> None:
    ran = vedette(*arguments)
    assert (ran.code, "Traceback" in ran.err) == (code, False)
    assert says in ran.err


def test_a_workspace_that_is_not_there_is_said_and_not_made(vedette: Vedette, tmp_path: Path) -> None:
    ran = vedette("findings", workspace=tmp_path / "none.vedette")
    assert ran.code == 1
    assert "There is no workspace" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_workspace_is_refused(vedette: Vedette, tmp_path: Path) -> None:
    path = tmp_path / "notes.vedette"
    path.write_text("not a database at all, but long enough to be looked at " * 40)
    ran = vedette("findings", workspace=path)
    assert ran.code == 1
    assert "notes.vedette" in ran.err
    assert "Traceback" not in ran.err


def test_the_other_reads_have_json_too(vedette: Vedette) -> None:
    assert {row["name"] for row in vedette("accounts", "list", "--format", "json").json()} >= {"prod", "never scanned"}
    assert len(vedette("rules", "list", "--format", "json").json()) == 100
    assert vedette("score", "--framework", "cis-aws-5.0", "--format", "json").json()["requirements"]
    assert vedette("diff", "--format", "json").json()["counts"].keys() == {"failing", "fixed", "gone", "changed"}
    assert vedette("workspace", "info", "--format", "json").json()["findings"] == 1000
    assert "cidr_is_public(cidr)" in vedette("rules", "functions").out
    assert json.loads(vedette("permissions", "aws").out)["Statement"][0]["Effect"] == "Allow"
    assert 'resource "aws_iam_policy"' in vedette("permissions", "aws", "--terraform").out


def test_exports_reach_a_file_or_a_pipe(vedette: Vedette, tmp_path: Path) -> None:
    assert vedette("export", "status:fail", "--format", "sarif").json()["version"] == "2.1.0"
    path = tmp_path / "found.csv"
    ran = vedette("export", "status:fail", "-o", str(path))
    assert ran.code == 0
    assert "findings to" in ran.err
    assert path.read_bytes().count(b"\n") > 100
    assert vedette("export", "-o", str(tmp_path / "no" / "x.json")).code == 1


def test_the_help_says_the_exit_codes(vedette: Vedette) -> None:
    for arguments in (("--help",), ("findings", "--help"), ("scan", "--help")):
        ran = vedette(*arguments)
        assert ran.code == 0
        assert "70   a bug of ours" in ran.out


def test_a_terminal_gets_a_table_with_a_limit(findings_file: Path) -> None:
    terminal = Terminal("--workspace", str(findings_file), "findings")
    assert terminal.end() == 0
    assert "100 of 9" in terminal.seen
    assert "severity" in terminal.seen
    assert "\u202e" not in terminal.seen
