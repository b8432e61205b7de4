"""Text that wraps anywhere it must, so that no ARN is cut; a click on a value copies it as it is."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from gui.text import plain
from gui.theme.active import colour, mono_font, ui_font
from gui.theme.tokens import TEXT_BODY

_LEADING = 1.22


class WrappedText(QWidget):
    """Painted text of a colour role. `copies` is what a click copies ('' for prose: only the menu copies)."""

    def __init__(
        self,
        text: str,
        role: str = "text",
        *,
        mono: bool = False,
        strong: bool = False,
        copies: str = "",
        pixels: int = TEXT_BODY,
    ) -> None:
        super().__init__()
        self.text = plain(text, lines=True)
        self.role = role
        self._original = text
        self._copies = copies
        self._pixels = pixels
        self._mono, self._strong = mono, strong
        self.setAccessibleName(self.text)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        if copies:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setToolTip("Click to copy")

    def show_text(self, text: str, role: str = "") -> None:
        """Show other prose."""
        self.text, self._original = plain(text, lines=True), text
        self.role = role or self.role
        self.setAccessibleName(self.text)
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return int(self._lay(max(width, 40))[1] + 1)

    def sizeHint(self) -> QSize:
        width = self.maximumWidth() if self.maximumWidth() < 4_000 else 240
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(40, self._pixels + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        layouts, _ = self._lay(self.width())
        painter = QPainter(self)
        painter.setPen(colour(self.role))
        for layout, top in layouts:
            layout.draw(painter, QPointF(0, top))
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._copies and event.button() is Qt.MouseButton.LeftButton:
            QGuiApplication.clipboard().setText(self._copies)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        text = self._copies or self._original
        menu.addAction("Copy").triggered.connect(lambda: QGuiApplication.clipboard().setText(text))
        menu.popup(event.globalPos())

    def _font(self) -> QFont:
        return mono_font(self._pixels - 1) if self._mono else ui_font(self._pixels, strong=self._strong)

    def _lay(self, width: int) -> tuple[list[tuple[QTextLayout, float]], float]:
        font, option = self._font(), QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        top = 0.0
        laid: list[tuple[QTextLayout, float]] = []
        for part in self.text.split("\n"):
            layout = QTextLayout(part, font)
            layout.setTextOption(option)
            layout.setCacheEnabled(False)
            layout.beginLayout()
            height = 0.0
            while (line := layout.createLine()).isValid():
                line.setLineWidth(width)
                line.setPosition(QPointF(0, height))
                height += line.height() * _LEADING
            layout.endLayout()
            laid.append((layout, top))
            top += height or QRectF(0, 0, 1, self._pixels * _LEADING).height()
        return laid, top
