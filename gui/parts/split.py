"""Panes side by side whose widths the analyst sets, kept between starts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from gui.preferences import Preferences


class Split(QSplitter):
    """`parts`: (widget, width in pixels, whether it takes the room that is left)."""

    def __init__(self, preferences: Preferences, key: str, parts: Sequence[tuple[QWidget, int, bool]]) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._preferences, self._key = preferences, f"{key}/split"
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        for at, (part, _, takes) in enumerate(parts):
            self.addWidget(part)
            self.setStretchFactor(at, int(takes))
        usual = [width for _, width, _ in parts]
        stored = preferences.get(self._key, [])
        good = len(stored) == len(usual) and all(isinstance(one, int) and 0 < one < 10_000 for one in stored)
        self._widths = list(stored) if good else usual
        self.setSizes(self._widths)
        self.splitterMoved.connect(lambda *_: self._keep())

    def _keep(self) -> None:
        """A pane that is hidden has no width now: it keeps the one it had."""
        self._widths = [now or before for now, before in zip(self.sizes(), self._widths, strict=True)]
        self._preferences.put(self._key, self._widths)
