"""How a resource type is declared: one typed table whose columns are stated once.

A NULL in a column means *not collected*, never *absent*. What absence looks like is the column's own business:
`absent` is the value an answered call without that member stands for (no maximum password age is `NEVER`, an
infinite number of days, not 0).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

Value = str | int | float | None

LONGEST_TEXT = 1 << 20
"""Characters a column may hold, as many as the rules' functions read."""

_MOST = 10**300

NEVER = math.inf
"""Absent value of a column that counts time or a limit: no end, no limit."""


class Type(Enum):
    """Type of a column, with its SQLite storage class and CHECK."""

    TEXT = "text"
    INT = "int"
    REAL = "real"
    BOOL = "bool"
    TIME = "time"
    JSON = "json"

    @property
    def sql(self) -> str:
        """Column type in a STRICT table; times are epoch seconds and may be infinite (never)."""
        return {"text": "TEXT", "int": "INTEGER", "real": "REAL", "bool": "INTEGER", "time": "REAL", "json": "TEXT"}[
            self.value
        ]


class Unanswered(Enum):
    """Marker for `absent`: a missing member says nothing, the value stays NULL."""

    UNKNOWN = "unknown"


UNKNOWN = Unanswered.UNKNOWN


@dataclass(frozen=True)
class Column:
    """One column: name, type, meaning in a sentence, the operation that fills it, and what absence means."""

    name: str
    type: Type
    meaning: str
    operation: str
    absent: Value | Unanswered = UNKNOWN

    def check(self, value: Any) -> Value:
        """Return the value as stored, or raise `TypeError` when it is not of this column's type.

        Refused too is what SQLite cannot hold (a whole number beyond 64 bits; NaN, which it would take for NULL, that
        is for *not collected*) and a text too long for any rule to judge.
        """
        stored = self._stored(value)
        if isinstance(stored, str) and len(stored) > LONGEST_TEXT:
            raise TypeError(f"column {self.name} got a text of {len(stored):,} characters")
        if isinstance(stored, int) and not -(2**63) <= stored < 2**63:
            raise TypeError(f"column {self.name} got a number beyond 64 bits")
        if isinstance(stored, float) and math.isnan(stored):
            raise TypeError(f"column {self.name} got a number that is none (NaN)")
        return stored

    def _stored(self, value: Any) -> Value:
        if value is None:
            return None
        if self.type is Type.BOOL and isinstance(value, (bool, int)) and value in (0, 1):
            return int(value)
        if self.type is Type.INT and isinstance(value, int) and not isinstance(value, bool):
            return value
        if self.type in (Type.REAL, Type.TIME) and isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(min(max(value, -_MOST), _MOST)) if isinstance(value, int) else value
        if self.type is Type.TEXT and isinstance(value, str):
            return value
        if self.type is Type.JSON and isinstance(value, (str, list, dict)):
            return value if isinstance(value, str) else canonical(value)
        raise TypeError(f"column {self.name} is declared {self.type.value} but got {type(value).__name__}")


@dataclass(frozen=True)
class ResourceTable:
    """A resource type: `aws_s3_bucket` and its columns.

    `listing` is the operation whose full success says that every resource of this type is known in the scope.
    `scope` is 'global' (one listing for the account) or 'regional' (one listing for each region).
    """

    name: str
    title: str
    service: str
    listing: str
    columns: tuple[Column, ...]
    scope: str = "regional"
    provider: str = "aws"
    anchor: bool = False  # always has a row, so rules about absence can hang on it
    by_name: dict[str, Column] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        by_name = {column.name: column for column in (*self.common(), *self.columns)}
        if len(by_name) != len(self.columns) + len(COMMON):
            raise ValueError(f"{self.name} declares a column twice or one of the common columns")
        object.__setattr__(self, "by_name", by_name)

    def common(self) -> tuple[Column, ...]:
        """The columns each table has, filled by its listing."""
        return tuple(Column(name, type_, meaning, self.listing) for name, type_, meaning in COMMON)

    def operations(self) -> set[str]:
        """Every operation that fills a column of this table."""
        return {self.listing} | {column.operation for column in self.columns}


COMMON = (
    ("uid", Type.TEXT, "Unique id: the ARN where there is one."),
    ("account", Type.TEXT, "Account the resource belongs to, 12 digits."),
    ("region", Type.TEXT, "Region, or 'global'."),
    ("name", Type.TEXT, "Name a person knows it by."),
)

BOOKKEEPING = ("row_id", "first_scan", "last_scan", "hash", "collected_at", "raw")
"""Columns of the physical table that rules may not read."""


def canonical(value: Any) -> str:
    """JSON text with sorted keys: equal values give equal text, so versions compare."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def text(name: str, meaning: str, operation: str, absent: Value | Unanswered = "") -> Column:
    """A text column; absent is the empty text unless said otherwise."""
    return Column(name, Type.TEXT, meaning, operation, absent)


def integer(name: str, meaning: str, operation: str, absent: Value | Unanswered = UNKNOWN) -> Column:
    """A whole number."""
    return Column(name, Type.INT, meaning, operation, absent)


def real(name: str, meaning: str, operation: str, absent: Value | Unanswered = UNKNOWN) -> Column:
    """A number that may be infinite (`NEVER`)."""
    return Column(name, Type.REAL, meaning, operation, absent)


def flag(name: str, meaning: str, operation: str, absent: Value | Unanswered = UNKNOWN) -> Column:
    """0 or 1."""
    return Column(name, Type.BOOL, meaning, operation, absent)


def moment(name: str, meaning: str, operation: str, absent: Value | Unanswered = UNKNOWN) -> Column:
    """Epoch seconds, UTC; `NEVER` where it has no such moment."""
    return Column(name, Type.TIME, meaning, operation, absent)


def document(name: str, meaning: str, operation: str, absent: Any = UNKNOWN) -> Column:
    """A JSON value, stored as canonical text; `absent` is a list or an object."""
    stored = absent if isinstance(absent, Unanswered) else canonical(absent)
    return Column(name, Type.JSON, meaning, operation, stored)
