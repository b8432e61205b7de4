"""The bar under the list that shows while several findings are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from gui.moments import count
from gui.parts.layouts import button, row
from gui.text import label

if TYPE_CHECKING:
    from gui.pages.findings.actions import FindingsActions


class BulkBar(QWidget):
    """`12 selected`, and what can be done with them."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("look", "bulk")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Selected findings")
        self.count = label("", "strong")
        self._row = row(self.count, 12, space=6)
        self._row.setContentsMargins(14, 7, 10, 7)
        self.setLayout(self._row)
        self.hide()

    def build(self, actions: FindingsActions) -> None:
        """One button for each decision."""
        for name, words, icon in (
            ("progress", "In progress", "progress"), ("mute", "Mute…", "mute"), ("reopen", "Reopen", "reopen"),
            ("assign", "Assign…", "user"), ("copy", "Copy rows", "copy"),
        ):  # fmt: skip
            made = button(words, "small", icon, tip=actions.hint(name))
            made.clicked.connect(lambda _=False, name=name: actions.run(name))
            self._row.addWidget(made)
        self._row.addStretch(1)

    def show_count(self, number: int) -> None:
        """How many rows are selected; one alone needs no bar."""
        self.count.setText(f"{count(number)} selected")
        self.setVisible(number > 1)
