"""CloudWatch Logs filter patterns for JSON events: a parser into a small tree, and its evaluation on one event.

    pattern    := "{" or "}"              or  := and ("||" and)*            and := term ("&&" term)*
    term       := "(" or ")" | selector comparison
    comparison := ("=" | "!=" | "<" | "<=" | ">" | ">=") value
                | "EXISTS" | "NOT EXISTS" | "IS NULL" | "IS NOT NULL" | "IS TRUE" | "IS FALSE"
    value      := "quoted" | bare | %regex%      (* in text is a wildcard)

A comparison with a field that the event lacks is false, `!=` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backend.posture.functions.arguments import BadInput, quoted
from backend.posture.functions.globs import matches, tidy

_MAX_PATTERN = 8_192  # AWS accepts 1,024
_MAX_DEPTH = 60
_MAX_REPEATS = 4  # more repeats in one regular expression could make a match take exponential time
_TOKEN = re.compile(
    r"""\s*(?:
        (?P<sign>\{|\}|\(|\)|&&|\|\||!=|<=|>=|=|<|>)
      | "(?P<text>(?:[^"\\]|\\.)*)"
      | %(?P<regex>[^%]*)%
      | (?P<selector>\$(?:[^\s(){}=!<>&|"\[]|\["[^"]*"\]|\[[0-9]+\])*)
      | (?P<bare>[^\s(){}=!<>&|"%]+)
    )""",
    re.VERBOSE,
)
_REGEX = re.compile(r"[A-Za-z0-9:_#=@/;, \-^$?\[\]{}|\\*+.]*")
_SIGNS = frozenset(("=", "!=", "<", "<=", ">", ">="))
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Test:
    """`sign` is a comparison or "exists", "not exists", "is null", "is not null", "is true", "is false"."""

    field: tuple[str, ...]
    sign: str
    value: str = ""
    regex: re.Pattern[str] | None = None
    is_quoted: bool = False


Node = Both | Either | Test


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def parse(pattern: str) -> Node:
    """The tree of a JSON pattern; `BadInput` when it is not one."""
    if len(pattern) > _MAX_PATTERN:
        raise BadInput("filter pattern is too long")
    reader = _Reader(tuple(_tokens(pattern)))
    reader.sign("{")
    node = reader.either(0)
    reader.sign("}")
    reader.end()
    return node


def holds(node: Node, event: Mapping[str, object]) -> bool:
    """Whether `event` fits the pattern."""
    if isinstance(node, Both):
        return all(holds(part, event) for part in node.parts)
    if isinstance(node, Either):
        return any(holds(part, event) for part in node.parts)
    return _test(node, _field(node.field, event))


def _tokens(pattern: str) -> Iterator[_Token]:
    position, end = 0, len(pattern.rstrip())
    while position < end:
        found = _TOKEN.match(pattern, position)
        if found is None or found.lastgroup is None:
            raise BadInput(f"filter pattern cannot be read from character {position + 1}")
        text = found[found.lastgroup]
        yield _Token(found.lastgroup, re.sub(r"\\(.)", r"\1", text) if found.lastgroup == "text" else text)
        position = found.end()


class _Reader:
    def __init__(self, tokens: tuple[_Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0

    def sign(self, text: str) -> None:
        if not self._take_sign(text):
            raise BadInput(f"filter pattern lacks {text!r} {self._where()}")

    def end(self) -> None:
        if self._next < len(self._tokens):
            raise BadInput(f"filter pattern goes on after its end with {self._where()}")

    def either(self, depth: int) -> Node:
        parts = [self._both(depth)]
        while self._take_sign("||"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _both(self, depth: int) -> Node:
        parts = [self._term(depth)]
        while self._take_sign("&&"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _term(self, depth: int) -> Node:
        if depth > _MAX_DEPTH:
            raise BadInput("filter pattern is nested too deeply")
        if self._take_sign("("):
            node = self.either(depth + 1)
            self.sign(")")
            return node
        token = self._take("selector")
        if token is None:
            raise BadInput(f"filter pattern lacks a field {self._where()}")
        return self._comparison(_path(token.text))

    def _comparison(self, field: tuple[str, ...]) -> Test:
        token = self._peek()
        if token is not None and token.kind == "sign" and token.text in _SIGNS:
            self._next += 1
            return self._value(field, token.text)
        words: list[str] = []
        while len(words) < 3 and (word := self._take("bare")) is not None:
            words.append(word.text.lower())
            phrase = " ".join(words)
            if phrase in ("exists", "not exists", "is null", "is not null", "is true", "is false"):
                return Test(field, phrase)
        raise BadInput(f"filter pattern lacks a comparison {self._where()}")

    def _value(self, field: tuple[str, ...], sign: str) -> Test:
        token = self._peek()
        if token is None or token.kind not in ("text", "bare", "regex"):
            raise BadInput(f"filter pattern lacks a value {self._where()}")
        self._next += 1
        if sign not in ("=", "!="):
            _number(token.text)
        if token.kind == "regex":
            return Test(field, sign, token.text, _regex(token.text))
        return Test(field, sign, tidy(token.text), is_quoted=token.kind == "text")

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, kind: str) -> _Token | None:
        token = self._peek()
        if token is None or token.kind != kind:
            return None
        self._next += 1
        return token

    def _take_sign(self, text: str) -> bool:
        token = self._peek()
        if token is None or token != _Token("sign", text):
            return False
        self._next += 1
        return True

    def _where(self) -> str:
        token = self._peek()
        return "at its end" if token is None else f"before {quoted(token.text)}"


def _path(selector: str) -> tuple[str, ...]:
    parts = re.findall(r'\["([^"]*)"\]|\[([0-9]+)\]|\.?([^.\[\]]+)', selector[1:])
    path = tuple(text or index or name for text, index, name in parts)
    if not path or not selector.startswith(("$.", "$[")):
        raise BadInput(f"filter pattern has a field {quoted(selector)} that cannot be read")
    return path


def _regex(text: str) -> re.Pattern[str]:
    if not _REGEX.fullmatch(text):
        raise BadInput("filter pattern has a regular expression with characters that are not allowed")
    if len(re.findall(r"[*+?{]", text)) > _MAX_REPEATS or re.search(r"\{[0-9,]{4,}", text):
        raise BadInput("filter pattern has a regular expression that is too complex to judge")
    try:
        return re.compile(text)
    except re.error:
        raise BadInput("filter pattern has a regular expression that cannot be read") from None


def _number(text: str) -> float:
    if not re.fullmatch(r"[+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?(?:[eE][+-]?[0-9]{1,3})?", text):
        raise BadInput("filter pattern compares sizes with something that is not a number")
    return float(text)


def _field(path: tuple[str, ...], event: Mapping[str, object]) -> object:
    value: object = event
    for name in path:
        if isinstance(value, Mapping):
            value = value.get(name, _MISSING)
        elif isinstance(value, list) and name.isdecimal() and len(name) < 6 and int(name) < len(value):
            value = value[int(name)]
        else:
            return _MISSING
    return value


def _test(test: Test, value: object) -> bool:
    sign = test.sign
    if sign in ("exists", "not exists"):
        return (value is not _MISSING) == (sign == "exists")
    if value is _MISSING:
        return False
    if sign in ("is null", "is not null"):
        return (value is None) == (sign == "is null")
    if sign in ("is true", "is false"):
        return value is (sign == "is true")
    if sign in ("=", "!="):
        if isinstance(value, Mapping | list) or value is None:
            return False
        return _equal(test, value) == (sign == "=")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    bound = _number(test.value)
    return {"<": value < bound, "<=": value <= bound, ">": value > bound, ">=": value >= bound}[sign]


def _equal(test: Test, value: object) -> bool:
    if isinstance(value, bool):
        return test.value.lower() == ("true" if value else "false")
    if isinstance(value, int | float) and test.regex is None and not test.is_quoted:
        try:
            return float(value) == _number(test.value)
        except BadInput:
            return False
    text = str(value)
    return test.regex.search(text) is not None if test.regex is not None else matches(test.value, text)
