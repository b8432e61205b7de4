"""Paging by key instead of OFFSET: any page costs the same, and none is torn by rows that come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = str | int | float | None


@dataclass(frozen=True, slots=True)
class Sort:
    """Which column leads, and which way. Each list says which columns it can be sorted by."""

    column: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """Where a row stands in a sorted list: the values of the sort's terms, the id last."""

    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """A sort in SQL: expressions with their directions (True: descending); the last is a unique id."""

    terms: tuple[tuple[str, bool], ...]

    @property
    def sql(self) -> str:
        """The ORDER BY list."""
        return self._clause(backwards=False)

    @property
    def backwards_sql(self) -> str:
        """The ORDER BY list of the reverse order."""
        return self._clause(backwards=True)

    @property
    def columns(self) -> str:
        """The key's expressions, for the SELECT list."""
        return ", ".join(expression for expression, _ in self.terms)

    def after(self, key: Key, *, backwards: bool = False) -> tuple[str, list[Value]]:
        """Condition and parameters for the rows after `key` (before it, when `backwards`)."""
        params: list[Value] = []
        condition = self._after(0, key.values, backwards, params)
        # The plain bound on the first term is what lets an index seek.
        expression, descending = self.terms[0]
        bound = "<=" if descending != backwards else ">="
        return f"{expression} {bound} ? AND ({condition})", [key.values[0], *params]

    def _after(self, at: int, values: Sequence[Value], backwards: bool, params: list[Value]) -> str:
        expression, descending = self.terms[at]
        beyond = "<" if descending != backwards else ">"
        params.append(values[at])
        if at == len(self.terms) - 1:
            return f"{expression} {beyond} ?"
        params.append(values[at])
        return f"{expression} {beyond} ? OR ({expression} = ? AND ({self._after(at + 1, values, backwards, params)}))"

    def _clause(self, *, backwards: bool) -> str:
        return ", ".join(f"{name} {'DESC' if down != backwards else 'ASC'}" for name, down in self.terms)
