"""The security functions inside a rule's verdict, each call told which resource it is for and whether it can hide.

A function that cannot judge its input gives NULL and a recorded cause. At the top of an expression that NULL makes the
verdict unknown by itself; inside a subquery, or under COALESCE or CASE, it disappears: `NOT EXISTS (… WHERE
policy_allows_public(p.policy))` is true of a policy nobody can read. So every call in `where` and `pass` is rewritten,
`f(x)` to `f__row(aws_x.row_id, hides, x)`: the cause is then known by the very resource it taints. As the call names
the outer row, SQLite cannot compute its subquery once and keep the answer for all rows, which would lose the cause.
"""

from __future__ import annotations

import itertools
import sqlite3
from dataclasses import dataclass
from functools import partial

from backend.posture.functions.arguments import SqlValue
from backend.posture.functions.registry import FUNCTIONS
from backend.posture.functions.sql_function import Result, SqlFunction, evaluate
from backend.posture.lex import tokens

SUFFIX = "__row"
ROW_FUNCTIONS = frozenset(name + SUFFIX for name in FUNCTIONS)
MOST_CAUSES = 3  # per resource: what a reason can show

_HIDERS = frozenset("CASE COALESCE IFNULL IIF IS ISNULL NOTNULL NULL TYPEOF JSON_ARRAY JSON_OBJECT".split())
"""Words under which a NULL can become something else without a subquery."""


@dataclass(frozen=True)
class Causes:
    """Why functions could not judge, for one resource. `hidden`: of calls whose NULL may not show in the verdict."""

    hidden: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()


class CauseBook:
    """Causes of the statement under way, by row id."""

    def __init__(self) -> None:
        self._of: dict[int, dict[str, bool]] = {}

    def note(self, row: int, hides: bool, cause: str) -> None:
        """Remember one, unless the row has enough of its kind."""
        known = self._of.setdefault(row, {})
        if cause in known:
            known[cause] |= hides
        elif list(known.values()).count(hides) < MOST_CAUSES:
            known[cause] = hides

    def take(self, row: int) -> Causes:
        """The causes of a row, and forget them."""
        known = self._of.pop(row, {})
        return Causes(
            tuple(sorted(cause for cause, hides in known.items() if hides)),
            tuple(sorted(cause for cause, hides in known.items() if not hides)),
        )

    def clear(self) -> None:
        """Forget all."""
        self._of.clear()


def register_row_functions(conn: sqlite3.Connection, now: int, book: CauseBook) -> None:
    """Make `f__row(row id, hides, …)` callable for each function."""

    def call(function: SqlFunction, row: int, hides: int, *arguments: SqlValue) -> Result:
        result, cause = evaluate(function, arguments, now)
        if cause:
            book.note(row, bool(hides), cause)
        return result

    for function in FUNCTIONS.values():
        for arity in function.arity:
            conn.create_function(function.name + SUFFIX, arity + 2, partial(call, function), deterministic=True)


def for_row(sql: str, row: str) -> str:
    """The expression with each security function called by its `__row` form; `row` is SQL for the row's id."""
    found = tokens(sql)
    hides = any(token.kind == "word" and token.text.upper() in _HIDERS for token in found)
    parts: list[str] = []
    position = 0
    for token, following in itertools.pairwise(found):
        if token.kind == "word" and token.text.lower() in FUNCTIONS and following.text == "(":
            parts += [sql[position : token.position], token.text.lower() + SUFFIX]
            parts.append(f"({row}, {int(hides or token.depth > 0)}, ")
            position = following.position + 1
    return "".join(parts) + sql[position:]
