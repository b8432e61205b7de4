"""What a column of a list shows, how it looks, and what a filter on it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Look(Enum):
    """How a cell is painted."""

    TEXT = "text"
    STRONG = "strong"
    MUTED = "muted"
    MONO = "mono"
    NUMBER = "number"  # right-aligned
    SEVERITY = "severity"  # icon + word + colour
    STATUS = "status"
    STATE = "state"
    SHARE = "share"  # (part, whole): a bar and "3 of 40"


def _none(row: Any) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `value` is what is painted and copied; `field` is the name in the query language (empty: cannot be filtered by),
    `filter_value` what a filter on this cell would hold; `sort` is the read's sort key (empty: cannot be sorted by).
    """

    id: str
    title: str
    value: Callable[[Any], Any]
    width: int = 120
    look: Look = Look.TEXT
    field: str = ""
    filter_value: Callable[[Any], str] = _none
    sort: str = ""
    sort_descending: bool = False  # which way the first click sorts
    tip: Callable[[Any], str] = _none
    stretch: bool = False
    shown: bool = True
    need: int = 0  # pixels of the list below which the column makes room, unless the analyst chose it
