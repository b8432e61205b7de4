"""Whether a rule's subqueries keep to the resource's own region, as `related_scope: {table: region}` promises.

The promise lets a denied listing in one region leave the verdicts of all others alone, so a false one is a false pass.
It is held to a form that can be checked: every SELECT that reads the table compares its region with the resource's, as
a condition joined by AND with nothing beside it joined by OR.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from backend.posture.lex import Token, tokens

_NOT_AN_ALIAS = frozenset(
    """AS CROSS EXCEPT FULL GROUP HAVING INNER INTERSECT JOIN LEFT LIMIT ON ORDER OUTER RIGHT UNION WHERE WINDOW
    INDEXED NOT""".split()
)
_ENDS_ROWS = frozenset("EXCEPT GROUP HAVING INTERSECT LIMIT ORDER UNION WINDOW".split())


@dataclass
class _Level:
    """The tokens of one pair of parentheses, those of inner ones left out (a ')' stands for each)."""

    tokens: list[Token] = field(default_factory=list)

    def selects(self) -> list[list[Token]]:
        """One list of tokens for each SELECT at this level (they are joined by UNION and the like)."""
        parts: list[list[Token]] = [[]]
        for token in self.tokens:
            if token.text.upper() == "SELECT":
                parts.append([])
            parts[-1].append(token)
        return parts


def compares_region(sql: str, table: str, own: str) -> bool:
    """Whether each SELECT of `sql` that reads `table` says `its.region = own.region` in the form above."""
    if _covers_up(sql, own):
        return False
    for level in _levels(sql):
        for select in level.selects():
            names = _names_of(select, table)
            if names and not _is_bound(select, names, own):
                return False
    return True


def _levels(sql: str) -> list[_Level]:
    done: list[_Level] = []
    open_ = [_Level()]
    for token in tokens(sql):
        if token.text == "(":
            open_.append(_Level())
        elif token.text == ")":
            done.append(open_.pop())
            open_[-1].tokens.append(token)
        else:
            open_[-1].tokens.append(token)
    return [*done, *open_]


def _names_of(select: list[Token], table: str) -> list[str]:
    """The names under which a SELECT reads the table: its alias, or its own name. Columns of it (table.x) are none."""
    names = []
    for number, token in enumerate(select):
        if token.kind != "word" or token.text.lower() != table or _text(select, number + 1) == ".":
            continue
        ahead = number + 2 if _text(select, number + 1) == "AS" else number + 1
        alias = select[ahead] if ahead < len(select) else None
        plain = alias is None or alias.kind != "word" or alias.text.upper() in _NOT_AN_ALIAS
        names.append(table if plain or alias is None else alias.text.lower())
    return names


def _is_bound(select: list[Token], names: list[str], own: str) -> bool:
    texts = [token.text.lower() for token in _conditions(select)]
    if {"or", "case", "between", "left", "right", "full"} & set(texts):
        return False
    bound = set()
    for number, sign in enumerate(texts):
        if sign not in ("=", "==") or not _stands_alone(texts, number):
            continue
        sides = {tuple(texts[number - 3 : number]), tuple(texts[number + 1 : number + 4])}
        if (own, ".", "region") in sides:
            bound |= {side[0] for side in sides if side[1:] == (".", "region") and side[0] != own}
    return set(names) <= bound


def _conditions(select: list[Token]) -> list[Token]:
    """FROM and WHERE of a SELECT: where a comparison decides which rows there are."""
    texts = [token.text.upper() for token in select]
    begin = texts.index("FROM") if "FROM" in texts else len(texts)
    ends = [number for number, text in enumerate(texts) if number > begin and text in _ENDS_ROWS]
    return select[begin : min(ends, default=len(select))]


def _stands_alone(texts: list[str], sign: int) -> bool:
    """Whether `a.x = b.y` around a sign is a whole condition: nothing else of the expression touches it."""
    before = texts[sign - 4] if sign >= 4 else ""
    return before in ("where", "on", "and") and (
        sign + 4 >= len(texts) or texts[sign + 4] in ("and", "where", "join", "inner", "cross")
    )


def _covers_up(sql: str, own: str) -> bool:
    """Whether a subquery gives the name of the resource's own table to something else."""
    found = tokens(sql)
    for number, token in enumerate(found):
        if token.text.lower() != own or _text(found, number + 1) == ".":
            continue
        ahead = number + 2 if _text(found, number + 1) == "AS" else number + 1
        alias = found[ahead] if ahead < len(found) else None
        if alias is None or alias.kind != "word" or alias.text.upper() in _NOT_AN_ALIAS:
            return True
    return False


def _text(tokens_: list[Token], number: int) -> str:
    return tokens_[number].text.upper() if 0 <= number < len(tokens_) else ""
