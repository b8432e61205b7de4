"""A panel in the middle of the window over everything, without a window of its own: Esc or a click outside ends it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget


class Overlay(QWidget):
    """Dims the window and holds one panel. Returns the focus to where it was."""

    def __init__(self, window: QWidget, panel: QFrame, width: int, height: int, top: int) -> None:
        super().__init__(window)
        panel.setParent(self)
        panel.setProperty("look", "popup")
        self._panel, self._width, self._height, self._top = panel, width, height, top
        self._before: QWidget | None = None
        self.hide()
        window.installEventFilter(self)

    def open(self) -> None:
        """Cover the window."""
        self._before = self.window().focusWidget()
        self._place()
        self.show()
        self.raise_()

    def end(self) -> None:
        """Uncover it."""
        if not self.isVisible():
            return
        self.hide()
        if self._before is not None and self._before.isVisible():
            self._before.setFocus()
        self._before = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def event(self, event: QEvent) -> bool:
        # Shortcuts of the page underneath are not meant while this is open.
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._panel.geometry().contains(event.position().toPoint()):
            self.end()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 110))
        painter.end()

    def _place(self) -> None:
        parent = self.parentWidget()
        whole = parent.rect() if parent is not None else self.rect()
        self.setGeometry(whole)
        width = min(self._width, whole.width() - 40)
        height = min(self._height, whole.height() - 40)
        top = min(self._top, max(20, (whole.height() - height) // 2))
        self._panel.setGeometry((whole.width() - width) // 2, top, width, height)
