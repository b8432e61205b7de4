"""Small questions to JSON columns that SQLite's own functions cannot answer without a subquery."""

from __future__ import annotations

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, load_json, load_list
from backend.posture.functions.globs import matches, tidy


def json_len(value: SqlValue) -> int:
    """How many items a JSON list, or keys a JSON object, has; '' has none."""
    if value == "":
        return 0
    loaded = load_json(value, "the value")
    if isinstance(loaded, list | dict):
        return len(loaded)
    raise BadInput("the value is neither a JSON list nor a JSON object")


def json_has(items: SqlValue, value: SqlValue) -> int:
    """1 when the JSON list holds `value` itself; text is never equal to a number, true is 1."""
    return int(any(_same(item, value) for item in load_list(items, "the list")))


def json_any_like(items: SqlValue, glob: SqlValue) -> int:
    """1 when a text of the JSON list fits `glob` (* and ?, case counts)."""
    pattern = tidy(as_text(glob, "the pattern"))
    return int(any(matches(pattern, item) for item in load_list(items, "the list") if isinstance(item, str)))


def _same(item: object, value: SqlValue) -> bool:
    if isinstance(item, str) or isinstance(value, str):
        return isinstance(item, str) and isinstance(value, str) and item == value
    return isinstance(item, int | float) and isinstance(value, int | float) and item == value
