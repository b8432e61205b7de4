"""Labels from tags, in the spellings people use."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from backend.inventory.labels import LONGEST, labels_of, store_labels
from backend.workspace.schema import migrations


@pytest.mark.parametrize(
    ("tags", "labels"),
    [
        ({"Environment": "prod"}, {"environment": "production"}),
        ({"env": "Staging", "Team": "orders"}, {"environment": "staging", "owner": "orders"}),
        ({"data-classification": "PII", "Tier": "1"}, {"sensitivity": "PII", "criticality": "1"}),
        ({"owner": "a@x.example", "team": "b"}, {"owner": "a@x.example"}),
        ({"Name": "web-1", "cost_center": "7"}, {}),
        ({"environment": "  "}, {}),
    ],
)
def test_spellings(tags: dict[str, str], labels: dict[str, str]) -> None:
    assert labels_of(tags) == labels


@given(st.dictionaries(st.text(), st.text()))
def test_any_tags_give_bounded_labels(tags: dict[str, str]) -> None:
    found = labels_of(tags)
    assert set(found) <= {"environment", "owner", "criticality", "sensitivity"}
    assert all(0 < len(value) <= LONGEST + 20 for value in found.values())


@pytest.fixture
def conn() -> Iterator[sqlite3.Connection]:
    made = sqlite3.connect(":memory:", isolation_level=None)
    migrations.apply(Database(made))
    yield made
    made.close()


def _row(tags: dict[str, str] | None) -> dict[str, Any]:
    values = {} if tags is None else {"tags": json.dumps(tags)}
    return {"account": "1", "uid": "u", "values": values}


def test_tags_follow_the_scans_and_the_analysts_word_stays(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO asset_label VALUES ('1', 'u', 'owner', 'me', 'analyst', 1)")

    def labels() -> list[tuple[str, str, str]]:
        return conn.execute("SELECT key, value, origin FROM asset_label ORDER BY key, origin").fetchall()

    store_labels(conn, [_row({"env": "prod", "owner": "them"})])
    assert labels() == [("environment", "production", "tag"), ("owner", "me", "analyst"), ("owner", "them", "tag")]
    store_labels(conn, [_row(None)])
    assert len(labels()) == 3
    store_labels(conn, [_row({})])
    assert labels() == [("owner", "me", "analyst")]
