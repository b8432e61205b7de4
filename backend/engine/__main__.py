"""`python -P -m backend.engine WORKSPACE [--create]`: be the engine of a workspace, or say why not.

Standard output carries one line of JSON and is then closed: {"ready": true}, {"busy": true} when another process is the
engine, or {"error": {message, next_step, kind}}.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.credentials.redaction import install_redaction
from backend.engine import lock
from backend.engine.jobs import describe_error
from backend.engine.paths import log_path, real_path, socket_path
from backend.engine.server import Engine
from backend.errors import UserError
from backend.workspace import file, filesystem

BACKLOG = 64


def main(arguments: list[str]) -> int:
    """Exit code 0 when we served or another engine does, 1 for an error."""
    workspace, create = real_path(Path(arguments[0])), "--create" in arguments
    install_redaction()
    try:
        log_file = _start_log(workspace)
        if not create:
            filesystem.check_file(workspace)  # before a lock file is left beside what is no workspace
        filesystem.refuse_network(workspace)
        filesystem.check_folder(workspace)
        held = lock.acquire(workspace)
        if held is None:
            _say({"busy": True})
            return 0
        with held:
            _serve(workspace, held, log_file, create=create)
    except Exception as error:
        if not isinstance(error, UserError):
            logging.getLogger(__name__).exception("the engine of %s failed", workspace)
        _say({"error": describe_error(error)})
        return 1
    return 0


def _serve(workspace: Path, held: lock.WorkspaceLock, log_file: Path, *, create: bool) -> None:
    if create and not workspace.exists():
        file.create(workspace)
    conn = file.open_writer(workspace)
    path = socket_path(workspace)
    listener = listen(path)
    try:
        engine = Engine(workspace, conn, listener, log_file)
        engine.loop.stop_on(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        held.announce(path)
        _say({"ready": True})
        engine.run()
    finally:
        # While we still hold the lock: afterwards the path may be another engine's.
        with suppress(FileNotFoundError):
            path.unlink()
        listener.close()
        conn.close()


def listen(path: Path) -> socket.socket:
    """A socket only its owner can open. What lies there is left from an engine that was killed: we hold the lock."""
    with suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.listen(BACKLOG)
    return listener


def _start_log(workspace: Path) -> Path:
    path = log_path(workspace)
    before = os.umask(0o077)
    try:
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=2_000_000, backupCount=2, encoding="utf-8")
    except OSError as error:
        raise UserError(f"The log {path} cannot be written: {error.strerror}.", "Make its folder writable.") from None
    finally:
        os.umask(before)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    return path


def _say(word: dict[str, Any]) -> None:
    """The one line for whoever started us; then standard output is nobody's."""
    with suppress(OSError):
        os.write(1, json.dumps(word).encode() + b"\n")
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
