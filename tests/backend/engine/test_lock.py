from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.engine import lock
from backend.engine.command import child_environment
from backend.engine.paths import lock_path, socket_path
from backend.errors import UserError

_HOLD = (
    "import sys, signal; from pathlib import Path; from backend.engine import lock\n"
    "held = lock.acquire(Path(sys.argv[1])); print(held is not None, flush=True); signal.pause()"
)


def _holder(workspace: Path) -> tuple[subprocess.Popen[bytes], bytes]:
    command = [sys.executable, "-P", "-c", _HOLD, str(workspace)]
    child = subprocess.Popen(command, env=child_environment(), stdout=subprocess.PIPE)
    assert child.stdout is not None
    return child, child.stdout.readline().strip()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def test_one_process_holds_it_and_a_killed_one_gives_it_back(workspace_path: Path) -> None:
    holder, got = _holder(workspace_path)
    assert got == b"True"
    assert lock.acquire(workspace_path) is None
    _end(holder)
    with lock.acquire(workspace_path) or pytest.fail("the lock did not come back"):
        other, got = _holder(workspace_path)
        assert got == b"False"
        _end(other)
    assert lock_path(workspace_path).exists()


def test_the_file_tells_where_its_holder_listens(workspace_path: Path, tmp_path: Path) -> None:
    assert lock.announced_socket(workspace_path) == socket_path(workspace_path)
    held = lock.acquire(workspace_path)
    assert held is not None
    held.announce(Path("/run/somewhere/long/a.sock"))
    held.announce(Path("/run/x.sock"))
    held.release()
    assert lock.announced_socket(workspace_path) == Path("/run/x.sock")


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"socket": 5}', b'{"socket": "relative"}', b"{" * 9999])
def test_nonsense_in_the_file_is_no_trouble(workspace_path: Path, content: bytes) -> None:
    lock_path(workspace_path).write_bytes(content)
    assert lock.announced_socket(workspace_path) == socket_path(workspace_path)


def test_a_link_in_its_place_is_not_followed(workspace_path: Path, tmp_path: Path) -> None:
    lock_path(workspace_path).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match=r"The lock test\.vedette\.lock beside the workspace cannot be made"):
        lock.acquire(workspace_path)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be made: No such file"):
        lock.acquire(tmp_path / "none" / "a.vedette")
