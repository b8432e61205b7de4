r"""A query cut into tokens. Never fails: a token that cannot be right carries its `problem`.

A word ends at white space, a parenthesis or a quote. The first colon after a name makes it a field. A
backslash takes the meaning from the special character after it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from backend.workspace.filter import pattern as patterns
from backend.workspace.filter.tree import KEYWORDS

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(?=:)")
_OPERATORS = (">=", "<=", ">", "<")
_ESCAPABLE = set('*?\\"():-<>=')


class Kind(Enum):
    """What a token is; the value names its style."""

    FIELD = "field"  # 'severity:'; text is the name
    OPERATOR = "operator"  # > >= < <=
    VALUE = "value"  # text is the pattern
    TEXT = "text"
    KEYWORD = "keyword"  # AND OR NOT, or '-' (text NOT)
    OPEN = "open"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Token:
    """[start, end) of the query and what it means."""

    kind: Kind
    start: int
    end: int
    text: str
    quoted: bool = False
    tight: bool = False  # no space between it and the token before
    problem: str = ""


def lex(text: str) -> list[Token]:
    """All tokens of `text`, in order."""
    return _Lexer(text).run()


class _Lexer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.tokens: list[Token] = []
        self.groups: list[bool] = []  # for each open parenthesis: does it hold values of a field?

    def run(self) -> list[Token]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char.isspace():
                self.at += 1
            elif char == "(":
                self.groups.append(self._after_field() or self._in_values())
                self._add(Kind.OPEN, 1, char)
            elif char == ")":
                if self.groups:
                    self.groups.pop()
                self._add(Kind.CLOSE, 1, char)
            else:
                self._piece(char)
        return self.tokens

    def _piece(self, char: str) -> None:
        operand = self._after_field() or self._after_operator()
        values = operand or self._in_values()
        if values and not self._after_operator():
            operator = next((op for op in _OPERATORS if self.text.startswith(op, self.at)), None)
            if operator:
                self._add(Kind.OPERATOR, len(operator), operator)
                return
        if char == '"':
            self._quoted(Kind.VALUE if values else Kind.TEXT)
            return
        if not operand:
            if char == "-" and self._something_at(self.at + 1):
                self._add(Kind.KEYWORD, 1, "NOT")
                return
            keyword = self._keyword()
            if keyword:
                self._add(Kind.KEYWORD, len(keyword), keyword)
                return
        if not values:
            name = _NAME.match(self.text, self.at)
            # An ARN pasted from elsewhere is text, not a field named arn.
            if name and name.group().lower() != "arn":
                self._add(Kind.FIELD, len(name.group()) + 1, name.group().lower())
                return
        self._word(Kind.VALUE if values else Kind.TEXT)

    def _after_field(self) -> bool:
        return self._touches(Kind.FIELD)

    def _after_operator(self) -> bool:
        return self._touches(Kind.OPERATOR)

    def _touches(self, kind: Kind) -> bool:
        return bool(self.tokens) and self.tokens[-1].kind is kind and self.tokens[-1].end == self.at

    def _in_values(self) -> bool:
        return bool(self.groups) and self.groups[-1]

    def _something_at(self, at: int) -> bool:
        return at < len(self.text) and not self.text[at].isspace() and self.text[at] != ")"

    def _keyword(self) -> str:
        for word in KEYWORDS:
            end = self.at + len(word)
            if self.text.startswith(word, self.at) and (end == len(self.text) or self._ends_word(self.text[end])):
                return word
        return ""

    @staticmethod
    def _ends_word(char: str) -> bool:
        return char.isspace() or char in '()"'

    def _word(self, kind: Kind) -> None:
        start, out = self.at, []
        while self.at < len(self.text) and not self._ends_word(self.text[self.at]):
            char = self.text[self.at]
            following = self.text[self.at + 1 : self.at + 2]
            if char == "\\":
                if following and (following in _ESCAPABLE or following.isspace()):
                    char, self.at = following, self.at + 1
                out.append(patterns.escape(char))
            else:
                out.append(char)
            self.at += 1
        self._append(kind, start, "".join(out))

    def _quoted(self, kind: Kind) -> None:
        start, out = self.at, []
        self.at += 1
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
                char = self.text[self.at]
            out.append(patterns.escape(char))
            self.at += 1
        closed = self.at < len(self.text)
        self.at += closed
        problem = "" if closed else "This quote is not closed."
        if closed and self.at < len(self.text) and not (self.text[self.at].isspace() or self.text[self.at] == ")"):
            problem = "Put a space after the closing quote."
        self._append(kind, start, "".join(out), quoted=True, problem=problem)

    def _add(self, kind: Kind, length: int, text: str) -> None:
        start = self.at
        self.at += length
        self._append(kind, start, text)

    def _append(self, kind: Kind, start: int, text: str, *, quoted: bool = False, problem: str = "") -> None:
        tight = bool(self.tokens) and self.tokens[-1].end == start
        self.tokens.append(Token(kind, start, self.at, text, quoted, tight, problem))
