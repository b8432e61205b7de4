"""Run compiled rules over the rows of one scan."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from backend.inventory.table import COMMON
from backend.posture.compile import Compiled
from backend.posture.gate import Gaps, Gate, Missing
from backend.posture.sandbox import Sandbox
from backend.posture.verdict import Verdict, render

_COMMON = {name for name, _, _ in COMMON}


class RuleFailed(Exception):
    """A rule could not be run to its end; the message is a sentence for its author."""


def evaluate(compiled: Compiled, sandbox: Sandbox, gate: Gate, gaps: Gaps, seconds: float = 20.0) -> Iterator[Verdict]:
    """Verdicts of one rule, one for each resource (skips included).

    Raises:
        RuleFailed: the statement was refused, ran out of time or memory, or built too large a value.
    """
    everywhere, regional = gaps.for_rule(compiled.rule, compiled.related)
    try:
        for row in sandbox.rows(compiled.statement, seconds):
            yield _verdict(compiled, row, gate, everywhere + regional.get(row[1], ()))
    except (sqlite3.Error, MemoryError, OverflowError) as error:
        raise RuleFailed(_explain(error, seconds)) from error


def _verdict(compiled: Compiled, row: tuple[Any, ...], gate: Gate, gaps: tuple[Missing, ...]) -> Verdict:
    uid, region, name, where, passes = row[:5]
    rule, table = compiled.rule, compiled.table
    columns = (*compiled.evidence, *compiled.shown, *compiled.facts)
    values = dict(zip(columns, row[5:], strict=True))
    evidence = {column: values[column] for column in (*compiled.evidence, *compiled.facts) if column in values}
    values.update(uid=uid, region=region, name=name)
    if "account" in table.by_name and "account" not in values:
        values["account"] = uid.split(":")[4] if uid.count(":") > 4 else ""
    if where is not None and not where:
        if gaps and "select" in rule.where.lower():  # rows we did not see could make the rule speak of it
            return Verdict(uid, region, name, "unknown", _why_unknown(gaps), evidence, gaps)
        return Verdict(uid, region, name, "skip")
    status = "unknown" if where is None or passes is None else ("pass" if passes else "fail")
    if gaps and status != rule.more_rows_can_only:
        status = "unknown"
    values.update({fact: "" for fact in compiled.facts if values[fact] is None})
    why = {
        column: gate.cell(table.by_name[column].operation, uid, region)
        for column in compiled.evidence
        if values[column] is None and column not in _COMMON
    }
    if status != "unknown":
        return Verdict(uid, region, name, status, render(rule.reason, table, values, why), evidence)
    missing = tuple(sorted({*gaps, *why.values()}))
    return Verdict(uid, region, name, _not_offered(missing), _why_unknown(missing), evidence, missing)


def _not_offered(missing: tuple[Missing, ...]) -> str:
    """A service the region does not offer has nothing to judge: no finding, rather than an unknown for ever."""
    return "skip" if missing and all(one.outcome == "not_in_region" for one in missing) else "unknown"


def _why_unknown(missing: Iterable[Missing]) -> str:
    parts = []
    for one in missing:
        where = f" in {one.region}" if one.region and one.region != "global" else ""
        code = f", {one.code}" if one.code and one.outcome != "denied" else ""
        parts.append(f"{one.operation} {one.outcome}{where}{code}")
    shown = "; ".join(parts[:4]) + (f" and {len(parts) - 4} more" if len(parts) > 4 else "")
    return f"Not evaluated: {shown}." if parts else "Not evaluated: the rule gave no verdict for this resource."


def _explain(error: BaseException, seconds: float) -> str:
    text = str(error)
    if isinstance(error, MemoryError):
        return "it asked for more memory than a rule may have"
    if "interrupted" in text:
        return f"it did not end within {seconds:g} seconds"
    if "too big" in text or "String or BLOB exceeded" in text:
        return "it built a value larger than a rule may"
    return text
