"""A list's columns as the analyst arranged them: which, how wide, in which order; kept between starts."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHeaderView

from gui.lists.view import PagedView
from gui.preferences import Preferences

_LEAST, _MOST = 48, 2_000  # pixels a stored width may have


class RememberedColumns:
    """Restores the columns of `view` at once and stores each change. `reset` forgets them."""

    def __init__(self, view: PagedView, preferences: Preferences, key: str) -> None:
        self._view, self._preferences, self._key = view, preferences, f"{key}/columns"
        self._ids = [column.id for column in view.columns()]
        self._restore()
        head = view.horizontalHeader()
        head.sectionResized.connect(self._resized)
        head.sectionMoved.connect(lambda *_: self._moved())
        view.column_chosen.connect(self._chosen)
        view.reset_asked.connect(self.reset)

    def reset(self) -> None:
        """As they come."""
        self._preferences.put(self._key, {})
        head = self._view.horizontalHeader()
        for at, column in enumerate(self._view.columns()):
            head.moveSection(head.visualIndex(at), at)
            self._view.setColumnWidth(at, column.width)
            self._view.setColumnHidden(at, not column.shown)
        self._view.forget_chosen()
        self._preferences.put(self._key, {})

    def _stored(self) -> dict[str, Any]:
        found: dict[str, Any] = self._preferences.get(self._key, {})
        return found

    def _put(self, part: str, id: str, value: Any) -> None:
        stored = self._stored()
        kept = stored.get(part)
        stored[part] = {**(kept if isinstance(kept, dict) else {}), id: value}
        self._preferences.put(self._key, stored)

    def _restore(self) -> None:
        stored = self._stored()
        widths, shown, order = stored.get("widths"), stored.get("shown"), stored.get("order")
        for id, width in widths.items() if isinstance(widths, dict) else ():
            if id in self._ids and isinstance(width, int) and _LEAST <= width <= _MOST:
                self._view.setColumnWidth(self._ids.index(id), width)
        for id, on in shown.items() if isinstance(shown, dict) else ():
            if id in self._ids and isinstance(on, bool):
                self._view.choose(self._ids.index(id), on)
        if all(self._view.isColumnHidden(at) for at in range(len(self._ids))):
            self._view.choose(0, True)  # a list without a column could not even be asked for one
        head = self._view.horizontalHeader()
        wanted = [id for id in order if id in self._ids] if isinstance(order, list) else []
        for place, id in enumerate(dict.fromkeys(wanted)):
            head.moveSection(head.visualIndex(self._ids.index(id)), place)

    def _resized(self, at: int, before: int, after: int) -> None:
        stretched = self._view.horizontalHeader().sectionResizeMode(at) is QHeaderView.ResizeMode.Stretch
        if before and after and not stretched:  # 0: it was hidden or shown
            self._put("widths", self._ids[at], after)

    def _moved(self) -> None:
        head = self._view.horizontalHeader()
        stored = self._stored()
        stored["order"] = [self._ids[head.logicalIndex(place)] for place in range(len(self._ids))]
        self._preferences.put(self._key, stored)

    def _chosen(self, at: int, on: bool) -> None:
        self._put("shown", self._ids[at], on)
