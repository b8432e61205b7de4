"""A rule to one SELECT, with everything that it reads discovered, not declared.

The statement yields for each resource: uid, region, name, whether the rule speaks of it, the verdict (1, 0, NULL),
then the values its reason, evidence and remediation need. A column that is read *inside* a subquery can hide its NULL
(`NOT EXISTS (… WHERE x = NULL)` is true), so a NULL there makes the verdict NULL outright.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass, field

from backend.inventory import catalog
from backend.inventory.table import COMMON, ResourceTable
from backend.posture.lex import SqlRefused, sources, tokens, words_in_subqueries
from backend.posture.rule import Rule
from backend.posture.sandbox import Read, Sandbox

_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_COMMON = tuple(name for name, _, _ in COMMON)


class RuleRefused(ValueError):
    """The rule's SQL cannot be accepted; the message is a sentence for its author."""


@dataclass(frozen=True)
class Compiled:
    """A rule ready to run.

    `evidence`: own columns the verdict rests on, in table order. `shown`: columns and facts that only texts need.
    `related`: (table, column) read beyond the resource's own row; column '' means its rows are counted.
    """

    rule: Rule
    table: ResourceTable
    statement: str
    evidence: tuple[str, ...]
    shown: tuple[str, ...]
    facts: tuple[str, ...]
    related: frozenset[Read]
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
    table = catalog.tables()[rule.resource]
    for part, sql in (("pass", rule.passes), ("where", rule.where), ("query", rule.query), *rule.facts.items()):
        _lex(part, sql)
    _check_facts(rule, table)
    evidence, related, hidden = _verdict_reads(rule, table, sandbox)
    if not evidence and not {read for read in related if read[0] != table.name}:
        raise RuleRefused("the rule reads no data column, so it says the same of every resource")
    remediation = rule.remediation
    texts = placeholders(rule.reason, remediation.cli, remediation.terraform, remediation.text)
    shown: list[str] = []
    facts: list[str] = []
    for name in texts:
        if name in rule.facts:
            facts.append(name)
        elif name in table.by_name:
            shown.append(name)
        else:
            raise RuleRefused(f"the placeholder {{{name}}} is neither a column of {table.name} nor one of `facts`")
    statement = _statement(rule, table, evidence, shown, facts, hidden)
    try:
        reads = sandbox.reads_of(statement)
    except sqlite3.Error as error:
        raise RuleRefused(_explain(error, table)) from error
    reads |= {(table.name, name) for name in (*evidence, *shown)}
    return Compiled(
        rule=rule,
        table=table,
        statement=statement,
        evidence=tuple(evidence),
        shown=tuple(name for name in shown if name not in _COMMON and name not in evidence),
        facts=tuple(facts),
        related=frozenset(related),
        reads=frozenset((name, column) for name, column in reads if column != "row_id"),
    )


def _lex(part: str, sql: str) -> None:
    try:
        found = tokens(sql)
    except SqlRefused as refused:
        raise RuleRefused(f"`{part}`, character {refused.position + 1}: {refused}") from refused
    for token in found:
        if token.kind == "word" and token.text.upper() == "RECURSIVE":
            raise RuleRefused(f"`{part}`: a recursive query could run for ever")


def _check_facts(rule: Rule, table: ResourceTable) -> None:
    for name in rule.facts:
        if name in table.by_name:
            raise RuleRefused(f"the fact {name!r} has the name of a column of {table.name}")
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise RuleRefused(f"the fact {name!r} must be a lower-case name")


def _verdict_reads(rule: Rule, table: ResourceTable, sandbox: Sandbox) -> tuple[list[str], set[Read], list[str]]:
    """(own columns read, related reads, own columns that a subquery reads)."""
    if rule.query:
        statement = rule.query
    else:
        statement = f"SELECT ({rule.where or '1'}), ({rule.passes}) FROM {table.name}"
    try:
        reads = sandbox.reads_of(statement)
    except sqlite3.Error as error:
        raise RuleRefused(_explain(error, table)) from error
    own = {column for name, column in reads if name == table.name and column}
    related = {(name, column) for name, column in reads if name != table.name}
    if rule.query:
        related |= {(table.name, column) for column in own}  # a whole SELECT may hide anything
        return _ordered(table, own), related, []
    text = f"({rule.where or '1'}) AND ({rule.passes})"
    inside = words_in_subqueries(text)
    if table.name in sources(text):  # the table is read again in a subquery: its other rows are related too
        related |= {(table.name, column) for column in (own & inside) or {""}}
    return _ordered(table, own), related, [name for name in _ordered(table, own) if name in inside]


def _ordered(table: ResourceTable, names: set[str]) -> list[str]:
    return [name for name in table.by_name if name in names and name not in _COMMON] + [
        name for name in _COMMON if name in names and name not in ("uid", "account")
    ]


def _statement(
    rule: Rule, table: ResourceTable, evidence: list[str], shown: list[str], facts: list[str], hidden: list[str]
) -> str:
    name = table.name
    columns = [f"{name}.{column}" for column in evidence]
    columns += [f"{name}.{column}" for column in shown if column not in _COMMON and column not in evidence]
    columns += [f"({rule.facts[fact]})" for fact in facts]
    if rule.query:
        body = f"WITH verdict_of_rule AS ({rule.query}) SELECT {name}.uid, {name}.region, {name}.name, 1, v.pass"
        extra = "".join(f", {column}" for column in columns)
        return f"{body}{extra} FROM {name} LEFT JOIN verdict_of_rule v ON v.uid = {name}.uid"
    nulls = " OR ".join(f"{name}.{column} IS NULL" for column in hidden)
    verdict, where = f"({rule.passes})", f"({rule.where or '1'})"
    if nulls:
        verdict = f"CASE WHEN {nulls} THEN NULL ELSE {verdict} END"
        where = f"CASE WHEN {nulls} THEN NULL ELSE {where} END" if rule.where else where
    extra = "".join(f", {column}" for column in columns)
    return f"SELECT {name}.uid, {name}.region, {name}.name, {where}, {verdict}{extra} FROM {name}"


def _explain(error: sqlite3.Error, table: ResourceTable) -> str:
    text = str(error)
    if text.startswith("no such column: "):
        wrong = text.removeprefix("no such column: ")
        import difflib

        near = difflib.get_close_matches(wrong.split(".")[-1], list(table.by_name), n=1)
        hint = f"; did you mean {near[0]}?" if near else f" (columns of {table.name}: {', '.join(table.by_name)})"
        return f"there is no column {wrong}{hint}"
    if text.startswith("no such table: "):
        return f"there is no resource table {text.removeprefix('no such table: ')}"
    if "ambiguous column name" in text:
        return f"{text}: write table.column"
    return text
