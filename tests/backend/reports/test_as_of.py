"""A report of an earlier moment: the same bytes whenever it is printed, and it says what it rests on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pypdf import PdfReader

from backend.errors import UserError
from backend.reports import manifest, worker
from tests.backend.posture.long_run import DAY, START, LongRun
from tests.backend.posture.scans import ACCOUNT, rule

ASKED = "2025-10-12"  # three days in
BUCKETS = {"payments": "Suspended", "web": "Enabled", "ledger": None, "archive": "Suspended"}


class Link:
    def progress(self, done: int, total: int, text: str) -> None:
        pass

    def cancelled(self) -> bool:
        return False


@pytest.fixture
def run(tmp_path: Path) -> LongRun:
    folder = tmp_path / "rules"
    folder.mkdir()
    one = rule(folder, frameworks={"soc2": ["CC6.1"]})
    texts = "(SELECT group_concat(b.name, ', ') FROM aws_s3_bucket b WHERE b.versioning <> 'Enabled')"
    two = rule(folder, id="test-rule-two", severity="low", facts={"weak": texts}, reason="{versioning}; weak: {weak}")
    found = LongRun(tmp_path / "run.vedette", [one, two])
    found.conn.execute("INSERT INTO framework_requirement VALUES ('soc2', 'SOC 2', 'CC6.1', 'Access', '6', 1, 0)")
    found.conn.execute("INSERT INTO rule_requirement VALUES ('test-rule-one', 'soc2', 'CC6.1')")
    found.step(BUCKETS, START)
    found.decide("payments", START + 3600, "muted", reason="accepted risk", note="agreed", until=START + 2 * DAY)
    found.decide("archive", START + 7200, "muted", reason="false positive")
    found.step({**BUCKETS, "new": "Suspended"}, START + DAY)
    found.step({**BUCKETS, "new": "Enabled"}, START + 2 * DAY, state="cancelled")
    return found


def a_year_passes(run: LongRun) -> None:
    """Everything that may happen, but to the rules and the accounts that were there."""
    run.pass_time(START + 5 * DAY)
    run.conn.execute(
        "INSERT INTO account (provider, name, kind, cloud_id, created_at) VALUES ('aws', 'more', 'profile', '1', ?)",
        (START + 300 * DAY,),
    )
    run.step({"archive": "Enabled", "web": "Suspended", "new": "Suspended", "aardvark": "Suspended"}, START + 5 * DAY)
    run.decide("archive", START + 6 * DAY, "open")
    run.decide("web", START + 6 * DAY, "muted", reason="fix pending")
    run.step({}, START + 200 * DAY, denied=True)
    run.step({**BUCKETS, "new": "Suspended", "web": None}, START + 365 * DAY)
    run.decide("payments", START + 366 * DAY, "in_progress", assignee="sam")
    run.conn.execute("UPDATE rule SET error = 'it did not end within 20 seconds' WHERE id = 'test-rule-two'")


def report(run: LongRun, path: Path, format: str = "pdf", as_of: str = ASKED, **more: object) -> dict:
    args = {"workspace": str(run.path), "path": str(path), "format": format, "options": {"as_of": as_of, **more}}
    return worker.run(args, Link())


def test_the_same_a_year_later(run, tmp_path):
    formats = worker.FORMATS
    before = {one: report(run, tmp_path / f"a.{one}", one)["sha256"] for one in formats}
    data = manifest.read(manifest.manifest_path(tmp_path / "a.pdf"))["data_sha256"]
    a_year_passes(run)
    assert {one: report(run, tmp_path / f"b.{one}", one)["sha256"] for one in formats} == before
    assert manifest.read(manifest.manifest_path(tmp_path / "b.pdf"))["data_sha256"] == data
    assert report(run, tmp_path / "c.pdf", as_of="2025-10-20")["sha256"] != before["pdf"]


def test_the_same_a_year_later_from_the_history(run, tmp_path, monkeypatch):
    from backend.past import plan

    monkeypatch.setattr(plan, "MOST_SCANS", 1)
    before = report(run, tmp_path / "a.pdf")["sha256"]
    a_year_passes(run)
    assert report(run, tmp_path / "b.pdf")["sha256"] == before


def test_it_shows_what_stood_then(run, tmp_path):
    a_year_passes(run)
    report(run, tmp_path / "a.json", "json")
    found = {one["name"]: one for one in json.loads((tmp_path / "a.json").read_text()) if one["rule"].endswith("one")}
    shown = {name: (one["status"], one["state"]) for name, one in found.items()}
    assert shown == {
        "payments": ("fail", "open"),  # its mute had ended
        "web": ("pass", ""),
        "ledger": ("unknown", ""),
        "new": ("fail", "open"),
    }
    assert found["payments"]["first_seen"] == "2025-10-09T08:53:20Z"
    assert found["new"]["first_seen"] == "2025-10-10T08:53:20Z"


def test_it_says_what_it_rests_on(run, tmp_path):
    a_year_passes(run)
    report(run, tmp_path / "a.pdf", organization="Acme")
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(tmp_path / "a.pdf").pages]
    cover, whole = pages[0], " ".join(pages)
    content = manifest.read(manifest.manifest_path(tmp_path / "a.pdf"))
    digest = content["as_of"]["judged_by_rules_sha256"]
    assert "As of 2025-10-12 23:59 UTC; evidence of 2025-10-10 08:53 UTC" in cover
    assert "by the rules in force when this was made, not those of that time" in cover
    assert digest in cover.replace(" ", "")
    assert "Judged anew, in their order: 2 scans (No. 1, 2)" in whole
    assert "Scans begun by then that were not done by then; nothing of them is used: No. 3 of prod" in whole
    assert content["as_of"]["moment"] == content["created"] == "2025-10-12T23:59:59Z"
    assert (content["as_of"]["scans_judged_anew"], content["as_of"]["scans_not_done"]) == ([1, 2], [3])
    assert [one["id"] for one in content["scans"]] == [2]


def test_a_report_of_the_present_says_nothing_of_the_past(run, tmp_path):
    worker.run({"workspace": str(run.path), "path": str(tmp_path / "a.pdf")}, Link())
    assert "as_of" not in manifest.read(manifest.manifest_path(tmp_path / "a.pdf"))
    assert "Judged anew" not in " ".join(page.extract_text() for page in PdfReader(tmp_path / "a.pdf").pages)


def test_the_end_of_a_scan(run, tmp_path):
    a_year_passes(run)
    done = report(run, tmp_path / "a.json", "json", "scan 1")
    found = json.loads((tmp_path / "a.json").read_text())
    assert {one["name"] for one in found} == {"payments", "web", "ledger", "archive"}
    assert done["results"] == 8
    assert manifest.read(Path(done["manifest"]))["as_of"]["scan"] == 1


def test_scope_and_query_hold_for_the_past_too(run, tmp_path):
    a_year_passes(run)
    options = {"as_of": ASKED, "accounts": ["prod"], "frameworks": ["soc2"]}
    args = {"workspace": str(run.path), "path": str(tmp_path / "a.json"), "format": "json", "options": options}
    worker.run({**args, "query": "status:fail changed:<3d"}, Link())
    found = json.loads((tmp_path / "a.json").read_text())
    # Three days before that moment, not before today; and only the framework's rule.
    assert [(one["rule"], one["name"], one["account"]) for one in found] == [("test-rule-one", "new", ACCOUNT)]


@pytest.mark.parametrize("as_of", ["soon", "2199-01-01", "1999-01-01", "scan 3", "99"])
def test_a_moment_that_cannot_be_printed_is_said(run, tmp_path, as_of):
    with pytest.raises(UserError):
        report(run, tmp_path / "a.pdf", as_of=as_of)
    assert not list(tmp_path.glob("a.pdf*"))


def test_it_can_be_stopped_while_rules_are_judged(run, tmp_path):
    class Impatient(Link):
        told = 0

        def progress(self, done: int, total: int, text: str) -> None:
            self.told += text.startswith("Judging")

        def cancelled(self) -> bool:
            return self.told > 0

    args = {"workspace": str(run.path), "path": str(tmp_path / "a.pdf"), "options": {"as_of": ASKED}}
    assert worker.run(args, Impatient()) == {"cancelled": True}
    assert not list(tmp_path.glob("a.pdf*"))
