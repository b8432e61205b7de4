"""The set-up's first step: which Debian packages are missing, and the one line that installs them."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / ".ci/system-packages"


@pytest.fixture
def run_as_user(tmp_path: Path):
    """Run the script as somebody who is not root, on a machine that has just these (package, provides) installed."""

    def run(*groups: str, installed: list[tuple[str, str]]) -> subprocess.CompletedProcess[str]:
        lines = "\n".join(f"installed,{package},{provides}" for package, provides in installed)
        for name, body in {"dpkg-query": f"cat <<'END'\n{lines}\nEND", "id": "echo 1000", "apt-get": "exit 99"}.items():
            command = tmp_path / name
            command.write_text(f"#!/bin/sh\n{body}\n")
            command.chmod(0o755)
        environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
        return subprocess.run(
            [str(SCRIPT), *groups], env=environment, capture_output=True, text=True, check=False, timeout=30
        )

    return run


def packages(group: str) -> list[str]:
    listing = (ROOT / "system-packages.txt").read_text()
    return re.findall(rf"^{group}: (.+)$", listing, re.MULTILINE)[0].split()


def test_a_user_is_given_one_line_with_all_that_is_missing(run_as_user):
    done = run_as_user("offscreen", "wayland", installed=[("make", "")])
    assert done.returncode == 1
    missing = " ".join(packages("offscreen") + packages("wayland"))
    line = f"sudo apt-get install --no-install-recommends {missing}"
    assert [text.strip() for text in done.stderr.splitlines() if "apt-get" in text] == [line]


def test_what_is_there_is_not_asked_for(run_as_user):
    first, *rest = packages("offscreen")
    done = run_as_user("offscreen", installed=[(first, "")])
    assert first not in done.stderr.split()
    assert set(rest) <= set(done.stderr.split())


def test_a_package_that_was_renamed_counts_by_what_it_provides(run_as_user):
    installed = [(f"{package}t64", f"other, {package} (= 2.80)") for package in packages("offscreen")]
    done = run_as_user("offscreen", installed=installed)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_name_that_only_begins_like_another_does_not_count(run_as_user):
    installed = [(f"{package}-dev", "") for package in packages("offscreen")]
    assert run_as_user("offscreen", installed=installed).returncode == 1


def test_an_unknown_group_is_refused(run_as_user):
    done = run_as_user("ofscreen", installed=[])
    assert done.returncode == 2
    assert "ofscreen" in done.stderr
