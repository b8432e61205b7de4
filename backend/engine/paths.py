"""Where the things around a workspace lie: its lock beside it, its socket and log with the user's own."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from backend.errors import UserError

LONGEST_SOCKET_PATH = 100  # bytes; the kernel's limit is 108 with the final NUL, 104 on other systems


def real_path(workspace: Path) -> Path:
    """The one name of a workspace, whatever link led to it (the file itself need not exist yet)."""
    return Path(os.path.realpath(workspace))


def lock_path(workspace: Path) -> Path:
    """`NAME.vedette.lock` beside the workspace."""
    real = real_path(workspace)
    return real.with_name(real.name + ".lock")


def workspace_digest(workspace: Path) -> str:
    """Short name of a workspace for files that lie elsewhere."""
    return hashlib.sha256(os.fsencode(real_path(workspace))).hexdigest()[:24]


def socket_path(workspace: Path) -> Path:
    """Where the engine of a workspace listens. `UserError` when no private folder can be had."""
    name = workspace_digest(workspace) + ".sock"
    for folder in _runtime_folders():
        path = folder / name
        if len(os.fsencode(path)) < LONGEST_SOCKET_PATH and _private(folder):
            return path
    raise UserError(
        "There is no private folder for the engine's socket.",
        "Set XDG_RUNTIME_DIR to a folder that belongs to you, has mode 0700 and a short path.",
    )


def log_path(workspace: Path) -> Path:
    """Log of a workspace's engine and workers; its folder is made when it is not there."""
    base = os.environ.get("XDG_STATE_HOME")
    folder = (Path(base) if base and Path(base).is_absolute() else Path.home() / ".local" / "state") / "vedette"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        folder = _temporary_folder()
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"engine-{workspace_digest(workspace)}.log"


def _runtime_folders() -> list[Path]:
    folders = []
    configured = os.environ.get("XDG_RUNTIME_DIR", "")
    if configured and Path(configured).is_absolute():
        folders.append(Path(configured) / "vedette")
    of_session = Path(f"/run/user/{os.getuid()}")
    if of_session.is_dir():
        folders.append(of_session / "vedette")
    return [*folders, _temporary_folder()]


def _temporary_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"vedette-{os.getuid()}"


def _private(folder: Path) -> bool:
    """Whether the folder is ours alone; made when it is not there. Somebody else's in its place is not used."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        facts = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid() and not facts.st_mode & 0o077
