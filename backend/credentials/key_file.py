"""A data key in a file beside the workspace: the weakest protection, for workspaces that hold no real secret.

A headless run without key store and passphrase still needs a key for the audit log's chain. It lies in
`NAME.vedette.key`, readable by its owner only. Whoever can copy both files has the key; what it buys is that the
workspace alone, handed over or left in a backup, gives nothing away.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import stat
from pathlib import Path

from backend.credentials.seal import KEY_BYTES
from backend.errors import UserError


def key_path(workspace: Path) -> Path:
    """Where the key of `workspace` lies: `NAME.vedette.key`."""
    return workspace.with_name(workspace.name + ".key")


def write_key_file(workspace: Path, name: str, key: bytes) -> None:
    """Write the key called `name`, 0600. A key file of another vault is kept beside it, never overwritten."""
    path = key_path(workspace)
    text = json.dumps({"name": name, "key": base64.b64encode(key).decode()}) + "\n"
    try:
        if path.exists():
            path.rename(path.with_name(f"{path.name}.{os.urandom(4).hex()}"))
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise UserError(
            f"The key file {path} cannot be written: {error.strerror}.",
            "Make its folder writable or choose another one.",
        ) from None


def read_key_file(workspace: Path, name: str) -> bytes:
    """The key called `name`; `UserError` when the file is gone, open to others, or holds another key."""
    path = key_path(workspace)
    try:
        with path.open(encoding="ascii") as stream:
            mode = os.fstat(stream.fileno()).st_mode
            text = stream.read(4096)
    except FileNotFoundError:
        raise UserError(
            f"The key file {path} is missing, and without it the vault of this workspace stays closed.",
            "Move it here together with the workspace, or reset the vault.",
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"The key file {path} cannot be read: {error}.") from None
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UserError(f"The key file {path} can be read by others than you.", f"Run: chmod 600 {path}")
    try:
        entry = json.loads(text)
        key = base64.b64decode(entry["key"], validate=True)
        if entry["name"] == name and len(key) == KEY_BYTES:
            return key
    except (ValueError, KeyError, TypeError, binascii.Error):
        pass
    raise UserError(
        f"The key file {path} does not hold the key of this workspace.",
        "Put back the key file that belongs to it, or reset the vault.",
    )


def delete_key_file(workspace: Path) -> None:
    """Remove the key file; none there is no error."""
    key_path(workspace).unlink(missing_ok=True)
