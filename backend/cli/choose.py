"""Accounts and findings by what a person calls them."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from backend.errors import UserError

if TYPE_CHECKING:
    from backend.reads.accounts import AccountRow


def account(conn: sqlite3.Connection, name: str) -> AccountRow:
    """The account with that name, cloud id, alias or number."""
    from backend.reads import accounts

    rows = accounts.rows(conn)
    for matches in (
        [row for row in rows if row.name == name],
        [row for row in rows if name in (row.cloud_id, row.alias, str(row.id)) and name],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            names = ", ".join(row.name for row in matches)
            raise UserError(f"{name} stands for several accounts: {names}.", "Use one of these names.")
    known = ", ".join(row.name for row in rows) or "none yet"
    raise UserError(f"There is no account {name} in this workspace.", f"It has: {known}.")


def query(text: str, **terms: list[str] | None) -> str:
    """The query `text` with options added: each holds values of one field, any of which will do."""
    from backend.workspace.filter import parse
    from backend.workspace.filter.pattern import escape
    from backend.workspace.filter.tree import Term, any_of

    parsed = parse(text)
    for field, values in terms.items():
        if values:
            parsed = parsed.plus(any_of([Term(field, ":", escape(value)) for value in values]))
    return str(parsed)
