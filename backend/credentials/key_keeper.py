"""Where a vault's data key is kept: in the key store, wrapped by a passphrase, or in a file beside the workspace."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from backend.credentials import key_file, passphrase
from backend.credentials.keystore import KeyStore, describe_key_store
from backend.credentials.passphrase import WrongPassphrase
from backend.credentials.prompt import Prompt
from backend.credentials.secret import Secret
from backend.credentials.vault_record import VaultRecord
from backend.errors import UserError

_ATTEMPTS = 3


class KeyKeeper:
    """Keeps, fetches and destroys data keys of one workspace (`path` is None for one in memory)."""

    def __init__(self, path: Path | None, key_store: KeyStore | None) -> None:
        self._path, self.key_store = path, key_store
        self.name = f"workspace {path.name}" if path else "the workspace in memory"

    def keep(self, record: VaultRecord, key: bytes, new: Secret | None) -> VaultRecord:
        """Put `key` where the record's level says, before the record is committed; returns the record to commit."""
        if record.level == "keystore":
            self._store().write(record.key_name, key)
        elif record.level == "keyfile":
            key_file.write_key_file(self._file(), record.key_name, key)
        elif new is None:
            raise ValueError("the passphrase level needs a passphrase")
        else:
            passphrase.check_strength(new)
            return replace(record, envelope=passphrase.wrap(key, new, record.id))
        return record

    def fetch(self, record: VaultRecord, given: Secret | None, prompt: Prompt) -> bytes:
        """The data key of a record. A passphrase is taken from `given` (one try) or asked for (three)."""
        if record.level == "keystore":
            key = self._store().read(record.key_name)
            if key is None:
                raise UserError(
                    f"The key of {self.name} is not in the key store ({self._store().title}).",
                    "Open it where it was made, as the same user, or reset the vault and enter its secrets again.",
                )
            return key
        if record.level == "keyfile":
            return key_file.read_key_file(self._file(), record.key_name)
        if given is not None:
            return passphrase.unwrap(record.envelope, given, record.id)
        for attempt in range(1, _ATTEMPTS + 1):
            again = "That was not it. " if attempt > 1 else ""
            answer = Secret(prompt("passphrase", f"{again}Passphrase of {self.name}", new=False, attempt=attempt))
            try:
                return passphrase.unwrap(record.envelope, answer, record.id)
            except WrongPassphrase:
                continue
        raise WrongPassphrase(
            f"None of {_ATTEMPTS} passphrases opens the vault of {self.name}.", "Look it up and try again."
        )

    def discard(self, old: VaultRecord) -> None:
        """Destroy the key of a former level; one out of reach now opens nothing any more anyway."""
        if old.level == "keyfile" and self._path is not None:
            key_file.delete_key_file(self._path)
        elif old.level == "keystore" and self.key_store is not None:
            with suppress(UserError):
                self.key_store.delete(old.key_name)

    def ask_new(self, prompt: Prompt) -> Secret:
        """A new passphrase from a person."""
        return Secret(prompt("passphrase", f"New passphrase for {self.name}", new=True, attempt=1))

    def protection(self, level: str) -> str:
        """One sentence for people about a level."""
        title = self.key_store.title if self.key_store else "which is not available here"
        file = key_file.key_path(self._path).name if self._path else "nowhere"
        return {
            "keystore": f"The data key is kept in the operating system's key store ({title}).",
            "passphrase": "The data key is wrapped by a passphrase (argon2id, AES-256-GCM).",
            "keyfile": f"Weak: the data key lies in a file beside the workspace ({file}); who can copy both files can "
            "read the secrets and rewrite the audit log.",
        }.get(level, "This workspace has no vault yet.")

    def _store(self) -> KeyStore:
        if self.key_store is None:
            raise UserError(
                f"The key of {self.name} is kept in a key store. {describe_key_store()}", "Start it, and try again."
            )
        return self.key_store

    def _file(self) -> Path:
        if self._path is None:
            raise UserError("A workspace in memory has no place for a key file.", "Create it as a file.")
        return self._path
