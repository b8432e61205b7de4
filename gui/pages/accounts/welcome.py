"""The first run: what can be done with an empty workspace."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.parts.layouts import column, row
from gui.text import label
from gui.theme import icons
from gui.theme.active import colour, ui_font


class Choice(QAbstractButton):
    """A large button: picture, name, what happens."""

    def __init__(self, icon: str, name: str, about: str) -> None:
        super().__init__()
        self._icon, self._about = icon, about
        self.setText(name)
        self.setAccessibleName(f"{name}. {about}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(QSize(300, 168))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        edge = "focus" if self.hasFocus() else "line_strong" if self.underMouse() else "line"
        painter.setPen(QPen(colour(edge), 2 if self.hasFocus() else 1))
        painter.setBrush(colour("hover" if self.underMouse() else "surface"))
        painter.drawRoundedRect(rect, 10, 10)
        icons.paint(painter, self._icon, "accent", QRectF(20, 20, 28, 28))
        painter.setPen(colour("text"))
        painter.setFont(ui_font(16, strong=True))
        painter.drawText(QRectF(20, 60, rect.width() - 40, 24), int(Qt.AlignmentFlag.AlignLeft), self.text())
        painter.setPen(colour("muted"))
        painter.setFont(ui_font(13))
        wrap = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        painter.drawText(QRectF(20, 88, rect.width() - 40, rect.height() - 96), wrap, self._about)
        painter.end()


class Welcome(QWidget):
    """`add` and `demo` follow the two choices; the demo shows only where it is installed."""

    add = Signal()
    demo = Signal()

    def __init__(self, *, demo: bool) -> None:
        super().__init__()
        self.cloud = Choice(
            "accounts",
            "Add a cloud account",
            "Pick an identity, see what it may not read, scan. It only ever reads.",
        )
        self.cloud.clicked.connect(self.add)
        self.sample = Choice(
            "demo",
            "Look at a demo",
            "An emulated account of a small company, really scanned, in its own workspace.",
        )
        self.sample.clicked.connect(self.demo)
        said = label("Nothing leaves this computer: calls go to your cloud, results into this one file.", "muted")
        head = label("Start with an account", "heading")
        self.setLayout(
            column(
                None,
                row(None, head, None),
                row(None, said, None),
                12,
                row(None, self.cloud, self.sample, None, space=16),
                None,
                None,
                space=8,
            )
        )
        self.sample.setVisible(demo)  # not before it has a place: a widget without one is a window of its own
