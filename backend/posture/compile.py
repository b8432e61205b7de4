"""A rule to one SELECT, with everything that it reads discovered, not declared.

The statement yields for each resource: row id, uid, account, region, name, whether the rule speaks of it, the verdict,
then the values its reason, evidence and remediation need. A column that is read *inside* a subquery can hide its NULL
(`NOT EXISTS (… WHERE x = NULL)` is true), so a NULL there makes the verdict NULL outright.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.inventory import catalog
from backend.inventory.table import COMMON, ResourceTable
from backend.posture.discover import Part, PartRefused, read_expression, read_query
from backend.posture.lex import words_in_subqueries
from backend.posture.region_scope import compares_region
from backend.posture.row_functions import for_row
from backend.posture.rule import SAME_REGION, Rule
from backend.posture.sandbox import OWN, OWN_KEY, Read, Sandbox

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_COMMON = tuple(name for name, _, _ in COMMON)


class RuleRefused(ValueError):
    """The rule's SQL cannot be accepted; the message is a sentence for its author."""


@dataclass(frozen=True)
class Compiled:
    """A rule ready to run.

    `statement` takes two numbers: the row id to begin after, and how many rows at most (-1: all); rows come in the
    order of their ids. `evidence`: own columns the verdict rests on, in table order. `shown`: columns that only texts
    need. `related`: (table, column) that the verdict reads beyond the resource's own row; column '' means its rows are
    counted. `related_of_where`: those of them that `where` reads. `facts`: what each fact in the texts reads.
    """

    rule: Rule
    table: ResourceTable
    statement: str
    evidence: tuple[str, ...]
    shown: tuple[str, ...]
    facts: Mapping[str, Part]
    related: frozenset[Read]
    related_of_where: frozenset[Read] = frozenset()
    reads: frozenset[Read] = field(default_factory=frozenset)

    def operations(self) -> set[str]:
        """Every API operation this rule's answer rests on: a listing for each table, and what fills the columns."""
        found = {self.table.listing}
        for table, column in self.reads:
            declared = catalog.tables()[table]
            found.add(declared.listing)
            if column in declared.by_name:
                found.add(declared.by_name[column].operation)
        return found

    def tables(self) -> dict[str, set[str]]:
        """Columns needed of each table."""
        wanted: dict[str, set[str]] = {self.table.name: set()}
        for table, column in self.reads:
            wanted.setdefault(table, set())
            if column:
                wanted[table].add(column)
        return wanted


def placeholders(*texts: str) -> list[str]:
    """Names in {braces}, in order, once each."""
    return list(dict.fromkeys(name for text in texts for name in _PLACEHOLDER.findall(text)))


def compile_rule(rule: Rule, sandbox: Sandbox) -> Compiled:
    """Check a rule's SQL against the declared tables and find what it reads.

    Raises:
        RuleRefused: with a sentence that names the part and what is wrong.
    """
    try:
        return _compile(rule, sandbox)
    except PartRefused as refused:
        raise RuleRefused(str(refused)) from refused
    except sqlite3.Error as error:
        raise RuleRefused(_explain(error, catalog.tables()[rule.resource])) from error


def _compile(rule: Rule, sandbox: Sandbox) -> Compiled:
    table = catalog.tables()[rule.resource]
    _check_facts(rule, table)
    if rule.query:
        where, verdict = Part(), read_query(rule.query, table, sandbox)
    else:
        where = read_expression("where", rule.where, table, sandbox) if rule.where else Part()
        verdict = read_expression("pass", rule.passes, table, sandbox)
    related = where.related | verdict.related
    evidence = _ordered(table, where.own | verdict.own)
    if not evidence and not {read for read in related if read[0] != table.name}:
        raise RuleRefused("the rule reads no data column, so it says the same of every resource")
    _check_regions(rule, table, related)
    facts = {name: read_expression(name, sql, table, sandbox) for name, sql in rule.facts.items()}
    remediation = rule.remediation
    named = placeholders(rule.reason, remediation.cli, remediation.terraform, remediation.text)
    for name in named:
        if name not in facts and name not in table.by_name:
            raise RuleRefused(f"the placeholder {{{name}}} is neither a column of {table.name} nor one of `facts`")
    facts = {name: facts[name] for name in named if name in facts}
    shown = [name for name in named if name not in facts and name not in _COMMON and name not in evidence]
    spoken = "1" if rule.query else rule.where or "1"
    parts = ((spoken, where.own), (rule.passes, verdict.own))
    statement = _statement(rule, table, [*evidence, *shown], list(facts), parts)
    sandbox.vet(statement, (0, 0))
    reads = {(table.name, name) for name in (*evidence, *shown)} | related
    for part in facts.values():
        reads |= part.related | {(table.name, column) for column in part.own}
    return Compiled(
        rule=rule,
        table=table,
        statement=statement,
        evidence=tuple(evidence),
        shown=tuple(shown),
        facts=facts,
        related=frozenset(related),
        related_of_where=where.related,
        reads=frozenset(reads),
    )


