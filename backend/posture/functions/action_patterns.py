"""The action patterns of one statement, sorted by the service they speak of.

AWS's ReadOnlyAccess has 1,500 of them and a question is about one service, so all others need not be looked at: a
pattern whose service is written out takes in nothing but that service's actions.
"""

from __future__ import annotations

from collections.abc import Iterable

from backend.posture.functions.globs import is_wild, subsumes


class ActionPatterns:
    """Patterns in lower case. `wild`: how many hold a wildcard; `services`: those named, None where it may be any."""

    __slots__ = ("_any_service", "_by_service", "_exact", "services", "wild")

    def __init__(self, actions: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._by_service: dict[str, list[str]] = {}
        self._any_service: list[str] = []
        self.wild = 0
        for action in actions:
            if not is_wild(action):
                self._exact.add(action)
                continue
            self.wild += 1
            service, colon, _ = action.partition(":")
            if colon and not is_wild(service):
                self._by_service.setdefault(service, []).append(action)
            else:
                self._any_service.append(action)
        named = {action.partition(":")[0] for action in self._exact} | self._by_service.keys()
        self.services: frozenset[str] | None = None if self._any_service else frozenset(named)

    def take_in(self, action: str) -> bool:
        """Whether one of the patterns takes in all of the pattern `action` (lower case)."""
        if action in self._exact:
            return True
        wild = self._by_service.get(action.partition(":")[0], ())
        return any(subsumes(pattern, action) for pattern in (*self._any_service, *wild))
