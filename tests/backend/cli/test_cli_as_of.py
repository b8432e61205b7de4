"""`--as-of`: findings, score and report as they stood at an earlier moment."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.workspace import settings
from tests.backend.cli.conftest import Ran
from tests.backend.posture.long_run import DAY, START, LongRun
from tests.backend.posture.scans import rule

Vedette = Callable[..., Ran]


@pytest.fixture
def own(workspace_path: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    run = LongRun(workspace_path, [rule(folder)])
    settings.put(run.conn, "rules.folders", [str(folder)])  # where the engine finds the rule, too
    run.step({"a": "Suspended", "b": "Suspended", "c": "Enabled"}, START)
    run.decide("b", START + 60, "muted", reason="accepted risk")
    run.step({"b": "Enabled", "c": "Enabled"}, START + DAY, state="cancelled")
    run.step({"a": "Enabled", "b": "Suspended", "d": "Suspended"}, START + 2 * DAY)
    run.conn.close()
    return workspace_path


def test_findings_as_they_stood(vedette: Vedette, own: Path) -> None:
    now = vedette("findings", "--all", "--format", "json", workspace=own).json()
    ran = vedette("findings", "--as-of", "2025-10-10", "--all", "--format", "json", workspace=own)
    assert ran.code == 0, ran.err
    assert {(one["name"], one["status"], one["state"], one["presence"]) for one in ran.json()} == {
        ("a", "fail", "open", "present"),
        ("b", "fail", "muted", "present"),
        ("c", "pass", "", "present"),
    }
    ids = {one["name"]: one["id"] for one in now}
    assert all(one["id"] == ids[one["name"]] for one in ran.json())
    assert "As of 2025-10-10T23:59:59Z, judged by the rules of " in ran.err
    assert "evidence of 2025-10-09T08:53:20Z" in ran.err
    assert "Scans not done by then, left out: 2." in ran.err
    ran = vedette("findings", "--as-of", "1", "--id", str(ids["a"]), "--format", "json", workspace=own)
    assert (ran.json()["name"], ran.json()["status"]) == ("a", "fail")
    assert dict(ran.json()["resource"]["columns"])["versioning"] == "Suspended"


def test_what_would_have_stopped_a_pipeline_then(vedette: Vedette, own: Path) -> None:
    asked = ("name:a", "--fail-on", "high")
    assert vedette("findings", *asked, workspace=own).code == 0
    assert vedette("findings", *asked, "--as-of", "1", workspace=own).code == 3
    assert vedette("findings", "changed:<1h", "--as-of", "scan 1", "--format", "json", workspace=own).json() != []


def test_the_score_as_it_stood(vedette: Vedette, own: Path) -> None:
    then = vedette("score", "--as-of", "2025-10-10", "--format", "json", workspace=own).json()
    now = vedette("score", "--format", "json", workspace=own).json()
    assert (then["score"], now["score"]) == (50.0, 50.0)
    assert [one["at"] for one in then["history"]] == ["2025-10-09T08:53:20Z"]
    assert len(now["history"]) == 2
    assert (then["failed"], then["passed"], then["muted"]) == (1, 1, 1)


@pytest.mark.parametrize("command", ["findings", "score"])
def test_a_moment_that_cannot_be_is_one_sentence(vedette: Vedette, own: Path, command: str) -> None:
    for moment in ("soon", "2", "1999-12-31", "2199-01-01"):
        ran = vedette(command, "--as-of", moment, workspace=own)
        assert (ran.code, ran.out) == (1, "")
        assert "Traceback" not in ran.err
    ran = vedette(command, "--as-of", "1", workspace=own.with_name("none.vedette"))
    assert (ran.code, "no workspace" in ran.err) == (1, True)


def test_a_report_of_then_is_the_same_after_more_has_happened(vedette: Vedette, own: Path, tmp_path: Path) -> None:
    sums = []
    for name in ("one.pdf", "two.pdf"):
        ran = vedette("report", "-o", str(tmp_path / name), "--as-of", "2025-10-10", workspace=own)
        assert ran.code == 0, ran.err
        sums.append(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
        decided = vedette("triage", "mute", "--query", "name:d", "--reason", "fix pending", "--yes", workspace=own)
        assert decided.code == 0, decided.err
    assert sums[0] == sums[1]
    ran = vedette("report", "-o", str(tmp_path / "three.pdf"), "--as-of", "soon", workspace=own)
    assert (ran.code, "no moment" in ran.err) == (1, True)
