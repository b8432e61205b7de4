"""Who is the engine of a workspace: whoever holds the `flock` on `NAME.vedette.lock`. Never a pid file.

The kernel gives the lock back when the process ends, however it ends. What is written in the file is only where the
holder listens; nothing is decided by it.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType

from backend.engine.paths import lock_path, socket_path
from backend.errors import UserError


class WorkspaceLock:
    """The lock of one workspace, held until `release` or the end of the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce(self, socket: Path) -> None:
        """Write where we listen, for clients whose runtime folder is another one."""
        text = json.dumps({"socket": str(socket)}).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)

    def release(self) -> None:
        """Let another process be the engine. The file stays: removing it would let two hold it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> WorkspaceLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def acquire(workspace: Path) -> WorkspaceLock | None:
    """The lock of the workspace, or None when another process holds it; `UserError` when the file cannot be made."""
    path = lock_path(workspace)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise UserError(
            f"The lock {path.name} beside the workspace cannot be made: {error.strerror}.",
            f"Make the folder {path.parent} writable for you, or open a copy of the workspace elsewhere.",
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except OSError as error:
        os.close(descriptor)
        raise UserError(
            f"The file system of {path.parent} gives no locks ({error.strerror}).",
            "Keep the workspace on a local disk.",
        ) from None
    return WorkspaceLock(descriptor)


def announced_socket(workspace: Path) -> Path:
    """Where the engine, if there is one, listens: what the lock file says, else where it would by our environment."""
    try:
        entry = json.loads(lock_path(workspace).read_bytes()[:4096])
        path = Path(entry["socket"])
    except (OSError, ValueError, TypeError, KeyError):
        return socket_path(workspace)
    return path if path.is_absolute() else socket_path(workspace)
