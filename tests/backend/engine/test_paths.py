from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.engine.paths import LONGEST_SOCKET_PATH, lock_path, log_path, socket_path


def test_all_names_of_a_workspace_lead_to_one_socket_and_one_lock(tmp_path: Path) -> None:
    real = tmp_path / "a.vedette"
    real.touch()
    (tmp_path / "link.vedette").symlink_to(real)
    (tmp_path / "sub").mkdir()
    for name in (tmp_path / "link.vedette", tmp_path / "sub" / ".." / "a.vedette"):
        assert socket_path(name) == socket_path(real)
        assert lock_path(name) == tmp_path / "a.vedette.lock"
    assert socket_path(tmp_path / "b.vedette") != socket_path(real)


def test_the_folder_is_private(workspace_path: Path) -> None:
    folder = socket_path(workspace_path).parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_uid == os.getuid()


def test_too_long_a_runtime_folder_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 90)))
    path = socket_path(tmp_path / "a.vedette")
    assert len(os.fsencode(path)) < LONGEST_SOCKET_PATH


@pytest.mark.parametrize("trap", ["open to others", "a link"])
def test_a_folder_that_is_not_ours_alone_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trap: str
) -> None:
    runtime = Path(os.environ["XDG_RUNTIME_DIR"])
    folder = runtime / "vedette"
    if trap == "a link":
        (tmp_path / "theirs").mkdir(mode=0o700)
        folder.symlink_to(tmp_path / "theirs")
    else:
        folder.mkdir()
        folder.chmod(0o777)
    assert runtime not in socket_path(tmp_path / "a.vedette").parents


def test_a_relative_setting_is_ignored(workspace_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
    monkeypatch.setenv("XDG_STATE_HOME", "state")
    assert socket_path(workspace_path).is_absolute()
    assert log_path(workspace_path).is_absolute()