def _check_facts(rule: Rule, table: ResourceTable) -> None:
    for name in rule.facts:
        if name in table.by_name:
            raise RuleRefused(f"the fact {name!r} has the name of a column of {table.name}")
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise RuleRefused(f"the fact {name!r} must be a lower-case name")


def _check_regions(rule: Rule, table: ResourceTable, related: set[Read] | frozenset[Read]) -> None:
    """`region` for a related table is a promise that its rows of other regions do not matter; hold it to that."""
    read = {name for name, _ in related}
    for name, scope in rule.related_scope.items():
        if name not in read:
            raise RuleRefused(f"related_scope names {name}, which the verdict does not read")
        if scope != SAME_REGION or catalog.listing_of(name).region != "each":
            continue  # one listing for the account: its scope is global anyway
        if rule.query:
            raise RuleRefused("related_scope goes with `pass`; what a `query` reads counts for all of its rows")
        if not all(compares_region(part, name, table.name) for part in (rule.where, rule.passes)):
            raise RuleRefused(
                f"related_scope says that only rows of {name} in the resource's own region matter: each subquery that"
                f" reads {name} must then say `AND {name}.region = {table.name}.region` (or with its alias), and no OR"
                " beside it"
            )


def _ordered(table: ResourceTable, names: frozenset[str]) -> list[str]:
    return [name for name in table.by_name if name in names and name not in _COMMON] + [
        name for name in _COMMON if name in names and name not in ("uid", "account")
    ]


_Sql = tuple[str, frozenset[str]]
"""An expression, and the own columns that it reads."""


def _unknown_if_hidden(table: ResourceTable, sql: str, own: frozenset[str]) -> str:
    """The expression, but NULL outright when an own column that one of its subqueries reads is NULL."""
    expression = f"({for_row(sql, f'{table.name}.{OWN_KEY}')})"
    inside = words_in_subqueries(f"({sql})")
    nulls = [f"{table.name}.{name} IS NULL" for name in _ordered(table, own) if name in inside and name not in _COMMON]
    return f"CASE WHEN {' OR '.join(nulls)} THEN NULL ELSE {expression} END" if nulls else expression


def _statement(rule: Rule, table: ResourceTable, columns: list[str], facts: list[str], parts: tuple[_Sql, _Sql]) -> str:
    name = table.name
    values = [f"{name}.{column}" for column in columns] + [f"({rule.facts[fact]})" for fact in facts]
    common = ", ".join(f"{name}.{column}" for column in (OWN_KEY, "uid", "account", "region", "name"))
    extra = "".join(f", {value}" for value in values)
    # Under a name that no other table has, the key is the judged row's even where a subquery covers up its table.
    source = f"(SELECT row_id AS {OWN_KEY}, * FROM {name}) AS {name}"
    behind = f"WHERE {name}.{OWN_KEY} > ? ORDER BY {name}.{OWN_KEY} LIMIT ?"
    if rule.query:
        return (
            f"WITH verdict_of_rule AS ({rule.query}) SELECT {common}, 1, v.pass{extra}"
            f" FROM {source} LEFT JOIN verdict_of_rule v ON v.uid = {name}.uid {behind}"
        )
    where, verdict = (_unknown_if_hidden(table, *part) for part in parts)
    if rule.where:  # of what the rule does not speak, nothing in its verdict may raise a cause
        verdict = f"CASE WHEN {where} THEN {verdict} END"
    return f"SELECT {common}, {where}, {verdict}{extra} FROM {source} {behind}"


def _explain(error: sqlite3.Error, table: ResourceTable) -> str:
    text = str(error)
    if text.startswith("no such column: "):
        wrong = text.removeprefix("no such column: ")
        near = difflib.get_close_matches(wrong.split(".")[-1], list(table.by_name), n=1)
        hint = f"; did you mean {near[0]}?" if near else f" (columns of {table.name}: {', '.join(table.by_name)})"
        return f"there is no column {wrong}{hint}"
    if text.startswith("no such table: "):
        return f"there is no resource table {text.removeprefix('no such table: ')}"
    if "ambiguous column name" in text:
        return f"{text}: write table.column"
    if text.startswith(("misuse of aggregate", "misuse of window")):
        return f"{text}: outside a subquery it would take all rows of {table.name} together"
    return text.replace(OWN, "").strip()
