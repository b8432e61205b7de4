"""Asset labels read from tags: environment, owner, criticality, sensitivity.

Tag keys have no standard, so the usual spellings are known and compared without case, `-`, `_`, `:` and spaces. What an
analyst says stands over a tag (origin 'analyst' in `asset_label`).
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterable, Mapping
from typing import Any

_KEYS = {
    "environment": ("environment", "env", "stage", "lifecycle"),
    "owner": ("owner", "team", "ownedby", "contact", "serviceowner", "businessowner"),
    "criticality": ("criticality", "tier", "businesscriticality", "importance", "servicetier"),
    "sensitivity": ("sensitivity", "dataclassification", "classification", "confidentiality", "datasensitivity"),
}
_LABEL_OF = {spelling: label for label, spellings in _KEYS.items() for spelling in spellings}
_PUNCTUATION = re.compile(r"[-_:\s./]")

_ENVIRONMENTS = {
    "prod": "production",
    "prd": "production",
    "live": "production",
    "stg": "staging",
    "stage": "staging",
    "preprod": "staging",
    "dev": "development",
    "develop": "development",
    "qa": "test",
    "testing": "test",
}
LONGEST = 200


def labels_of(tags: Mapping[str, str]) -> dict[str, str]:
    """Label -> value; the first spelling in our order wins when tags say a thing twice."""
    known = {_PUNCTUATION.sub("", key).lower(): value for key, value in tags.items()}
    found: dict[str, str] = {}
    for spelling, label in _LABEL_OF.items():
        value = str(known.get(spelling, "")).encode("utf-8", "replace").decode().strip()[:LONGEST]
        if value and label not in found:
            found[label] = _ENVIRONMENTS.get(value.lower(), value.lower()) if label == "environment" else value
    return found


def store_labels(conn: sqlite3.Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Bring `asset_label` in line with the tags of collected rows. Caller's transaction."""
    now = int(time.time())
    for row in rows:
        text = row["values"].get("tags")
        if text is None:
            continue  # not collected: what an earlier scan read still stands
        key = (row["account"], row["uid"])
        wanted = labels_of(_tags(text))
        known = dict(
            conn.execute(
                "SELECT key, value FROM asset_label WHERE account = ? AND resource = ? AND origin = 'tag'", key
            )
        )
        if wanted == known:
            continue
        conn.execute("DELETE FROM asset_label WHERE account = ? AND resource = ? AND origin = 'tag'", key)
        conn.executemany(
            "INSERT INTO asset_label (account, resource, key, value, origin, at) VALUES (?,?,?,?,'tag',?)",
            [(*key, label, value, now) for label, value in wanted.items()],
        )


def _tags(text: Any) -> dict[str, Any]:
    """Tags as an object; what is none (a provider's answer is not ours to trust) has no tags."""
    try:
        found = json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
