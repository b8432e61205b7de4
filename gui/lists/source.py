"""Where a list gets its rows from."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of a list in order. Negative ids are headers of groups; `headers` holds their rows."""

    ids: Sequence[int]
    headers: dict[int, Any] = field(default_factory=dict)


class ListSource(Protocol):
    """Reads for one list, each called with a connection that belongs to the calling thread."""

    kind: str

    def ids(self, connection: sqlite3.Connection) -> Ids:
        """All ids under the current filter and sort."""
        ...

    def rows(self, connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Any]:
        """The rows of `ids` (at most a page); one that is gone is left out."""
        ...
