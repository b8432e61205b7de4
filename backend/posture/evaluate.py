"""Run compiled rules over the rows of one scan."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from backend.inventory.table import COMMON
from backend.posture.compile import Compiled
from backend.posture.gate import Gaps, Gate, Missing
from backend.posture.row_functions import Causes
from backend.posture.sandbox import STATEMENT_SECONDS, Sandbox
from backend.posture.verdict import Verdict, render, show

_COMMON = {name for name, _, _ in COMMON}
MOST_BROKEN = 1_000  # rows that may break a statement (malformed JSON in them) before the rule counts as broken


class RuleFailed(Exception):
    """A rule could not be run to its end; the message is a sentence for its author."""


@dataclass(frozen=True)
class _RegionGaps:
    """What is missing for every resource, and what for those of one region."""

    everywhere: tuple[Missing, ...]
    regional: Mapping[str, tuple[Missing, ...]]

    def of(self, region: str) -> tuple[Missing, ...]:
        return self.everywhere + self.regional.get(region, ())


@dataclass(frozen=True)
class _Context:
    """What holds for all rows of a rule."""

    compiled: Compiled
    gate: Gate
    gaps: _RegionGaps
    where_gaps: _RegionGaps
    fact_gaps: Mapping[str, _RegionGaps]


def evaluate(
    compiled: Compiled, sandbox: Sandbox, gate: Gate, gaps: Gaps, seconds: float = STATEMENT_SECONDS
) -> Iterator[Verdict]:
    """Verdicts of one rule, exactly one for each resource (skips included).

    Raises:
        RuleFailed: the statement was refused, ran out of time or memory, or too many rows broke it.
    """
    rule = compiled.rule

    def missing(related: Iterable[tuple[str, str]]) -> _RegionGaps:
        return _RegionGaps(*gaps.for_rule(rule, related))

    facts = {name: missing(part.related) for name, part in compiled.facts.items()}
    context = _Context(compiled, gate, missing(compiled.related), missing(compiled.related_of_where), facts)
    if rule.query:
        yield from _of_query(context, sandbox, seconds)
        return
    for row in _rows(compiled, sandbox, seconds):
        if isinstance(row, _Broken):
            yield Verdict(row.uid, row.region, row.name, "unknown", f"Not evaluated: {row.why}.")
        else:
            yield _verdict(context, row, sandbox.row_causes.take(row[0]))


@dataclass(frozen=True)
class _Broken:
    """A row whose data SQLite cannot work with: malformed JSON, text that is no UTF-8, too large a value."""

    uid: str
    region: str
    name: str
    why: str


def _rows(compiled: Compiled, sandbox: Sandbox, seconds: float) -> Iterator[tuple[Any, ...] | _Broken]:
    """Rows in the order of their ids. One hostile row breaks itself only, not the rule's verdict on all the others."""
    deadline = time.process_time() + seconds
    last, broken = -1, 0
    sandbox.row_causes.clear()
    only_one = False
    while True:
        try:
            for row in sandbox.rows(compiled.statement, deadline - time.process_time(), (last, 1 if only_one else -1)):
                paused = time.process_time()
                yield row
                deadline += time.process_time() - paused
                last = row[0]
            if not only_one:
                return
            only_one = False
        except (sqlite3.Error, MemoryError, OverflowError) as error:
            why = _explain(error, seconds)
            if "interrupted" in str(error):
                raise RuleFailed(why) from error
            if not only_one:  # sqlite3 steps ahead: the next row may be good, and the one behind it the broken one
                only_one = True
                continue
            following, only_one, broken = sandbox.row_after(compiled.table.name, last), False, broken + 1
            if following is None or broken > MOST_BROKEN:
                raise RuleFailed(why) from error
            last = following[0]
            sandbox.row_causes.take(last)
            yield _Broken(following[1], following[3], following[4], why)


