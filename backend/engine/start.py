"""The client's side of an engine's beginning: start it detached, and wait for its first word."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import time
from pathlib import Path
from typing import IO, Any

from backend.engine.command import child_environment, module_command
from backend.engine.paths import log_path, real_path
from backend.errors import UserError

PATIENCE = 30.0  # seconds: a cold start from a slow disk, and a migration of a large file
LONGEST_WORD = 64 * 1024


class EngineBug(Exception):
    """The engine failed at something, and it is our bug, not the user's environment."""


def start_engine(workspace: Path, *, create: bool = False) -> bool:
    """Start an engine and wait until it serves. False when another process has just become the engine.

    It is detached: its own session, so that closing the terminal or the console leaves it running.

    Raises:
        UserError: it could not start, in its own words; or it said nothing in time.
        EngineBug: it failed.
    """
    arguments = [str(real_path(workspace)), *(["--create"] if create else [])]
    with log_path(workspace).open("ab") as log:
        child = subprocess.Popen(
            module_command("backend.engine", *arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=child_environment(),
            cwd="/",
            start_new_session=True,
        )
    assert child.stdout is not None
    with child.stdout as stdout:
        word = _first_word(stdout, time.monotonic() + PATIENCE)
    _forget(child)
    if word is None:
        raise UserError(
            f"The engine of {workspace.name} did not start.", f"What it said last is in {log_path(workspace)}."
        )
    if "error" in word:
        error = word["error"]
        if error["kind"] == "environment":
            raise UserError(error["message"], error["next_step"])
        raise EngineBug(f"The engine of {workspace.name} failed: {error['message']} (log: {log_path(workspace)})")
    return "ready" in word


def _first_word(stdout: IO[bytes], deadline: float) -> dict[str, Any] | None:
    """The line of JSON it writes; None when it ends or the time is up before."""
    data = b""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while b"\n" not in data and len(data) < LONGEST_WORD:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                return None
            chunk = os.read(stdout.fileno(), 4096)
            if not chunk:
                return None
            data += chunk
    try:
        word = json.loads(data)
    except ValueError:
        return None
    return word if isinstance(word, dict) else None


_started: list[subprocess.Popen[bytes]] = []


def _forget(child: subprocess.Popen[bytes]) -> None:
    """It outlives us on purpose. Kept in a list, and reaped when we start another, so that no warning is given."""
    _started[:] = [one for one in _started if one.poll() is None]
    if child.poll() is None:
        _started.append(child)
