"""Only until backend.workspace.file exists: the least of its contract."""

from __future__ import annotations

import sqlite3
import sys
import types
from pathlib import Path


def create(path: Path) -> None:
    from sqlite_utils import Database

    from backend.workspace import schema

    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode=WAL")
    schema.migrations.apply(Database(conn))
    conn.execute(f"PRAGMA application_id={schema.APPLICATION_ID}")
    conn.execute(f"PRAGMA user_version={schema.SCHEMA_VERSION}")
    conn.commit()
    conn.close()


def open_writer(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    conn.execute("PRAGMA synchronous=NORMAL")
    conn.execute("PRAGMA foreign_keys=ON")
    return conn


def open_reader(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def install() -> None:
    try:
        import backend.workspace.file  # noqa: F401
    except ImportError:
        import backend.workspace

        module = types.ModuleType("backend.workspace.file")
        module.create, module.open_writer, module.open_reader = create, open_writer, open_reader  # type: ignore
        sys.modules["backend.workspace.file"] = module
        backend.workspace.file = module  # type: ignore
