from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import pytest

from backend.posture.functions.registry import register

NOW = 1_750_000_000


class Sql:
    """A connection with all functions; `causes` collects why an answer is NULL."""

    def __init__(self) -> None:
        self.causes: list[str] = []
        self.conn = sqlite3.connect(":memory:")
        register(self.conn, NOW, self.causes.append)

    def __call__(self, name: str, *arguments: object) -> object:
        marks = ", ".join("?" * len(arguments))
        return self.conn.execute(f"SELECT {name}({marks})", arguments).fetchone()[0]


@pytest.fixture(scope="session")
def _sql() -> Iterator[Sql]:
    sql = Sql()
    yield sql
    sql.conn.close()


@pytest.fixture
def sql(_sql: Sql) -> Sql:
    _sql.causes.clear()
    return _sql


@pytest.fixture
def ask(sql: Sql) -> Callable[..., object]:
    """Calls a function and demands that NULL and a cause come together."""

    def call(name: str, *arguments: object) -> object:
        sql.causes.clear()
        result = sql(name, *arguments)
        assert (result is None) == bool(sql.causes), (name, arguments, result, sql.causes)
        return result

    return call
