from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from sqlite_utils import Database

from backend.credentials.keystore import KeyStore
from backend.workspace.schema import migrations


class DesktopKeyring(KeyringBackend):
    """A key store of the desktop, as far as `keyring` shows it to us."""

    priority = 5  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise RuntimeError(f"locked; it holds {sorted(self.entries.values())}")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.entries[(service, username)]


@pytest.fixture
def desktop() -> DesktopKeyring:
    return DesktopKeyring()


@pytest.fixture
def key_store(desktop: DesktopKeyring) -> KeyStore:
    return KeyStore(desktop, "a desktop")


def connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    return conn


@pytest.fixture
def conn(workspace_path: Path) -> Iterator[sqlite3.Connection]:
    conn = connect(workspace_path)
    migrations.apply(Database(conn))
    yield conn
    conn.close()
