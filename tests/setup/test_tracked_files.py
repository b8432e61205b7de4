"""What may lie in the repository: no registry's host, no path of a machine, no large binary."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST_BINARY = 60_000


@pytest.fixture(scope="module")
def tracked():
    """Every tracked file; of an unpacked archive (no git), every file that is not made by set-up or tools."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
        names = [name for name in listing.decode().split("\0") if name]
    else:
        made = re.compile(r"(^|/)(\.venv|__pycache__|\.[a-z_]+_cache|\.hypothesis|\.git)(/|$)")
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*")]
        names = [name for name in names if not made.search(name)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def is_binary(content: bytes) -> bool:
    return b"\0" in content[:8192]


def test_the_lock_names_no_registry_and_hashes_every_package():
    lock = (ROOT / "requirements.lock").read_text()
    assert not re.findall(r"[a-z+]+://\S+|^\s*--(?:index|extra-index|find-links)\S*", lock, re.MULTILINE)
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert len(entries) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_no_file_names_a_path_of_a_machine(tracked):
    machine_path = re.compile(rb"/(?:work|root/\.pyenv|opt/(?:wheels|pypi))/|/home/(?!user\b|analyst\b|\w*\.)\w+/")
    found = [str(path.relative_to(ROOT)) for path in tracked if machine_path.search(path.read_bytes())]
    assert found == []


def test_no_binary_is_large(tracked):
    large = {
        str(path.relative_to(ROOT)): len(content)
        for path in tracked
        if len(content := path.read_bytes()) > LARGEST_BINARY and is_binary(content)
    }
    assert large == {}


def test_scripts_are_executable(tracked):
    scripts = [path for path in tracked if not is_binary(content := path.read_bytes()) and content.startswith(b"#!")]
    assert [path.name for path in scripts if not path.stat().st_mode & 0o100] == []
