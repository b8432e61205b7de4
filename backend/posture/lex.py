"""A lexer for the SQL of rules: just enough to refuse what misleads, and to see what a subquery reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>'(?:[^']|'')*')
      | (?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<mark><=|>=|<>|!=|==|\|\||<<|>>|->>|->|[()+\-*/%<>=,.&|~])""",
    re.VERBOSE,
)

MOST_GROWTH = 100_000

_GRAMMAR = frozenset(
    "select from where and or not null is in as case when then else end on join left inner union all distinct by group"
    " order having limit exists between like glob".split()
)

_MISLEADING = {
    '"': 'double quotes: SQLite takes a misspelt "name" for a string',
    "`": "backquotes: write the plain name",
    "[": "square brackets: write the plain name",
    ";": "a semicolon: a rule is one expression",
    "?": "a parameter: rules have none",
    ":": "a parameter: rules have none",
    "@": "a parameter: rules have none",
    "$": "a parameter: rules have none",
}


class SqlRefused(ValueError):
    """The text is no SQL we accept; `position` is a 0-based offset into it."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@dataclass(frozen=True)
class Token:
    """`kind` is string, number, word or mark; `depth` counts the SELECTs around it."""

    kind: str
    text: str
    position: int
    depth: int


def tokens(sql: str) -> list[Token]:
    """Tokens of a rule's SQL, each with how deep in subqueries it stands.

    Raises:
        SqlRefused: for quoting that misleads, comments, statement ends, parameters and anything unknown.
    """
    found = list(_scan(sql))
    if growth(found) > MOST_GROWTH:
        raise SqlRefused("nested subqueries whose columns would be written out too often: name each column once", 0)
    return found


def growth(found: list[Token]) -> int:
    """How often, at most, SQLite writes an innermost column out when it merges tables made of subqueries.

    It does so while it prepares a statement, where neither deadline nor limit reaches it: with ten levels of `v || v`
    the engine would never come back.
    """
    times = 1
    levels: list[Counter[str]] = [Counter()]
    parens: list[bool] = []  # for each open parenthesis: is it a table made of a subquery
    before = ["", ""]
    for token in found:
        word = token.text.lower()
        if before[1] == "(" and word in ("select", "with", "values") and before[0] in ("from", "join", ",", "as"):
            parens[-1] = True
            levels.append(Counter())
        if word == "(":
            parens.append(False)
        elif word == ")":
            if parens.pop():
                times *= max(levels.pop().values(), default=1)
        elif token.kind == "word" and word not in _GRAMMAR:
            levels[-1][word] += 1
        before = [before[1], word]
    return times * max(levels[0].values(), default=1) if times > 1 else 1


def _scan(sql: str) -> Iterator[Token]:
    position = 0
    parens: list[bool] = []  # for each open parenthesis: does it hold a SELECT
    depth = 0
    fresh = False  # the last token opened a parenthesis
    while position < len(sql):
        if sql.startswith(("--", "/*"), position):
            raise SqlRefused("comments belong beside the expression, not in it", position)
        match = _TOKEN.match(sql, position)
        if match is None:
            why = _MISLEADING.get(sql[position], f"the character {sql[position]!r}")
            raise SqlRefused(f"the expression has {why}", position)
        kind, text = match.lastgroup or "", match.group()
        if kind != "space":
            if kind == "word" and text.upper() in ("SELECT", "WITH", "VALUES") and (fresh or not parens):
                if parens:
                    parens[-1] = True
                depth += 1
            if text == "(":
                parens.append(False)
            yield Token(kind, text, position, depth)
            if text == ")":
                if not parens:
                    raise SqlRefused("there is a closing parenthesis too many", position)
                depth -= parens.pop()
            fresh = text == "("
        position = match.end()
    if parens:
        raise SqlRefused("a parenthesis is not closed", len(sql))


def words_in_subqueries(sql: str) -> set[str]:
    """All words (lower case) that stand inside a subquery, also in its arguments to table-valued functions."""
    return {token.text.lower() for token in tokens(sql) if token.kind == "word" and token.depth > 0}
