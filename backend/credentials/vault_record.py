"""What a workspace says about its vault: one row of table `setting`, key 'vault'. It holds no key in clear.

An export leaves out every setting whose key begins with 'vault', and table `secret`.
"""

from __future__ import annotations

import base64
import binascii
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from backend.errors import UserError

Level = Literal["keystore", "passphrase", "keyfile"]
SETTING = "vault"
IDLE_SETTING = "vault.idle_minutes"


@dataclass(frozen=True)
class VaultRecord:
    """Where the data key is kept, and the audit log's key sealed by it."""

    id: str  # random; part of what each secret is bound to
    level: Level
    key_name: str  # of the entry in the key store or key file; new with each data key
    audit_key: str  # base64 of a sealed 32-byte key
    envelope: dict[str, Any] = field(default_factory=dict)  # passphrase level: the wrapped data key
    version: int = 1


def load_record(conn: sqlite3.Connection) -> VaultRecord | None:
    """The workspace's vault record, None when it has no vault yet; `UserError` when it cannot be understood."""
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (SETTING,)).fetchone()
    if row is None:
        return None
    try:
        entry = json.loads(row[0])
        if entry.get("version", 0) > 1:
            raise UserError(
                "The vault of this workspace was made by a newer version of the product.", "Update the product."
            )
        record = VaultRecord(**entry)
        base64.b64decode(record.audit_key, validate=True)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        record = None
    texts = (record.id, record.level, record.key_name) if record else ()
    if record is None or not all(isinstance(text, str) for text in texts) or record.level not in get_args(Level):
        raise UserError(
            "The vault entry of this workspace is damaged.",
            "Restore the workspace from a copy, or reset the vault and enter the secrets of its accounts again.",
        )
    return record


def save_record(conn: sqlite3.Connection, record: VaultRecord) -> None:
    """Write the record, in the caller's transaction."""
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (SETTING, json.dumps(asdict(record))),
    )


def load_idle_minutes(conn: sqlite3.Connection, default: int) -> int:
    """After how many idle minutes the vault locks itself; 0 is never."""
    row = conn.execute("SELECT value FROM setting WHERE key = ?", (IDLE_SETTING,)).fetchone()
    try:
        return max(0, int(json.loads(row[0]))) if row else default
    except (ValueError, TypeError):
        return default


def save_idle_minutes(conn: sqlite3.Connection, minutes: int) -> None:
    """Keep the idle time with the workspace."""
    conn.execute(
        "INSERT INTO setting (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (IDLE_SETTING, json.dumps(minutes)),
    )


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[None]:
    """A BEGIN IMMEDIATE transaction, or the caller's own when one is open."""
    if conn.in_transaction:
        yield
        return
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        conn.execute("ROLLBACK")
        raise
    conn.execute("COMMIT")
