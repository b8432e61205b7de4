"""A passphrase without a person: for the command line in a pipe, and for CI.

`--passphrase-file PATH` or VEDETTE_PASSPHRASE_FILE names a file that only its owner may read; `fd:3` names an open
file descriptor instead. VEDETTE_PASSPHRASE holds the passphrase itself, for CI systems that know nothing else. It
never comes from the arguments of a command, which every process on the machine can read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import MutableMapping
from pathlib import Path

from backend.credentials.secret import Secret
from backend.errors import UserError

FILE_VARIABLE = "VEDETTE_PASSPHRASE_FILE"
VARIABLE = "VEDETTE_PASSPHRASE"
_LONGEST = 4096


def read_passphrase(source: str) -> Secret:
    """The first line of a 0600 file or of an open descriptor ("fd:3"), without its line end; else `UserError`."""
    if source.startswith("fd:"):
        return _first_line(_descriptor(source), f"file descriptor {source[3:]}")
    path = Path(source).expanduser()
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError as error:
        raise UserError(
            f"The passphrase file {path} cannot be read: {error.strerror}.", "Check its path and owner."
        ) from None
    facts = os.fstat(descriptor)
    # A pipe (process substitution) has no other readers to guard against.
    if (
        os.name == "posix"
        and stat.S_ISREG(facts.st_mode)
        and (facts.st_mode & 0o077 or facts.st_uid not in (os.getuid(), 0))
    ):
        os.close(descriptor)
        raise UserError(f"The passphrase file {path} can be read by others than you.", f"Run: chmod 600 {path}")
    return _first_line(descriptor, f"passphrase file {path}")


def passphrase_from_environment(environ: MutableMapping[str, str] = os.environ) -> Secret | None:
    """The passphrase the environment offers, or None. VEDETTE_PASSPHRASE is removed: no child inherits it."""
    plain = environ.pop(VARIABLE, None)
    source = environ.get(FILE_VARIABLE)
    if source:
        return read_passphrase(source)
    return Secret(plain) if plain else None


def _descriptor(source: str) -> int:
    try:
        descriptor = int(source[3:])
        os.fstat(descriptor)
    except (ValueError, OSError):
        raise UserError(f"The passphrase cannot be read from '{source}': no such open file descriptor.") from None
    return descriptor


def _first_line(descriptor: int, name: str) -> Secret:
    with os.fdopen(descriptor, "rb") as stream:
        line = stream.readline(_LONGEST)
    try:
        text = line.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise UserError(f"The {name} is not UTF-8 text.") from None
    if not text:
        raise UserError(f"The {name} is empty.", "Write the passphrase in its first line.")
    return Secret(text)
