"""What is wrong with a query, and where."""

from __future__ import annotations

from backend.errors import UserError


class FilterError(UserError):
    """A query that cannot be read.

    `position` is the 0-based offset of the first character at fault, `end` the offset after the last one
    (at least `position`; both may equal the query's length when something is missing at its end).
    """

    def __init__(self, position: int, message: str, end: int | None = None) -> None:
        super().__init__(message)
        self.position = position
        self.end = position if end is None else end
