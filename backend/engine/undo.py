"""What the last actions of the analysts changed, so that each can be taken back exactly.

Kept in memory: an undo is for the moment after the slip. The decisions themselves are in table `triage` for good.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict

from backend.errors import UserError
from backend.workspace.triage import Step

REMEMBERED = 50  # actions
MOST_STEPS = 500_000  # over all of them


class UndoLog:
    """Tokens, each with the steps that take one action back."""

    def __init__(self) -> None:
        self._actions: OrderedDict[str, list[Step]] = OrderedDict()

    def add(self, steps: list[Step]) -> str:
        """Remember an action; its token."""
        token = secrets.token_hex(8)
        self._actions[token] = steps
        while len(self._actions) > 1 and (len(self._actions) > REMEMBERED or self._size() > MOST_STEPS):
            self._actions.popitem(last=False)
        return token

    def peek(self, token: str) -> list[Step]:
        """The steps of a token; `UserError` when it is not known (any more)."""
        steps = self._actions.get(token)
        if steps is None:
            raise UserError(
                "This can no longer be undone: it was before, is too long ago, or the engine was restarted since.",
                "Set the state of the findings by hand; their history shows what it was.",
            )
        return steps

    def discard(self, token: str) -> None:
        """It was undone."""
        self._actions.pop(token, None)

    def _size(self) -> int:
        return sum(len(steps) for steps in self._actions.values())
