"""Spans of a query for syntax colouring. Never fails, whatever is typed."""

from __future__ import annotations

from dataclasses import dataclass

from backend.workspace.filter import pattern as patterns
from backend.workspace.filter.errors import FilterError
from backend.workspace.filter.fields import FieldSet
from backend.workspace.filter.lexer import Kind, lex
from backend.workspace.filter.sql import to_filter


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end) of the query; `style` is field, operator, value, string, wildcard, text, keyword, paren or error."""

    start: int
    end: int
    style: str
    message: str = ""


_STYLES = {
    Kind.FIELD: "field",
    Kind.OPERATOR: "operator",
    Kind.VALUE: "value",
    Kind.TEXT: "text",
    Kind.KEYWORD: "keyword",
    Kind.OPEN: "paren",
    Kind.CLOSE: "paren",
}


def spans(text: str, fields: FieldSet) -> list[Span]:
    """The spans in order, not overlapping; the part an error speaks of has the style error and its message."""
    found: list[Span] = []
    for token in lex(text):
        style = _STYLES[token.kind]
        if token.quoted:
            style = "string"
        elif token.kind in (Kind.VALUE, Kind.TEXT) and patterns.literal(token.text) is None:
            style = "wildcard"
        elif token.kind is Kind.FIELD and token.text not in fields.fields:
            style = "error"
        found.append(Span(token.start, token.end, style, token.problem))
    error = problem(text, fields)
    if error is None:
        return found
    start, end = error.position, max(error.end, error.position)
    marked = [
        Span(one.start, one.end, "error", str(error)) if one.start < end and one.end > start else one for one in found
    ]
    return marked


def problem(text: str, fields: FieldSet) -> FilterError | None:
    """What is wrong with the query, if anything."""
    try:
        to_filter(text, fields, now=0)
    except FilterError as error:
        return error
    return None
