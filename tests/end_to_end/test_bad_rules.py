"""A user's rule folder with everything wrong in it: one message each, with file and line, and the rest is evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Desk, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

RULE = """\
- id: {id}
  title: A rule of the user's own
  severity: low
  resource: aws_s3_bucket
  {verdict}
  reason: "Versioning {{versioning}}"
  rationale: Because.
  remediation: {{text: Do it.}}
  tests:
    - {{expect: pass, row: {{versioning: Enabled}}}}
    - {{expect: fail, row: {{versioning: ""}}}}
"""
GROWING = "(SELECT versioning AS v)"
for _ in range(10):  # each step makes it eight times as long
    GROWING = f"(SELECT {'||'.join('v' * 8)} AS v FROM {GROWING})"
FEW = ", ".join(f"aws_s3_bucket b{n}" for n in range(4))
MANY = ", ".join(f"aws_s3_bucket b{n}" for n in range(9))

AT_ONCE = {  # file -> (verdict, what the message says); found without any data
    "unknown-column.yaml": (
        "pass: versionning = 'Enabled'",
        "there is no column versionning; did you mean versioning?",
    ),
    "writes.yaml": ('query: "DELETE FROM aws_s3_bucket"', "a rule may not"),
    "attaches.yaml": ("query: \"ATTACH DATABASE '/tmp/x' AS x\"", "a rule may not"),
    "two-statements.yaml": ('query: "SELECT uid, 1 AS pass FROM aws_s3_bucket; DROP TABLE aws_s3_bucket"', ""),
    "growing.yaml": (
        f"pass: \"versioning = 'Enabled' AND (SELECT length(v) FROM {GROWING}) > 0\"",
        "written out too often",
    ),
    "reads-secrets.yaml": ("pass: (SELECT count(*) FROM secret) = 0", ""),
}
AT_WORK = {  # only their run shows it
    "gigabyte.yaml": (
        f"pass: versioning = 'Enabled' AND (SELECT length(group_concat(b0.name || b1.uid)) FROM {FEW}) > 0",
        "larger than a rule may",
    ),
    "endless.yaml": (f"pass: versioning = 'Enabled' AND (SELECT count(*) FROM {MANY}) > 0", "did not end within"),
}


def write(folder: Path) -> None:
    folder.mkdir()
    for name, (verdict, _) in {**AT_ONCE, **AT_WORK}.items():
        (folder / name).write_text(RULE.format(id=f"own-{name.removesuffix('.yaml')}", verdict=verdict))
    (folder / "good.yaml").write_text(RULE.format(id="own-good", verdict="pass: versioning = 'Enabled'"))
    (folder / "syntax.yaml").write_text("- id: own-syntax\n  title: 'not closed\n")
    doubled = RULE.format(id="own-good", verdict="pass: versioning = 'Enabled'")
    (folder / "zz-doubled.yaml").write_text(doubled)
    untested = RULE.format(id="own-untested", verdict="pass: versioning = 'Enabled'")
    (folder / "untested.yaml").write_text(untested[: untested.index("  tests:")])


def test_each_bad_rule_is_one_message_and_the_rest_is_evaluated(scanned: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "own rules"
    write(folder)
    broken = {*AT_ONCE, "syntax.yaml", "zz-doubled.yaml", "untested.yaml"}

    ran = scanned.run("rules", "check", str(folder))
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert sorted(Path(line.split(":")[0]).name for line in lines) == sorted(broken), ran.out
    for line in lines:
        file, number, message = line.split(":", 2)
        assert int(number) >= 1
        assert len(message) > 20
        assert AT_ONCE.get(Path(file).name, ("", ""))[1] in message

    before = dict(scanned.rows("SELECT rule, count(*) FROM finding WHERE presence = 'present' GROUP BY 1"))
    client = scanned.client()
    problems = client.call("setting.set", key="rules.folders", value=[str(folder)])["problems"]
    assert sorted(Path(one["file"]).name for one in problems) == sorted(broken)
    assert {one["line"] > 0 for one in problems} == {True}
    (scan,) = scanned.rows("SELECT max(id) FROM scan")[0]
    job = client.call("evaluate.run", scan=scan)
    ended: dict[str, Any] = client.call("job.wait", timeout=100, job=job["id"])
    assert (ended["state"], ended["error"]) == ("done", None)
    errors = dict(scanned.rows("SELECT id, error FROM rule WHERE error <> ''"))
    refused = {f"own-{name.removesuffix('.yaml')}" for name in (*AT_ONCE, "endless.yaml")}
    assert errors.keys() == refused
    assert AT_WORK["endless.yaml"][1] in errors["own-endless"]
    said = scanned.rows("SELECT DISTINCT status, reason FROM finding WHERE rule = 'own-gigabyte'")
    assert [status for status, _ in said] == ["unknown"]
    assert AT_WORK["gigabyte.yaml"][1] in said[0][1]
    after = dict(scanned.rows("SELECT rule, count(*) FROM finding WHERE presence = 'present' GROUP BY 1"))
    assert after.pop("own-good") > 10
    after.pop("own-gigabyte")
    assert after == before
    assert scanned.rows("SELECT count(*) FROM secret") == [(1,)]

    # The user mends one and takes the others away: theirs go, and a list says so.
    for path in folder.iterdir():
        if path.name not in ("good.yaml", "endless.yaml"):
            path.unlink()
    mended = RULE.format(id="own-endless", verdict="pass: versioning = 'Enabled'")
    (folder / "endless.yaml").write_text(mended)
    assert client.call("rule.reload", timeout=60) == {"problems": []}
    client.call("job.wait", timeout=100, job=client.call("evaluate.run", scan=scan)["id"])
    wait_until(lambda: scanned.rows("SELECT 1 FROM finding WHERE rule = 'own-endless'"))
    assert scanned.rows("SELECT id FROM rule WHERE error <> ''") == []
