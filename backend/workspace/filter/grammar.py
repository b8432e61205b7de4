"""The query language: tokens to a tree.

    severity:high account:prod -status:muted region:(eu-west-1 OR us-east-1) rule:aws-s3-* changed:>7d "free text"

Parts side by side must all hold (AND may be written). OR binds weaker than AND; NOT, or `-` in front, takes
the next part. `field:value` compares the whole value without regard to case, `*` and `?` are wildcards,
quotes take any text as it is. Ordered fields also take > >= < <=.
"""

from __future__ import annotations

from backend.workspace.filter.errors import FilterError
from backend.workspace.filter.lexer import Kind, Token, lex
from backend.workspace.filter.tree import Node, Not, Query, Term, Text, all_of, any_of

MAX_LENGTH = 4000  # characters
MAX_TERMS = 200  # SQLite refuses expressions nested deeper than 1,000
MAX_DEPTH = 40


def parse(text: str) -> Query:
    """Read a query; raises `FilterError` with the position and a sentence, and nothing else."""
    if len(text) > MAX_LENGTH:
        raise FilterError(
            MAX_LENGTH, f"A query may have {MAX_LENGTH:,} characters; this one has {len(text):,}.", len(text)
        )
    for position, char in enumerate(text):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise FilterError(position, f"The character U+{ord(char):04X} cannot be searched for.", position + 1)
    tokens = lex(text)
    terms = sum(token.kind in (Kind.VALUE, Kind.TEXT) for token in tokens)
    if terms > MAX_TERMS:
        raise FilterError(0, f"A query may have {MAX_TERMS} terms; this one has {terms:,}.", len(text))
    return _Parser(text, tokens).query()


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self.text = text
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def query(self) -> Query:
        if not self.tokens:
            return Query()
        root = self._or("")
        extra = self._peek()
        if extra is not None:
            raise _error(extra, "This parenthesis was never opened.")
        return Query(root)

    # Each of these takes the field whose values it reads ('' outside of `field:( … )`).

    def _or(self, name: str) -> Node:
        items = [self._and(name)]
        while self._take(Kind.KEYWORD, "OR"):
            items.append(self._and(name))
        return any_of(items)

    def _and(self, name: str) -> Node:
        items = [self._not(name)]
        while True:
            if self._take(Kind.KEYWORD, "AND"):
                items.append(self._not(name))
                continue
            token = self._peek()
            if token is None or token.kind is Kind.CLOSE or (token.kind is Kind.KEYWORD and token.text == "OR"):
                return all_of(items)
            if name:
                raise _error(token, f"Write OR (or AND) between the values of {name}.")
            items.append(self._not(name))

    def _not(self, name: str) -> Node:
        token = self._take(Kind.KEYWORD, "NOT")
        if token is None:
            return self._atom(name)
        with_depth = self._deeper(token)
        item = Not(self._not(name))
        self.depth -= with_depth
        return item

    def _atom(self, name: str) -> Node:
        token = self._peek()
        if token is None:
            last = self.tokens[self.at - 1] if self.at else None
            word = last.text if last is not None and last.kind is Kind.KEYWORD else ""
            raise FilterError(
                len(self.text), f"Something is missing after {word}." if word else "The query stops short."
            )
        if token.problem:
            raise _error(token, token.problem)
        self.at += 1
        if token.kind is Kind.OPEN:
            return self._group(token, name)
        if token.kind is Kind.FIELD:
            return self._field(token)
        if token.kind is Kind.OPERATOR:
            return self._operand(token, name)
        if token.kind is Kind.VALUE:
            return Term(name, ":", token.text, token.start, token.end)
        if token.kind is Kind.TEXT:
            return Text(token.text, token.start, token.end)
        if token.kind is Kind.CLOSE:
            before = self.tokens[self.at - 2] if self.at > 1 else None
            if before is not None and before.kind is Kind.OPEN:
                raise FilterError(before.start, "There is nothing between these parentheses.", token.end)
            if before is not None and before.kind is Kind.KEYWORD:
                raise _error(before, f"Something is missing after {before.text}.")
            raise _error(token, "This parenthesis was never opened.")
        raise _error(token, f"{token.text} needs something on both sides of it.")

    def _group(self, opened: Token, name: str) -> Node:
        with_depth = self._deeper(opened)
        node = self._or(name)
        closed = self._peek()
        if closed is None:
            raise _error(opened, "This parenthesis is not closed.")
        self.at += 1
        self.depth -= with_depth
        return node

    def _field(self, token: Token) -> Node:
        following = self._peek()
        if following is None or not following.tight or following.kind in (Kind.CLOSE, Kind.KEYWORD, Kind.FIELD):
            raise FilterError(token.end, f"Write a value right after {token.text}: (without a space).")
        if following.problem:
            raise _error(following, following.problem)
        self.at += 1
        if following.kind is Kind.OPEN:
            return self._group(following, token.text)
        if following.kind is Kind.OPERATOR:
            term = self._operand(following, token.text)
        else:
            term = Term(token.text, ":", following.text, 0, following.end)
        return Term(term.field, term.op, term.pattern, token.start, term.end)

    def _operand(self, operator: Token, name: str) -> Term:
        value = self._peek()
        if value is None or not value.tight or value.kind is not Kind.VALUE:
            raise FilterError(operator.end, f"Write a value right after {operator.text} (without a space).")
        if value.problem:
            raise _error(value, value.problem)
        self.at += 1
        return Term(name, operator.text, value.text, operator.start, value.end)

    def _deeper(self, token: Token) -> int:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _error(token, f"A query may be nested {MAX_DEPTH} deep.")
        return 1

    def _peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def _take(self, kind: Kind, text: str) -> Token | None:
        token = self._peek()
        if token is not None and token.kind is kind and token.text == text:
            self.at += 1
            return token
        return None


def _error(token: Token, message: str) -> FilterError:
    return FilterError(token.start, message, token.end)
