"""A query as a tree, and the tree as text again: `parse(str(query)) == query`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass
from typing import TypeAlias

from backend.workspace.filter import pattern as patterns

KEYWORDS = ("AND", "OR", "NOT")
_QUOTED_IN_WORD = set('"()\\')


@dataclass(frozen=True, slots=True)
class Text:
    """Free text: found anywhere in what the list shows. `start`, `end` are offsets in the query."""

    pattern: str
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Term:
    """`field:value` or `field:>value`; `op` is one of : > >= < <=."""

    field: str
    op: str
    pattern: str
    start: int = dataclasses.field(default=0, compare=False)
    end: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Not:
    """Holds where `item` does not."""

    item: Node


@dataclass(frozen=True, slots=True)
class And:
    """Holds where all `items` do."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Holds where any of `items` does."""

    items: tuple[Node, ...]


Node: TypeAlias = Text | Term | Not | And | Or


def all_of(items: list[Node]) -> Node:
    """`items` joined by AND, nested ANDs made flat (at least one item)."""
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, And) else (item,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(items: list[Node]) -> Node:
    """`items` joined by OR, nested ORs made flat (at least one item)."""
    flat: list[Node] = []
    for item in items:
        flat.extend(item.items if isinstance(item, Or) else (item,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query; `root` is None for the empty one, which holds for every row."""

    root: Node | None = None

    def __str__(self) -> str:
        return "" if self.root is None else _write(self.root)

    def conjuncts(self) -> tuple[Node, ...]:
        """The parts that must all hold: what a chip stands for."""
        if self.root is None:
            return ()
        return self.root.items if isinstance(self.root, And) else (self.root,)

    def fields(self) -> frozenset[str]:
        """Names of all fields the query speaks of."""
        return frozenset(term.field for term in leaves(self.root) if isinstance(term, Term))

    def has_text(self) -> bool:
        """Whether it holds free text."""
        return any(isinstance(leaf, Text) for leaf in leaves(self.root))

    def without(self, fields: Set[str]) -> Query:
        """The query without those top-level parts that speak of nothing but `fields`."""
        return self.keep(lambda part: not _speaks_only_of(part, fields))

    def keep(self, wanted: Callable[[Node], bool]) -> Query:
        """The query with only those top-level parts for which `wanted` holds."""
        kept = [part for part in self.conjuncts() if wanted(part)]
        return Query(all_of(kept)) if kept else Query()

    def plus(self, part: Node) -> Query:
        """The query with one more part that must hold."""
        return Query(all_of([*self.conjuncts(), part]))


def leaves(node: Node | None) -> Iterator[Text | Term]:
    """Every term and text of the tree, left to right."""
    if node is None:
        return
    if isinstance(node, (Text, Term)):
        yield node
    elif isinstance(node, Not):
        yield from leaves(node.item)
    else:
        for item in node.items:
            yield from leaves(item)


def write_part(node: Node) -> str:
    """One part as text that can stand beside others (an OR gets its parentheses)."""
    return _write_in_and(node)


def _speaks_only_of(node: Node, fields: Set[str]) -> bool:
    return all(isinstance(leaf, Term) and leaf.field in fields for leaf in leaves(node))


def _write(node: Node) -> str:
    if isinstance(node, Text):
        return write_value(node.pattern, in_text=True)
    if isinstance(node, Term):
        return f"{node.field}:{_write_operand(node)}"
    if isinstance(node, Not):
        inner = _write(node.item)
        bare = isinstance(node.item, (Text, Term, Not)) or _one_field(node.item) is not None
        return f"-{inner}" if bare else f"-({inner})"
    if isinstance(node, And):
        return " ".join(_write_in_and(item) for item in node.items)
    name = _one_field(node)
    if name is not None:
        return f"{name}:({' OR '.join(_write_operand(item) for item in node.items if isinstance(item, Term))})"
    return " OR ".join(f"({_write(item)})" if isinstance(item, And) else _write(item) for item in node.items)


def _write_in_and(node: Node) -> str:
    if isinstance(node, Or) and _one_field(node) is None:
        return f"({_write(node)})"
    return _write(node)


def _one_field(node: Node) -> str | None:
    """The field all items of an OR compare, when there is one: then `field:(a OR b)` says it shorter."""
    if not isinstance(node, Or):
        return None
    names = {item.field if isinstance(item, Term) else "" for item in node.items}
    return names.pop() if len(names) == 1 and "" not in names else None


def _write_operand(term: Term) -> str:
    op = "" if term.op == ":" else term.op
    return op + write_value(term.pattern)


def write_value(pattern: str, *, in_text: bool = False) -> str:
    """A value as it is written in a query: bare where that reads back the same, else quoted or escaped."""
    text = patterns.literal(pattern)
    if text is not None:
        plain = text != "" and text not in KEYWORDS and text[0] not in "-<>=" and not _needs_quotes(text, in_text)
        if plain and "*" not in text and "?" not in text:
            return text
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    out: list[str] = []
    for index, (char, wild) in enumerate(patterns.pieces(pattern)):
        special = char in '*?"()\\' or char.isspace() or (char == ":" and in_text) or (index == 0 and char in "-<>=")
        out.append("\\" + char if special and not wild else char)
    return "".join(out)


def _needs_quotes(text: str, in_text: bool) -> bool:
    return any(char in _QUOTED_IN_WORD or char.isspace() for char in text) or (in_text and ":" in text)
