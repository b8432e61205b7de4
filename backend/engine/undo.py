"""What the last actions of the analysts changed, so that each can be taken back exactly.

Kept in memory: an undo is for the moment after the slip. The decisions themselves are in table `triage` for good.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

from backend.errors import UserError

REMEMBERED = 50  # actions
MOST_ROWS = 500_000  # over all of them


class UndoLog:
    """Tokens, each with what is needed to take one action back."""

    def __init__(self) -> None:
        self._changes: OrderedDict[str, list[Any]] = OrderedDict()

    def add(self, change: list[Any]) -> str:
        """Remember a change; its token."""
        token = secrets.token_hex(8)
        self._changes[token] = change
        while len(self._changes) > 1 and (len(self._changes) > REMEMBERED or self._rows() > MOST_ROWS):
            self._changes.popitem(last=False)
        return token

    def take(self, token: str) -> list[Any]:
        """What belongs to the token, which is then used up; `UserError` when it is not known (any more)."""
        change = self._changes.pop(token, None)
        if change is None:
            raise UserError(
                "This can no longer be undone: it was undone before, is too long ago, or the engine was restarted since.",
                "Set the state of the findings by hand; their history shows what it was.",
            )
        return change

    def _rows(self) -> int:
        return sum(len(change) for change in self._changes.values())
