"""How a resource type is collected: listings that find resources, details that read more about each.

Both are declarations; `pool` walks them. Keeping the parsing of an answer in a pure function (answer -> rows,
answer -> columns) is what lets tests feed it answers generated from the provider's own service models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.inventory.outcome import CallFailed
from backend.inventory.table import ResourceTable, Unanswered, Value, canonical

Answer = Mapping[str, Any]
"""A parsed API response (one page of it, for a listing)."""

GLOBAL = "global"

MOST_RAW = 4_000_000
"""Characters of raw answers kept with a row: one that fills a frame to the engine would be the end of the scan."""


@dataclass(frozen=True)
class Scope:
    """Where a listing runs. `region` is 'global' for account-wide services."""

    account: str
    region: str
    partition: str = "aws"
    regions: tuple[str, ...] = ()

    def arn(self, service: str, resource: str, *, region: str | None = None, account: str | None = None) -> str:
        """ARN of something in this scope, for the APIs that do not return one."""
        where = self.region if region is None else region
        who = self.account if account is None else account
        return f"arn:{self.partition}:{service}:{'' if where == GLOBAL else where}:{who}:{resource}"


@dataclass
class Row:
    """One resource as collected so far. `values` holds checked column values; what is missing is NULL."""

    table: ResourceTable
    uid: str
    account: str
    region: str
    name: str
    values: dict[str, Value] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)  # what later details need and no column holds

    def __post_init__(self) -> None:
        for what in (self.uid, self.account, self.region, self.name):
            if not isinstance(what, str):
                raise TypeError(f"a row of {self.table.name} is named by {type(what).__name__}, not by text")
        if not self.uid:
            raise ValueError(f"a row of {self.table.name} has no uid")

    def fill(self, operation: str, found: Mapping[str, Any], raw: Any = None) -> None:
        """Take what `operation` answered: declared columns get the value, or their absent value when it is missing.

        Raises:
            KeyError: the collector yields a column that is not declared for this operation.
            TypeError: a value is not of its column's type.
        """
        declared = {column.name: column for column in self.table.columns if column.operation == operation}
        for name in found:
            if name not in declared:
                raise KeyError(f"{self.table.name}.{name} is not declared to come from {operation}")
        values: dict[str, Value] = {}
        for name, column in declared.items():
            value = found.get(name)
            if value is None:
                values[name] = None if isinstance(column.absent, Unanswered) else column.check(column.absent)
            else:
                values[name] = column.check(value)
        self.values.update(values)  # all of an answer or nothing
        if raw is not None:
            self.raw[operation] = raw

    def wire(self) -> dict[str, Any]:
        """The row as it travels from the scan worker to the engine."""
        return {
            "table": self.table.name,
            "uid": self.uid,
            "account": self.account,
            "region": self.region,
            "name": self.name,
            "values": self.values,
            "raw": self._raw(),
        }

    def _raw(self) -> str:
        text = canonical(self.raw)
        if len(text) <= MOST_RAW:
            return text
        return canonical({operation: {"left out": "too long"} for operation in self.raw})


@dataclass(frozen=True)
class Listing:
    """An operation that finds resources, page by page, of one or more tables.

    `rows(page, scope)` yields rows with the listing's own columns filled. `region` says where it runs: 'each'
    enabled region, or 'global' (once, in the provider's home region). `narrow(row)` gives arguments that list one
    known resource only, for *Check again*; None means the listing cannot be narrowed.

    Among its pages `fetch` may yield the `CallFailed` of one of `also`: the listing goes on and can still be complete
    (every row is there, some of their columns are not), and what became of that operation is recorded. It *raises*
    what keeps rows from being seen.
    """

    operation: str
    tables: tuple[ResourceTable, ...]
    rows: Callable[[Answer, Scope], Iterable[Row]]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    region: str = "each"
    narrow: Callable[[Row], Mapping[str, Any]] | None = None
    fetch: Callable[[Any, Scope], Iterable[Answer | CallFailed]] | None = None  # instead of paging: (caller, scope)
    also: tuple[str, ...] = ()  # other operations that `fetch` calls


@dataclass(frozen=True)
class Detail:
    """An operation asked once per resource.

    `absent_codes` are error codes that mean "there is none": the columns take their absent values and the outcome
    is ok; `absent_text` is for the services that hide that behind AccessDenied and say it only in the message (Macie).
    `when(row)` False means the question does not apply (absent values, no call); None means we cannot tell
    because an earlier answer is missing (NULL, no call).
    `kept(answer)` is what of the answer may be stored as `raw`, for answers that can hold secrets (see `mask`).
    """

    operation: str
    table: ResourceTable
    arguments: Callable[[Row], Mapping[str, Any]]
    columns: Callable[[Answer, Row], Mapping[str, Any]]
    absent_codes: frozenset[str] = frozenset()
    absent_text: str = ""
    when: Callable[[Row], bool | None] | None = None
    kept: Callable[[Answer], Any] | None = None


@dataclass(frozen=True)
class Service:
    """What one collector file offers: its tables, listings and details (asked in this order)."""

    name: str
    title: str
    tables: tuple[ResourceTable, ...]
    listings: tuple[Listing, ...]
    details: tuple[Detail, ...] = ()
