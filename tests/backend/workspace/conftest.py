from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.workspace import file
from tests.backend.workspace.disks import MakeDisk


@pytest.fixture
def workspace(workspace_path: Path) -> Path:
    file.create(workspace_path)
    return workspace_path


@pytest.fixture
def conn(workspace: Path) -> Iterator[sqlite3.Connection]:
    conn = file.open_writer(workspace)
    yield conn
    conn.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[MakeDisk]:
    """Makes file systems of a given size, as only root can; on a build machine that must work."""
    made: list[Path] = []

    def make(size: str) -> Path:
        if os.geteuid() != 0 or shutil.which("mount") is None:
            pytest.skip("only root can mount a small disk")
        folder = tmp_path / f"disk{len(made)}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "vedette-test", str(folder)],
            capture_output=True,
            check=False,
        )
        if done.returncode:
            if os.environ.get("CI"):
                pytest.fail(f"no small disk: {done.stderr.decode()}")
            pytest.skip(f"no small disk: {done.stderr.decode()}")
        made.append(folder)
        return folder

    yield make
    for folder in made:
        subprocess.run(["umount", str(folder)], check=True)
