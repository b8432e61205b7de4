"""A user's own rule folder, from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.backend.cli.conftest import Ran

RULE = """
- id: own-bucket-name
  title: Bucket is called as we agreed
  severity: low
  resource: aws_s3_bucket
  pass: name GLOB 'acme-*' AND versioning IS NOT NULL
  reason: "It is called {name}; versioning {versioning}."
  rationale: Names say whose a bucket is.
  remediation: {text: Make another bucket., cli: "aws s3api create-bucket --bucket acme-{name}"}
  tests:
    - {expect: pass, row: {name: acme-logs, versioning: Enabled}}
    - {expect: fail, row: {name: logs, versioning: Enabled}}
"""


def test_a_folder_is_added_with_its_problems_said_and_removed_again(
    vedette: Callable[..., Ran], tmp_path: Path, workspace_path: Path
) -> None:
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "names.yaml").write_text(RULE)
    (folder / "broken.yaml").write_text("- id: broken\n")
    added = vedette("rules", "folders", "--add", str(folder), workspace=workspace_path)
    assert added.code == 1
    assert str(folder) in added.out
    assert f"{folder / 'broken.yaml'}:1: broken:" in added.err
    listed = vedette("--format", "json", "rules", "list", workspace=workspace_path)
    assert [row["enabled"] for row in listed.json() if row["id"] == "own-bucket-name"] == [True]
    removed = vedette("rules", "folders", "--remove", str(folder), workspace=workspace_path)
    assert removed.code == 0
    listed = vedette("--format", "json", "rules", "list", workspace=workspace_path)
    assert not [row for row in listed.json() if row["id"] == "own-bucket-name"]
