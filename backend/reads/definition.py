"""The JSON of a rule, read once for each text of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

Mapped = Mapping[str, tuple[str, ...]]
NOTHING: Mapped = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Definition:
    """What a rule's file says beside its title and severity. Absent parts are ''."""

    where: str
    passes: str
    query: str
    reason: str
    rationale: str
    remediation: Mapping[str, str]  # text, cli, terraform
    frameworks: Mapped  # framework -> requirements
    equivalents: Mapped  # tool -> its checks
    tests: int


@lru_cache(maxsize=4096)
def read(text: str) -> Definition:
    """The parts of a rule's `definition` column."""
    loaded = json.loads(text)
    parts: dict[str, Any] = loaded if isinstance(loaded, dict) else {}
    remediation = parts.get("remediation")
    fixes = remediation if isinstance(remediation, dict) else {"text": remediation}
    tests = parts.get("tests")
    return Definition(
        where=_text(parts.get("where")),
        passes=_text(parts.get("pass")),
        query=_text(parts.get("query")),
        reason=_text(parts.get("reason")),
        rationale=_text(parts.get("rationale")),
        remediation=MappingProxyType({str(key): _text(value) for key, value in fixes.items() if value}),
        frameworks=_mapped(parts.get("frameworks")),
        equivalents=_mapped(parts.get("equivalents")),
        tests=len(tests) if isinstance(tests, list) else 0,
    )


@dataclass(frozen=True, slots=True)
class Heading:
    """What lists show of a rule."""

    title: str
    frameworks: Mapped
    equivalents: Mapped


def headings(conn: sqlite3.Connection, rules: Iterable[str]) -> dict[str, Heading]:
    """Headings of those `rules` that are loaded (at most 1,000 different ones)."""
    wanted = sorted(set(rules))
    marks = ",".join("?" * len(wanted))
    found: dict[str, Heading] = {}
    for id_, title, text in conn.execute(f"SELECT id, title, definition FROM rule WHERE id IN ({marks})", wanted):
        parts = read(text)
        found[id_] = Heading(title, parts.frameworks, parts.equivalents)
    return found


def account_names(conn: sqlite3.Connection) -> dict[str, str]:
    """Cloud id -> what the analyst calls the account."""
    rows = conn.execute(
        "SELECT cloud_id, name FROM account WHERE cloud_id <> '' ORDER BY kind = 'organization' DESC, id DESC"
    )
    return dict(rows.fetchall())  # the first added wins, an organization's own entry last


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _mapped(value: Any) -> Mapped:
    if not isinstance(value, dict):
        return NOTHING
    found: dict[str, tuple[str, ...]] = {}
    for key, items in value.items():
        listed = items if isinstance(items, list) else [items]
        found[str(key)] = tuple(str(item) for item in listed if item is not None)
    return MappingProxyType(found)
