"""A query as a parameterised SQL condition. No text of the query ever becomes SQL."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeAlias

from backend.workspace.filter import moment
from backend.workspace.filter import pattern as patterns
from backend.workspace.filter.errors import FilterError
from backend.workspace.filter.fields import Choice, Field, FieldKind, FieldSet
from backend.workspace.filter.grammar import parse
from backend.workspace.filter.tree import And, Node, Not, Query, Term, Text, leaves

Parameter: TypeAlias = str | int | float
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_COMPARE = {":": "=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}
_MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """A query bound to the fields of a list and to a moment: what every read takes.

    `sql` is a condition over the list's table, `params` its parameters in order.
    """

    query: Query
    fields: FieldSet
    now: int
    scoped: bool
    sql: str
    params: tuple[Parameter, ...]
    asked: Query  # decides which of the list's defaults apply, also after `without`

    def without(self, names: Iterable[str]) -> Filter:
        """The same filter, less those top-level parts that speak of nothing but `names`.

        The list's defaults stay as this filter has them.
        """
        return _bind(self.query.without(frozenset(names)), self.fields, self.now, self.scoped, self.asked)


def to_filter(query: Query | str, fields: FieldSet, *, now: int | None = None, scoped: bool = True) -> Filter:
    """Bind `query` to `fields`; raises `FilterError` for an unknown field or a value it cannot have.

    `now` (epoch seconds) is what ages count back from. With `scoped`, the list's defaults apply unless the
    query speaks of them.
    """
    parsed = parse(query) if isinstance(query, str) else query
    return _bind(parsed, fields, int(time.time()) if now is None else now, scoped, parsed)


def to_sql(query: Query, fields: FieldSet, *, now: int) -> tuple[str, list[Parameter]]:
    """The condition and its parameters, without the list's defaults."""
    if query.root is None:
        return "1", []
    params: list[Parameter] = []
    return _node(query.root, fields, now, params), params


def _bind(query: Query, fields: FieldSet, now: int, scoped: bool, asked: Query) -> Filter:
    sql, params = to_sql(query, fields, now=now)
    if scoped:
        mentioned = _mentioned(asked, fields)
        conditions = [default.condition for default in fields.defaults if not default.fields & mentioned]
        sql = " AND ".join([*conditions, *([sql] if sql != "1" else [])]) or "1"
    return Filter(query, fields, now, scoped, sql, tuple(params), asked)


def _mentioned(query: Query, fields: FieldSet) -> set[str]:
    """Fields of the query, and `field:value` for each choice its terms stand for."""
    found: set[str] = set(query.fields())
    for leaf in leaves(query.root):
        if isinstance(leaf, Term) and leaf.field in fields.fields:
            choices = fields.fields[leaf.field].choices
            found.update(f"{leaf.field}:{one.value}" for one in choices if _matches(leaf.pattern, one.value))
    return found


def _node(node: Node, fields: FieldSet, now: int, params: list[Parameter]) -> str:
    if isinstance(node, Text):
        return _text(node, fields, params)
    if isinstance(node, Term):
        return _term(node, fields, now, params)
    if isinstance(node, Not):
        return f"NOT {_node(node.item, fields, now, params)}"
    parts = [_node(item, fields, now, params) for item in node.items]
    return "(" + (" AND " if isinstance(node, And) else " OR ").join(parts) + ")"


def _text(node: Text, fields: FieldSet, params: list[Parameter]) -> str:
    value = f"%{patterns.like(node.pattern)}%"
    conditions: list[str] = []
    for source in fields.text:
        compared = " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in source.columns)
        conditions.append(source.inside.format(f"({compared})"))
        params.extend([value] * len(source.columns))
    return "(" + " OR ".join(conditions) + ")"


def _term(term: Term, fields: FieldSet, now: int, params: list[Parameter]) -> str:
    field = fields.fields.get(term.field)
    if field is None:
        raise FilterError(term.start, _unknown_field(term.field, fields), term.end)
    conditions: list[str] = []
    for source in field.sources:
        compared = [_compare(field, column, term, now, params) for column in source.columns]
        joined = compared[0] if len(compared) == 1 else "(" + " OR ".join(compared) + ")"
        conditions.append(source.inside.format(joined))
    sql = conditions[0] if len(conditions) == 1 else " OR ".join(conditions)
    return f"(({sql}) IS TRUE)" if field.nullable else f"({sql})"


