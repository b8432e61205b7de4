"""A filled workspace for all read tests; nobody writes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.workspace import file
from tests.backend.reads.fill import fill


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reads") / "filled.vedette"
    fill(path, findings=4_000)
    return path


@pytest.fixture
def conn(filled: Path) -> Iterator[sqlite3.Connection]:
    connection = file.open_reader(filled)
    yield connection
    connection.close()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A small workspace of one's own, to change."""
    path = tmp_path / "own.vedette"
    fill(path, findings=400)
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
