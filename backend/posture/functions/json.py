"""Small questions to JSON columns that SQLite's own functions cannot answer without a subquery."""

from __future__ import annotations

from functools import lru_cache

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, load_json, load_list
from backend.posture.functions.globs import matches, tidy

_SHORT = 1_024  # characters; a longer text is read anew each time, so that memory stays bounded


def json_len(value: SqlValue) -> int:
    """How many items a JSON list, or keys a JSON object, has; '' has none."""
    if value in ("", "[]", "{}"):
        return 0
    loaded = load_json(value, "the value")
    if isinstance(loaded, list | dict):
        return len(loaded)
    raise BadInput("the value is neither a JSON list nor a JSON object")


def json_has(items: SqlValue, value: SqlValue) -> int:
    """1 when the JSON list holds `value` itself; text is never equal to a number, true is 1."""
    return int(value in (_known_members(items) if isinstance(items, str) and len(items) <= _SHORT else _members(items)))


def json_any_like(items: SqlValue, glob: SqlValue) -> int:
    """1 when a text of the JSON list fits `glob` (* and ?, case counts)."""
    pattern = tidy(as_text(glob, "the pattern"))
    return int(any(matches(pattern, item) for item in load_list(items, "the list") if isinstance(item, str)))


def _members(items: SqlValue) -> frozenset[str | int | float]:
    return frozenset(item for item in load_list(items, "the list") if isinstance(item, str | int | float))


# A subquery asks it of all lists for every row (which roles hold this policy?), so all must be remembered or none is.
_known_members = lru_cache(maxsize=16_384)(_members)
