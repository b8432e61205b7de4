"""What could be written at the cursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from backend.workspace.filter import pattern as patterns
from backend.workspace.filter.fields import Field, FieldKind, FieldSet
from backend.workspace.filter.lexer import Kind, Token, lex
from backend.workspace.filter.tree import KEYWORDS, write_value

Values = Callable[[Field, str], Iterable[str]]
"""(field, beginning of the value) -> values that begin so, the most useful first."""

LIMIT = 30
_TIMES = ("1h", "24h", "7d", "30d", "90d", "today", "yesterday", ">7d", ">30d")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`text` goes in place of the completion's span; `meaning` explains it; `kind` is field, value or keyword."""

    text: str
    meaning: str
    kind: str


@dataclass(frozen=True, slots=True)
class Completion:
    """Suggestions for [start, end) of the query."""

    start: int
    end: int
    suggestions: tuple[Suggestion, ...]


def complete(text: str, cursor: int, fields: FieldSet, values: Values | None = None) -> Completion:
    """Suggestions at `cursor`; `values` supplies those of fields whose values are not declared."""
    cursor = max(0, min(cursor, len(text)))
    tokens = [token for token in lex(text[:cursor]) if token.start < cursor]
    last = tokens[-1] if tokens and tokens[-1].end == cursor else None
    field = _field_at(tokens, last)
    if field is not None:
        start, typed = cursor, ""
        if last is not None and last.kind is Kind.VALUE:
            start, typed = last.start, "".join(char for char, _ in patterns.pieces(last.text))
        elif last is not None and last.kind in (Kind.KEYWORD, Kind.CLOSE):
            return Completion(cursor, cursor, ())
        known = fields.fields.get(field)
        found = _values(known, typed, values) if known else ()
        return Completion(start, _end_of_word(text, cursor), found)
    if last is not None and last.kind not in (Kind.TEXT, Kind.OPEN, Kind.KEYWORD):
        return Completion(cursor, cursor, ())
    if last is not None and last.quoted:
        return Completion(cursor, cursor, ())
    start, typed = (
        (last.start, text[last.start : cursor]) if last is not None and last.kind is Kind.TEXT else (cursor, "")
    )
    if last is not None and last.kind is Kind.KEYWORD and text[last.start : cursor] != "-":
        return Completion(cursor, cursor, ())
    found = tuple(_names(typed, fields))
    if tokens and typed:
        found += tuple(
            Suggestion(word + " ", "", "keyword")
            for word in KEYWORDS
            if word.startswith(typed.upper()) and typed.isupper()
        )
    return Completion(start, _end_of_word(text, cursor), found[:LIMIT])


def _field_at(tokens: list[Token], last: Token | None) -> str | None:
    """The field whose value is being written at the end of `tokens`."""
    if last is not None and last.kind is Kind.FIELD:
        return last.text
    opened: list[str | None] = []
    for index, token in enumerate(tokens):
        before = tokens[index - 1] if index else None
        if token.kind is Kind.OPEN:
            follows = before is not None and before.kind is Kind.FIELD and token.tight
            opened.append(before.text if follows and before else (opened[-1] if opened else None))
        elif token.kind is Kind.CLOSE and opened:
            opened.pop()
    if opened and opened[-1] is not None:
        return opened[-1]
    if last is not None and last.kind in (Kind.VALUE, Kind.OPERATOR):
        for token in reversed(tokens):
            if token.kind is Kind.FIELD:
                return token.text
    return None


def _names(typed: str, fields: FieldSet) -> list[Suggestion]:
    low = typed.lower()
    begin = [field for field in fields.fields.values() if field.name.startswith(low)]
    inside = [field for field in fields.fields.values() if low in field.name and field not in begin]
    return [Suggestion(field.name + ":", field.meaning, "field") for field in (*begin, *inside)]


def _values(field: Field, typed: str, values: Values | None) -> tuple[Suggestion, ...]:
    low = typed.lower()
    offered: list[str]
    if field.kind is FieldKind.CHOICE:
        offered = [choice.value for choice in field.choices if choice.value.startswith(low)]
    elif field.kind is FieldKind.FLAG:
        offered = [word for word in ("yes", "no") if word.startswith(low)]
    elif field.kind is FieldKind.TIME:
        return tuple(Suggestion(word, "", "value") for word in _TIMES if word.startswith(low))
    else:
        offered = list(values(field, typed)) if values is not None else []
    return tuple(Suggestion(write_value(patterns.escape(value)), "", "value") for value in offered[:LIMIT])


def _end_of_word(text: str, cursor: int) -> int:
    """Where the word under the cursor ends: a suggestion replaces all of it."""
    end = cursor
    while end < len(text) and not text[end].isspace() and text[end] not in '()":':
        end += 1
    return end
