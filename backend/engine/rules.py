"""The rules of the workspace: read from their files when those have changed, and which of them are in force."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.product import VERSION, rules_root
from backend.workspace import settings

if TYPE_CHECKING:
    from backend.engine.server import Engine
    from backend.posture.rule import Problem


def user_folders(conn: sqlite3.Connection) -> list[Path]:
    """Folders of the user's own rules."""
    return [Path(one) for one in settings.get(conn, "rules.folders") if isinstance(one, str)]


def files_digest(folders: list[Path]) -> str:
    """One number for the content of all rule files, and for the program that read them."""
    digest = hashlib.sha256(VERSION.encode())
    for folder in (rules_root(), *folders):
        for path in sorted(folder.rglob("*.y*ml")) if folder.is_dir() else []:
            digest.update(str(path).encode("utf-8", "surrogateescape"))
            try:
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            except OSError:  # the loader says which file and why
                digest.update(b"unreadable")
    return digest.hexdigest()


def load_rules(engine: Engine, *, always: bool) -> list[Problem] | None:
    """Read the rule files into the workspace when they have changed (or `always`); None when nothing was to do."""
    folders = user_folders(engine.conn)
    digest = files_digest(folders)
    if not always and settings.get(engine.conn, "rules.files") == digest:
        return None
    from backend.posture.publish import publish

    with engine.writer.transaction() as conn:
        problems = publish(conn, folders)
        settings.put(conn, "rules.files", digest)
        engine.writer.changed("rule")
        engine.writer.changed("finding")
    return problems


def shown(problems: list[Problem]) -> list[dict[str, Any]]:
    """Problems as they travel: [{file, line, rule, message}]."""
    return [{"file": str(one.file), "line": one.line, "rule": one.rule, "message": one.message} for one in problems]


def enabled_digest(conn: sqlite3.Connection) -> str:
    """SHA-256 over the rules in force, as `scan.rules_digest` keeps it."""
    digest = hashlib.sha256()
    for row in conn.execute("SELECT id, severity, definition FROM rule WHERE enabled = 1 ORDER BY id"):
        digest.update(json.dumps(row).encode())
    return digest.hexdigest()
