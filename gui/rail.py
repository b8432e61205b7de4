"""The left rail: one button for each page there is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from gui.actions.registry import ActionRegistry
from gui.pages import PageEntry
from gui.theme import icons
from gui.theme.active import colour, ui_font

WIDTH = 84


class RailButton(QAbstractButton):
    """Icon over label; the page that is shown has the accent."""

    def __init__(self, icon: str, title: str, tip: str) -> None:
        super().__init__()
        self._icon = icon
        self.setText(title)
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFixedSize(QSize(WIDTH - 12, 58))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        here = self.isChecked()
        painter.setPen(QPen(colour("focus"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(
            colour("selection" if here else "hover") if here or self.underMouse() else Qt.BrushStyle.NoBrush
        )
        painter.drawRoundedRect(rect, 8, 8)
        icons.paint(painter, self._icon, "accent" if here else "muted", QRectF(rect.center().x() - 11, 10, 22, 22))
        painter.setFont(ui_font(11, strong=here))
        painter.setPen(colour("text" if here else "muted"))
        bottom = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom
        painter.drawText(rect.adjusted(0, 0, 0, -6), int(bottom), self.text())
        painter.end()


class Rail(QWidget):
    """`chosen` carries a page's id."""

    chosen = Signal(str)
    menu_asked = Signal()

    def __init__(self, pages: Sequence[PageEntry], actions: ActionRegistry) -> None:
        super().__init__()
        self.setProperty("look", "rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Pages")
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, RailButton] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 10, 6, 10)
        box.setSpacing(4)
        box.addWidget(_Logo(), 0, Qt.AlignmentFlag.AlignHCenter)
        box.addSpacing(8)
        for page in pages:
            made = RailButton(page.icon, page.title, actions.hint(f"go.{page.id}"))
            made.clicked.connect(lambda _=False, id=page.id: self.chosen.emit(id))
            self.buttons[page.id] = made
            box.addWidget(made)
        box.addStretch(1)
        self.menu = RailButton("menu", "Menu", "Menu (F10)")
        self.menu.setCheckable(False)
        self.menu.clicked.connect(self.menu_asked)
        box.addWidget(self.menu)

    def show_page(self, page: str) -> None:
        """Mark the page that is shown."""
        for id_, made in self.buttons.items():
            made.setChecked(id_ == page)


class _Logo(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(30, 30)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, "product", "accent", QRectF(self.rect()))
        painter.end()
