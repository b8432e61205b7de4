"""What one SQL part of a rule reads, told apart: the resource's own row, and rows beyond it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.inventory.table import ResourceTable
from backend.posture.lex import SqlRefused, tokens
from backend.posture.row_functions import SUFFIX
from backend.posture.sandbox import OWN, Read, Sandbox

_REFUSED = {
    "RECURSIVE": "a recursive query could run for ever",
    # SQLite does not report the columns that these two compare, so a table behind them would go unseen.
    "NATURAL": "NATURAL JOIN compares columns without naming them: write JOIN … ON",
    "USING": "USING compares columns without naming their tables: write JOIN … ON",
}


class PartRefused(ValueError):
    """A part cannot be accepted; the message names it."""


@dataclass(frozen=True)
class Part:
    """`own`: columns of the resource's own row. `related`: (table, column) of other rows, '' when only counted."""

    own: frozenset[str] = frozenset()
    related: frozenset[Read] = frozenset()


def read_expression(name: str, sql: str, table: ResourceTable, sandbox: Sandbox) -> Part:
    """What an expression over one row of `table` reads.

    It is looked at as a WHERE: there SQLite itself refuses an aggregate or window over the rule's own rows, which would
    make one row of all resources.

    Raises:
        PartRefused: for words a rule may not use; sqlite3.Error: for what SQLite or the sandbox refuses.
    """
    _lex(name, sql)
    reads = sandbox.reads_of(f"SELECT 1 FROM {sandbox.own_row(table)} AS {table.name} WHERE ({sql})")
    own = frozenset(column for source, column in reads if source == OWN and column)
    return Part(own, frozenset(read for read in reads if read[0] != OWN))


def read_query(sql: str, table: ResourceTable, sandbox: Sandbox) -> Part:
    """What a whole SELECT reads. It may hide anything, so its rule's own table counts as related, too."""
    _lex("query", sql)
    reads = sandbox.reads_of(sql)
    return Part(frozenset(column for source, column in reads if source == table.name and column), frozenset(reads))


def _lex(part: str, sql: str) -> None:
    try:
        found = tokens(sql)
    except SqlRefused as refused:
        raise PartRefused(f"`{part}`, character {refused.position + 1}: {refused}") from refused
    for token in found:
        if token.kind != "word":
            continue
        if token.text.upper() in _REFUSED:
            raise PartRefused(f"`{part}`: {_REFUSED[token.text.upper()]}")
        if token.text.lower().endswith(SUFFIX):
            raise PartRefused(f"`{part}`: a rule may not call {token.text}()")
