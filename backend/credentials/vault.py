"""The vault of a workspace: opened by the engine alone, it keeps secrets as sealed rows of table `secret`.

All hangs on one random 32-byte data key, which is never in the workspace in clear. Where it is kept is the vault's
level:

* `keystore`: in the operating system's key store. Used whenever there is one.
* `passphrase`: in the workspace, wrapped by a passphrase (argon2id, AES-256-GCM).
* `keyfile`: in a 0600 file beside the workspace. Weak, and said so. It is what a run gets that has neither key store
  nor passphrase and stores no secret: the audit log's chain needs a key even then, and an unattended scan by profile
  must not stop for a question. The demo uses it on purpose. Before the first real secret is stored the vault leaves
  this level: for the key store, else for a new passphrase, and when nobody gives one the secret is refused.

A passphrase from `--passphrase-file` or the environment counts as the user's choice of the `passphrase` level.

Changing level or passphrase makes a new data key and seals every secret again, so that an old key file, key-store
entry or copy of the workspace with an old passphrase opens nothing stored since. The audit log's own key (random,
sealed by the data key) stays the same through such changes, since its chain must go on: rows written while a key file
was used are protected only as well as that file was. `lock()` forgets the data key but not the audit key, which opens
no secret.
"""

from __future__ import annotations

import base64
import os
import sqlite3
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from backend.credentials import passphrase
from backend.credentials.key_keeper import KeyKeeper
from backend.credentials.keystore import KeyStore, describe_key_store, find_key_store
from backend.credentials.prompt import Prompt, PromptRefused, nobody
from backend.credentials.seal import KEY_BYTES, SealBroken, seal, unseal
from backend.credentials.secret import Secret
from backend.credentials.vault_record import (
    Level,
    VaultRecord,
    load_idle_minutes,
    load_record,
    save_idle_minutes,
    save_record,
    transaction,
)
from backend.errors import UserError

State = Literal["absent", "locked", "unlocked"]
IDLE_MINUTES = 30
_AUDIT = "audit-key"


@dataclass(frozen=True)
class VaultDescription:
    """What Settings and `vedette vault` show."""

    state: State
    level: Level | Literal[""]
    protection: str  # one sentence
    weak: bool
    key_store: str  # one sentence: which key store is there, or why none
    idle_minutes: int  # 0: never locks itself
    secrets: int  # how many are stored


