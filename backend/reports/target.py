"""Where a report goes: a draft beside its place, which takes the place only when it is whole."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from backend.errors import UserError


def check(path: Path, workspace: Path) -> None:
    """Refuse a place that can hold no report; raises UserError."""
    if not path.name:
        raise UserError("The report needs a file name.")
    if not path.parent.is_dir():
        raise UserError(f"The folder {path.parent} does not exist.", "Create it, or choose another.")
    if path.is_dir():
        raise UserError(f"{path} is a folder.", "Give the report a file name.")
    beside = {workspace, *(workspace.with_name(workspace.name + end) for end in ("-wal", "-shm", ".lock"))}
    if path.resolve() in {one.resolve() for one in beside}:
        raise UserError(f"{path} is the workspace itself.", "Choose another name for the report.")


@contextmanager
def draft(path: Path) -> Iterator[BinaryIO]:
    """A new file (mode 0600) that replaces `path` at the end, or vanishes when anything is raised.

    Raises UserError where the folder cannot be written or the disk is full.
    """
    part = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        try:
            # A report names what is weak: for its owner's eyes until they share it.
            handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            part.replace(path)
        except OSError as wrong:
            raise UserError(
                f"The report {path} cannot be written: {(wrong.strerror or str(wrong)).lower()}.",
                "Choose another place, or free some space.",
            ) from wrong
    finally:
        with suppress(OSError):
            part.unlink()
