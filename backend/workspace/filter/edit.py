"""Changing a query by a click: facets, chips, *filter in* and *filter out*. Text in, text out.

Each function raises `FilterError` when `text` cannot be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.workspace.filter import pattern as patterns
from backend.workspace.filter.grammar import parse
from backend.workspace.filter.tree import Node, Not, Or, Query, Term, all_of, any_of, leaves, write_part


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the query that must hold: its text, the fields it speaks of, whether it excludes."""

    text: str
    fields: tuple[str, ...]
    excludes: bool


def chips(text: str) -> list[Chip]:
    """The parts of the query, left to right."""
    return [_chip(part) for part in parse(text).conjuncts()]


def drop(text: str, index: int) -> str:
    """The query without its part `index`."""
    parts = list(parse(text).conjuncts())
    del parts[index]
    return str(Query(all_of(parts)) if parts else Query())


def invert(text: str, index: int) -> str:
    """The query with its part `index` turned round."""
    parts = list(parse(text).conjuncts())
    part = parts[index]
    parts[index] = part.item if isinstance(part, Not) else Not(part)
    return str(Query(all_of(parts)))


def only(text: str, field: str, value: str) -> str:
    """The query with `field` held to `value` alone."""
    return str(parse(text).without({field}).plus(_term(field, value)))


def chosen(text: str, field: str) -> set[str]:
    """The values a facet of `field` shows as ticked."""
    return {value for part in _facet_parts(parse(text), field) for value in _values_of(part)}


def toggle(text: str, field: str, value: str) -> str:
    """The query with `value` added to, or taken from, the values `field` may have."""
    query = parse(text)
    values: list[str] = []
    for part in _facet_parts(query, field):
        values.extend(item for item in _values_of(part) if item not in values)
    if value in values:
        values.remove(value)
    else:
        values.append(value)
    facet = set(map(id, _facet_parts(query, field)))
    rest = query.keep(lambda part: id(part) not in facet)
    return str(rest.plus(any_of([_term(field, item) for item in values])) if values else rest)


def exclude(text: str, field: str, value: str) -> str:
    """The query with `value` of `field` ruled out."""
    query, part = parse(text), Not(_term(field, value))
    if part in query.conjuncts():
        return str(query)
    ticked = chosen(text, field)
    return str(parse(toggle(text, field, value) if value in ticked else text).plus(part))


def between(text: str, field: str, start: str, end: str) -> str:
    """The query with the time `field` held to [start, end), both as the query language writes times."""
    rest = parse(text).without({field})
    return str(rest.plus(Term(field, ">=", patterns.escape(start))).plus(Term(field, "<", patterns.escape(end))))


def _term(field: str, value: str) -> Term:
    return Term(field, ":", patterns.escape(value))


def _chip(part: Node) -> Chip:
    names = dict.fromkeys(leaf.field for leaf in leaves(part) if isinstance(leaf, Term))
    return Chip(write_part(part), tuple(names), isinstance(part, Not))


def _facet_parts(query: Query, field: str) -> list[Node]:
    """The parts that only say which values `field` may have."""
    return [part for part in query.conjuncts() if _values_of(part) and query.fields() and _is_of(part, field)]


def _is_of(part: Node, field: str) -> bool:
    return all(isinstance(leaf, Term) and leaf.field == field for leaf in leaves(part))


def _values_of(part: Node) -> list[str]:
    items = part.items if isinstance(part, Or) else (part,)
    values: list[str] = []
    for item in items:
        text = patterns.literal(item.pattern) if isinstance(item, Term) and item.op == ":" else None
        if text is None:
            return []
        values.append(text)
    return values