class Vault:
    """Secrets of one workspace. Not for several threads: it lives where the writer connection lives."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        prompt: Prompt,
        key_store: KeyStore | None,
        given: Secret | None,
        prefer: Level | None,
        clock: Callable[[], float],
    ) -> None:
        self._conn, self._prompt, self._clock = conn, prompt, clock
        self._given, self._prefer = given, prefer
        self._keeper = KeyKeeper(_path_of(conn), key_store)
        self._damage: UserError | None = None
        self._record: VaultRecord | None = None
        try:
            self._record = load_record(conn)
        except UserError as error:  # told on unlock, so that what needs no secret works, and reset() too
            self._damage = error
        self._idle_minutes = load_idle_minutes(conn, IDLE_MINUTES)
        self._key: bytes | None = None
        self._audit_key: bytes | None = None
        self._used_at = clock()

    @classmethod
    def open(
        cls,
        conn: sqlite3.Connection,
        prompt: Prompt = nobody,
        *,
        key_store: KeyStore | Literal["find"] | None = "find",
        given: Secret | None = None,
        prefer: Level | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> Vault:
        """The vault of the workspace `conn` writes to, still locked (or absent). Asks nothing.

        `given` is a passphrase from a file or the environment; `prefer` the level for a vault yet to be made.
        """
        return cls(conn, prompt, find_key_store() if key_store == "find" else key_store, given, prefer, clock)

    # -- state

    @property
    def state(self) -> State:
        """absent: no vault yet; `unlock()` makes one."""
        if self._record is None:
            return "locked" if self._damage else "absent"
        return "unlocked" if self._key else "locked"

    @property
    def level(self) -> Level | Literal[""]:
        """Where the data key is kept; '' when there is no vault yet."""
        return self._record.level if self._record else ""

    def needs_passphrase(self) -> bool:
        """Whether unlocking now would ask a person."""
        return self.state == "locked" and self.level == "passphrase" and self._given is None

    def needs_new_passphrase(self) -> bool:
        """Whether storing a secret now would first ask for a new passphrase."""
        future = self.level or self._first_level()
        return future == "keyfile" and self._keeper.key_store is None and self._given is None

    def describe(self) -> VaultDescription:
        """State and protection, in words. Opens nothing."""
        count = self._conn.execute("SELECT count(*) FROM secret").fetchone()[0]
        return VaultDescription(
            self.state,
            self.level,
            self._keeper.protection(self.level),
            self.level == "keyfile",
            describe_key_store(self._keeper.key_store),
            self._idle_minutes,
            int(count),
        )

    # -- opening and closing

    def unlock(self, given: Secret | None = None, prompt: Prompt | None = None) -> None:
        """Open the vault, making it first where there is none. Does nothing when it is open.

        `given` is tried once (`WrongPassphrase`). Otherwise the passphrase level asks `prompt`, three times at most;
        making a vault asks nothing. `UserError` when the key store or key file does not give the key.
        """
        if self._key is not None:
            self._touch()
            return
        if self._damage is not None:
            raise self._damage
        if self._record is None:
            self._make(given)
        else:
            key = self._keeper.fetch(self._record, given or self._given, prompt or self._prompt)
            try:
                self._audit_key = unseal(key, base64.b64decode(self._record.audit_key), _AUDIT, self._record.id)
            except SealBroken:
                raise UserError(
                    "The key that was found does not belong to the vault of this workspace.",
                    "Restore the workspace or its key from a copy, or reset the vault.",
                ) from None
            self._key = key
        self._touch()

    def lock(self) -> None:
        """Forget the data key. The audit log goes on; the next secret asks for the passphrase again."""
        self._key = None

    def lock_if_idle(self) -> bool:
        """Lock when no secret was used for the set time; True when it locked now. For the engine's timer."""
        if self._key is None or not self._idle_minutes or self._clock() - self._used_at < 60 * self._idle_minutes:
            return False
        self.lock()
        return True

    def set_idle_minutes(self, minutes: int) -> None:
        """Lock after so many idle minutes; 0 is never."""
        with transaction(self._conn):
            save_idle_minutes(self._conn, max(0, minutes))
        self._idle_minutes = max(0, minutes)

    # -- secrets

    def put(self, purpose: str, secret: Secret, *, weak_ok: bool = False) -> int:
        """Store a secret and return its row id, in the caller's transaction if one is open.

        A vault at the `keyfile` level is strengthened first (see the module); `weak_ok` keeps it there, for the demo's
        made-up keys. `UserError` when that needs a passphrase and nobody gives one.
        """
        self._open_key()
        if self.level == "keyfile" and not weak_ok:
            self._strengthen()
        key, record = self._open_key()
        # Random, not the next free number: a deleted row's blob must not fit a later row.
        row = int.from_bytes(os.urandom(6), "big") or 1
        blob = seal(key, secret.reveal().encode(), purpose, f"{record.id}/{row}")
        with transaction(self._conn):
            self._conn.execute(
                "INSERT INTO secret (id, purpose, blob, created_at) VALUES (?, ?, ?, ?)",
                (row, purpose, blob, int(time.time())),
            )
        return row

    def get(self, row: int) -> Secret:
        """The secret of a row. `UserError` when it is gone or was not sealed here."""
        key, record = self._open_key()
        found = self._conn.execute("SELECT purpose, blob FROM secret WHERE id = ?", (row,)).fetchone()
        if found is None:
            raise UserError("The stored secret of this account is gone.", "Enter it again in Accounts.")
        return Secret(_open_blob(key, record, row, found[0], found[1]).decode())

    def delete(self, row: int) -> None:
        """Remove a secret; needs no key. A row that is not there is no error."""
        with transaction(self._conn):
            self._conn.execute("DELETE FROM secret WHERE id = ?", (row,))

    def mac_key(self) -> bytes:
        """The 32-byte key of the audit log's HMAC chain; unlocks the vault the first time."""
        if self._audit_key is None:
            self.unlock()
        if self._audit_key is None:
            raise RuntimeError("the vault says it is open and is not")
        return self._audit_key

    # -- changing protection

    def protect(self, level: Literal["keystore", "passphrase"], new: Secret | None = None) -> None:
        """Move to another level, or to a new passphrase: a new data key, every secret sealed again, the old key gone.

        `new` is the new passphrase (asked for when not given). Not inside a transaction: the old key is destroyed after
        the commit.
        """
        self._refuse_in_transaction()
        old_key, old = self._open_key()
        if level == "passphrase" and new is None:
            new = self._keeper.ask_new(self._prompt)
        key = os.urandom(KEY_BYTES)
        record = replace(old, level=level, key_name=_key_name(old.id), envelope={})
        record = self._keeper.keep(record, key, new)
        record = replace(record, audit_key=_sealed_audit_key(key, self.mac_key(), record.id))
        with transaction(self._conn):
            for row, purpose, blob in self._conn.execute("SELECT id, purpose, blob FROM secret").fetchall():
                plain = _open_blob(old_key, old, row, purpose, blob)
                self._conn.execute(
                    "UPDATE secret SET blob = ? WHERE id = ?", (seal(key, plain, purpose, f"{record.id}/{row}"), row)
                )
            save_record(self._conn, record)
        self._record, self._key = record, key
        if level == "passphrase":
            self._given = new if self._given else None  # the one given at the start no longer opens it
        self._keeper.discard(old)

    def change_passphrase(self, old: Secret | None = None, new: Secret | None = None) -> None:
        """Set a new passphrase; the old one must be given or is asked for even when the vault is open."""
        if self._record is None or self._record.level != "passphrase":
            raise UserError("This vault has no passphrase.", "Choose passphrase protection first.")
        old = old or Secret(
            self._prompt("passphrase", f"Present passphrase of {self._keeper.name}", new=False, attempt=1)
        )
        passphrase.unwrap(self._record.envelope, old, self._record.id)
        self.unlock(old)
        self.protect("passphrase", new)

    def reset(self) -> int:
        """Give up a vault that cannot be opened: delete its secrets and record. Returns how many secrets went.

        The audit log's key goes too: the caller must have the log begin a new chain.
        """
        self._refuse_in_transaction()
        old = self._record
        with transaction(self._conn):
            gone = self._conn.execute("DELETE FROM secret").rowcount
            self._conn.execute("DELETE FROM setting WHERE key = 'vault'")
        self._record = self._key = self._audit_key = self._damage = None
        if old is not None:
            self._keeper.discard(old)
        return gone

    # -- inside

    def _open_key(self) -> tuple[bytes, VaultRecord]:
        self.lock_if_idle()
        self.unlock()
        if self._key is None or self._record is None:
            raise RuntimeError("the vault says it is open and is not")
        return self._key, self._record

    def _touch(self) -> None:
        self._used_at = self._clock()

    def _first_level(self) -> Level:
        if self._prefer:
            return self._prefer
        return "passphrase" if self._given else "keystore" if self._keeper.key_store else "keyfile"

    def _make(self, given: Secret | None) -> None:
        self._refuse_in_transaction()
        given = given or self._given
        level: Level = self._prefer or ("passphrase" if given else self._first_level())
        key, audit_key, name = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES), uuid.uuid4().hex
        record = VaultRecord(name, level, _key_name(name), _sealed_audit_key(key, audit_key, name))
        if level == "passphrase" and given is None:
            given = self._keeper.ask_new(self._prompt)
        record = self._keeper.keep(record, key, given)
        with transaction(self._conn):
            save_record(self._conn, record)
        self._record, self._key, self._audit_key = record, key, audit_key

    def _strengthen(self) -> None:
        if self._keeper.key_store is not None and self._given is None:
            self.protect("keystore")
            return
        try:
            self.protect("passphrase", self._given)
        except PromptRefused as error:
            raise UserError(
                "No secret is stored in this workspace: there is no key store here, and nobody gave a passphrase.",
                "Give one with --passphrase-file, or use a named profile, which needs no stored secret.",
            ) from error

    def _refuse_in_transaction(self) -> None:
        if self._conn.in_transaction:
            raise RuntimeError("the vault is made, moved and reset outside of transactions: a rollback loses its key")


def _path_of(conn: sqlite3.Connection) -> Path | None:
    for _, name, file in conn.execute("PRAGMA database_list"):
        if name == "main" and file:
            return Path(file)
    return None


def _key_name(vault_id: str) -> str:
    return f"workspace {vault_id} key {os.urandom(4).hex()}"


def _sealed_audit_key(key: bytes, audit_key: bytes, vault_id: str) -> str:
    return base64.b64encode(seal(key, audit_key, _AUDIT, vault_id)).decode()


def _open_blob(key: bytes, record: VaultRecord, row: int, purpose: str, blob: bytes) -> bytes:
    try:
        return unseal(key, blob, purpose, f"{record.id}/{row}")
    except SealBroken:
        raise UserError(
            f"A stored secret ({purpose}) does not open: it was changed, or it comes from another workspace.",
            "Delete it and enter it again in Accounts.",
        ) from None