def _of_query(context: _Context, sandbox: Sandbox, seconds: float) -> Iterator[Verdict]:
    """Verdicts of a whole SELECT: rows it leaves out are unknown, as are those it speaks of twice."""
    sandbox.causes.clear()
    try:
        rows = list(sandbox.rows(context.compiled.statement, seconds, (-1, -1)))
    except (sqlite3.Error, MemoryError, OverflowError) as error:
        raise RuleFailed(_explain(error, seconds)) from error
    causes = Causes(hidden=tuple(sandbox.causes)[:3])  # a SELECT may hide a NULL anywhere, so a cause taints all of it
    for _, group in itertools.groupby(rows, key=lambda row: row[0]):
        row, *more = group
        if more:
            why = f"the query gives {len(more) + 1} verdicts for this resource"
            causes_here = Causes((*causes.hidden, why))
            yield _verdict(context, (*row[:6], None, *row[7:]), causes_here)
        else:
            yield _verdict(context, row, causes)


def _verdict(context: _Context, row: tuple[Any, ...], causes: Causes) -> Verdict:
    compiled = context.compiled
    rule, table = compiled.rule, compiled.table
    _, uid, account, region, name, where, passes = row[:7]
    columns = (*compiled.evidence, *compiled.shown, *compiled.facts)
    values = dict(zip(columns, row[7:], strict=True))
    evidence = {column: values[column] for column in (*compiled.evidence, *compiled.facts)}
    values.update(uid=uid, account=account, region=region, name=name)
    gaps = context.gaps.of(region)
    spoken, judged = _truth(where), _truth(passes)
    if spoken is False:
        unseen = context.where_gaps.of(region)  # rows we did not see could make the rule speak of it
        if not unseen and not causes.hidden:
            return Verdict(uid, region, name, "skip")
        return Verdict(uid, region, name, "unknown", _why_unknown(unseen, causes.hidden), evidence, unseen)
    status = "unknown" if spoken is None or judged is None else ("pass" if judged else "fail")
    if (gaps or causes.hidden) and status != rule.more_rows_can_only:
        status = "unknown"
    why = {
        column: context.gate.cell(table.name, column, uid, region)
        for column in (*compiled.evidence, *compiled.shown)
        if values[column] is None and column not in _COMMON
    }
    if status != "unknown":
        for fact in compiled.facts:
            values[fact] = _fact(context, fact, values, uid, region)
        return Verdict(uid, region, name, status, render(rule.reason, table, values, why), evidence)
    missing = tuple(sorted({*gaps, *(why[column] for column in compiled.evidence if column in why)}))
    said = (*causes.hidden, *causes.shown, *_odd(where), *_odd(passes))
    # A service the region does not offer has nothing to judge: no finding, rather than an unknown for ever.
    not_offered = missing and not said and not gaps and all(one.outcome == "not_in_region" for one in missing)
    return Verdict(
        uid, region, name, "skip" if not_offered else "unknown", _why_unknown(missing, said), evidence, missing
    )


def _truth(value: Any) -> bool | None:
    """SQL's truth of a number. A text has none: SQLite would read 'Enabled' as false, Python as true."""
    return bool(value) if isinstance(value, (int, float)) else None


def _odd(value: Any) -> tuple[str, ...]:
    if value is None or isinstance(value, (int, float)):
        return ()
    return (f"the rule gave {str(value)[:50]!r}, which is neither yes nor no",)


def _fact(context: _Context, fact: str, values: Mapping[str, Any], uid: str, region: str) -> str:
    """A fact as text; what it could not see is said, so that "none" always means that there is none."""
    table = context.compiled.table
    shown = show(table, fact, values[fact] if values[fact] is not None else "")
    unseen = set(context.fact_gaps[fact].of(region))
    for column in context.compiled.facts[fact].own:
        if column in values and values[column] is None and column not in _COMMON:
            unseen.add(context.gate.cell(table.name, column, uid, region))
    if not unseen:
        return shown
    first = min(unseen)
    lack = f"{first.operation} {first.outcome}"
    return f"not collected ({lack})" if values[fact] in (None, "") else f"{shown}, and perhaps more ({lack})"


def _why_unknown(missing: Iterable[Missing], causes: Iterable[str] = ()) -> str:
    parts = []
    for one in missing:
        where = f" in {one.region}" if one.region and one.region != "global" else ""
        code = f", {one.code}" if one.code and one.outcome != "denied" else ""
        parts.append(f"{one.operation} {one.outcome}{where}{code}")
    parts += causes
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
    if "user-defined function raised" in text or "decode" in text.lower():
        return "a text in it is not valid Unicode"
    return text