def _unknown_field(name: str, fields: FieldSet) -> str:
    close = get_close_matches(name, fields.fields, 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"There is no field {name} here.{hint} To look for it as text, put it in quotes."


def _compare(field: Field, column: str, term: Term, now: int, params: list[Parameter]) -> str:
    if field.kind is FieldKind.CHOICE:
        return _choice(field, column, term, params)
    if field.kind is FieldKind.TIME:
        return _time(column, term, now, params)
    if field.kind is FieldKind.NUMBER:
        return _number(column, term, params)
    if term.op != ":":
        raise _no_order(term, field)
    if field.kind is FieldKind.FLAG:
        answer = _YES.get((patterns.literal(term.pattern) or "").lower())
        if answer is None:
            raise FilterError(term.start, f"{field.name} is yes or no.", term.end)
        return column if answer else f"NOT ({column})"
    return _word(column, term.pattern, field.kind is FieldKind.EXACT, params)


def _word(column: str, pattern: str, with_case: bool, params: list[Parameter]) -> str:
    if pattern and set(pattern) == {"*"}:
        return f"{column} <> ''"
    text = patterns.literal(pattern)
    if text is not None:
        params.append(text)
        return f"{column} = ?" if with_case else f"{column} = ? COLLATE NOCASE"
    params.append(patterns.glob(pattern) if with_case else patterns.like(pattern))
    return f"{column} GLOB ?" if with_case else f"{column} LIKE ? ESCAPE '\\'"


def _choice(field: Field, column: str, term: Term, params: list[Parameter]) -> str:
    text = patterns.literal(term.pattern)
    if text is None:
        if term.op != ":":
            raise _no_order(term, field)
        chosen = [choice for choice in field.choices if _matches(term.pattern, choice.value)]
        return "(" + " OR ".join(_chosen(choice, column, params) for choice in chosen) + ")" if chosen else "0"
    choice = next((one for one in field.choices if one.value == text.lower()), None)
    if choice is None:
        allowed = ", ".join(one.value for one in field.choices)
        raise FilterError(term.start, f"{field.name} is one of {allowed}.", term.end)
    if term.op == ":":
        return _chosen(choice, column, params)
    if not field.rank:
        raise _no_order(term, field)
    params.append(choice.rank)
    return f"{field.rank} {_COMPARE[term.op]} ?"


def _chosen(choice: Choice, column: str, params: list[Parameter]) -> str:
    if choice.condition:
        return choice.condition
    params.append(choice.value)
    return f"{column} = ?"


def _matches(pattern: str, value: str) -> bool:
    """Whether a pattern with wildcards stands for the whole of `value` (a choice: short, lower case)."""
    reached = {0}
    for char, wild in patterns.pieces(pattern.lower()):
        if wild and char == "*":
            reached = set(range(min(reached), len(value) + 1)) if reached else set()
        else:
            reached = {at + 1 for at in reached if at < len(value) and (wild or value[at] == char)}
    return len(value) in reached


def _time(column: str, term: Term, now: int, params: list[Parameter]) -> str:
    when = moment.read(patterns.literal(term.pattern) or "", now)
    if when is None:
        raise FilterError(term.start, f"{term.field} is a time. {moment.HELP}", term.end)
    low, high = moment.bounds(term.op, when, now)
    conditions: list[str] = []
    for bound, comparison in ((low, ">="), (high, "<")):
        if bound is not None:
            conditions.append(f"{column} {comparison} ?")
            params.append(bound)
    return "(" + " AND ".join(conditions) + ")"


def _number(column: str, term: Term, params: list[Parameter]) -> str:
    text = patterns.literal(term.pattern) or ""
    number: Parameter
    try:
        number = int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        raise FilterError(term.start, f"{term.field} is a number.", term.end) from None
    if number != number or abs(number) > _MAX_INTEGER:
        raise FilterError(term.start, f"{term.field} is a number of at most 19 digits.", term.end)
    params.append(number)
    return f"{column} {_COMPARE[term.op]} ?"


def _no_order(term: Term, field: Field) -> FilterError:
    return FilterError(term.start, f"{field.name} has no order: {term.op} cannot be used with it.", term.end)
