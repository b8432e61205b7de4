"""The one action registry.

A page registers its `Action`s; the window makes a QAction of each, and menus, command palette and shortcut sheet are
views of the same records. A doubled id, an empty title and a shortcut that two actions could answer are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

EVERYWHERE = ""
MENUS = ("File", "Go", "View", "Findings", "Accounts", "Reports", "Help")


class ActionClash(Exception):
    """Two actions claim the same id or the same keys: a bug of ours, found when the window is built."""


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the analyst can do.

    `id` reads `page.verb`; `page` names the page it belongs to (EVERYWHERE: all of them); `shortcut` is in Qt's
    portable form, chords as `G, O`; `enabled` is asked each time the action could be shown.
    """

    id: str
    title: str
    run: Callable[[], None]
    shortcut: str = ""
    menu: str = ""
    page: str = EVERYWHERE
    enabled: Callable[[], bool] = _always
    icon: str = ""

    def keys(self) -> str:
        """The shortcut as shown to a person: `G then O`, `Ctrl+K`."""
        return " then ".join(part.strip() for part in self.shortcut.split(", ")) if self.shortcut else ""


class ActionRegistry(QObject):
    """Actions by id, in the order they were registered."""

    added = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._actions: dict[str, Action] = {}

    def add(self, *actions: Action) -> None:
        """Register; raises `ActionClash` for a doubled id, shortcut or missing name."""
        for action in actions:
            if not action.title.strip() or "." not in action.id:
                raise ActionClash(f"Action {action.id!r} needs an id of the form page.verb and a title.")
            if action.menu not in MENUS:
                raise ActionClash(f"Action {action.id} names no menu: {action.menu!r}.")
            if action.id in self._actions:
                raise ActionClash(f"Action {action.id} is registered twice.")
            for other in self._actions.values():
                if _clash(action, other):
                    raise ActionClash(f"{action.id} and {other.id} both answer {action.shortcut}.")
            self._actions[action.id] = action
            self.added.emit(action.id)

    def __iter__(self) -> Iterator[Action]:
        return iter(list(self._actions.values()))

    def __getitem__(self, id: str) -> Action:
        return self._actions[id]

    def on(self, page: str) -> list[Action]:
        """Actions that can be run while `page` is shown."""
        return [action for action in self._actions.values() if action.page in (EVERYWHERE, page)]

    def run(self, id: str) -> bool:
        """Run the action if it is enabled; whether it ran."""
        action = self._actions[id]
        if not action.enabled():
            return False
        action.run()
        return True

    def hint(self, id: str) -> str:
        """`Title (Keys)` for a tool tip."""
        action = self._actions[id]
        return f"{action.title} ({action.keys()})" if action.shortcut else action.title


def _clash(first: Action, second: Action) -> bool:
    if not first.shortcut or not second.shortcut:
        return False
    if EVERYWHERE not in (first.page, second.page) and first.page != second.page:
        return False
    one, two = QKeySequence(first.shortcut), QKeySequence(second.shortcut)
    # A chord's first key may not be a shortcut of its own: the window would never know which was meant.
    exact, partial = QKeySequence.SequenceMatch.ExactMatch, QKeySequence.SequenceMatch.PartialMatch
    return exact in (one.matches(two), two.matches(one)) or partial in (one.matches(two), two.matches(one))
