from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.workspace import file
from tests.backend.reports import company


@pytest.fixture(scope="session")
def company_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's workspace; tests only read it."""
    path = tmp_path_factory.mktemp("company") / "company.vedette"
    company.fill(path)
    return path


@pytest.fixture
def company_conn(company_path: Path) -> Iterator[sqlite3.Connection]:
    """A reader of the company's workspace."""
    conn = file.open_reader(company_path)
    yield conn
    conn.close()


@pytest.fixture
def make(workspace_path: Path) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Makes an empty workspace and returns a writer of it."""
    made: list[sqlite3.Connection] = []

    def create() -> sqlite3.Connection:
        file.create(workspace_path)
        made.append(file.open_writer(workspace_path))
        return made[-1]

    yield create
    for conn in made:
        conn.close()
