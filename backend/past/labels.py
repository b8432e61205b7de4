"""Asset labels by then: from the tags that the scans saw, and those by hand that are no younger.

A label by hand is kept as it is now only; one that was changed or removed since the moment is not known any more.
"""

from __future__ import annotations

import json
import sqlite3

from backend.inventory import catalog
from backend.inventory.labels import labels_of
from backend.past.plan import PastAccount, Plan
from backend.workspace.writer import insert_many


def put(source: sqlite3.Connection, past: sqlite3.Connection, plan: Plan) -> None:
    """Write them into `past`."""
    for account in plan.accounts:
        rows = (
            (account.cloud_id, resource, key, value, "tag", account.used.at)
            for resource, labels in _of_tags(past, account).items()
            for key, value in labels.items()
        )
        insert_many(past, "asset_label", ("account", "resource", "key", "value", "origin", "at"), rows)
        by_hand = source.execute(
            "SELECT account, resource, key, value, origin, at FROM main.asset_label"
            " WHERE account = ? AND origin = 'analyst' AND at <= ?",
            (account.cloud_id, plan.moment.at),
        )
        insert_many(past, "asset_label", ("account", "resource", "key", "value", "origin", "at"), by_hand)


def _of_tags(past: sqlite3.Connection, account: PastAccount) -> dict[str, dict[str, str]]:
    """Resource -> labels by its newest tags; what was not collected leaves what an earlier scan read."""
    found: dict[str, dict[str, str]] = {}
    for table in catalog.tables().values():
        if "tags" not in table.by_name:
            continue
        query = f"SELECT uid, tags FROM {table.name} WHERE account = ? AND tags IS NOT NULL ORDER BY row_id"
        for uid, text in past.execute(query, (account.cloud_id,)):
            tags = json.loads(text)
            found[uid] = labels_of(tags) if isinstance(tags, dict) else {}
    return found
