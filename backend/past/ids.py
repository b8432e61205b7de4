"""Findings under the ids that they have at present, and the comments that were on them."""

from __future__ import annotations

import sqlite3

from backend.workspace.writer import transaction

_KEY = "rule, account, resource"


def keep(source: sqlite3.Connection, past: sqlite3.Connection) -> None:
    """Give each finding its present id; one that has none gets a negative one, which no decision can hit."""
    now = {row[1:]: row[0] for row in source.execute(f"SELECT id, {_KEY} FROM main.finding")}
    moves = [(now.get(row[1:], -row[0]), row[0]) for row in past.execute(f"SELECT id, {_KEY} FROM finding ORDER BY id")]
    beyond = max([abs(one) for move in moves for one in move], default=0) + 1
    with transaction(past):
        for table, column in (("finding", "id"), ("finding_history", "finding")):
            # Beyond all ids first: a new id may still be another's old one.
            past.execute(f"UPDATE {table} SET {column} = {column} + ?", (beyond,))
            past.executemany(
                f"UPDATE {table} SET {column} = ? WHERE {column} = ?", ((new, old + beyond) for new, old in moves)
            )


def comments(source: sqlite3.Connection, past: sqlite3.Connection, until: int) -> None:
    """The comments that were made by then."""
    rows = source.execute(
        f"SELECT comment.at, who, text, {_KEY} FROM main.comment JOIN main.finding ON finding.id = comment.finding"
        " WHERE comment.at <= ? ORDER BY comment.id",
        (until,),
    )
    with transaction(past):
        for at, who, text, *key in rows:
            past.execute(
                "INSERT INTO comment (finding, at, who, text) SELECT id, ?, ?, ? FROM finding"
                " WHERE rule = ? AND account = ? AND resource = ?",
                (at, who, text, *key),
            )
