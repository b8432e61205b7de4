"""Notifications at the lower right: an error in the engine's words, an undo, a report that is ready."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QWidget

from backend.client import UserError
from gui.details.sections import paragraph
from gui.parts.layouts import button, column, row, tool
from gui.theme import tokens

STAYS = 8_000  # ms; errors stay until they are closed
_MOST = 4
_WIDTH = 380


class Toasts(QObject):
    """Stacks toasts over the window's corner."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._shown: list[Toast] = []
        window.installEventFilter(self)

    def say(
        self,
        text: str,
        *,
        look: str = "notice",
        action: str = "",
        run: Callable[[], None] | None = None,
        stays: bool = False,
    ) -> Toast:
        """Show a sentence, perhaps with one button; what `stays` is taken away by who showed it."""
        toast = Toast(self._window, text, look, action, run)
        toast.gone.append(lambda: self._forget(toast))
        self._shown.append(toast)
        while len(self._shown) > _MOST:
            self._shown[0].end()
        toast.show()
        self._place()
        if look != "notice-fail" and not stays:
            toast.timer.start(STAYS)
        return toast

    def error(self, error: object) -> None:
        """An exception: the user's environment in its own words, anything else as our bug."""
        if isinstance(error, UserError):
            self.say(f"{error.message} {error.next_step}".strip(), look="notice-fail")
        else:
            self.say(f"This is a bug in Vedette: {type(error).__name__}: {error}", look="notice-fail")

    def texts(self) -> list[str]:
        """What is shown now."""
        return [toast.text for toast in self._shown]

    def clear(self) -> None:
        """Take all of them away."""
        for toast in list(self._shown):
            toast.end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize:
            self._place()
        return False

    def _forget(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
        self._place()

    def _place(self) -> None:
        bottom = self._window.height() - tokens.SPACE_4
        for toast in reversed(self._shown):
            height = toast.height_for(_WIDTH)
            bottom -= height
            toast.setGeometry(self._window.width() - _WIDTH - tokens.SPACE_4, bottom, _WIDTH, height)
            toast.raise_()
            bottom -= tokens.SPACE_2


class Toast(QFrame):
    """One notification."""

    def __init__(self, window: QWidget, text: str, look: str, action: str, run: Callable[[], None] | None) -> None:
        super().__init__(window)
        self.setProperty("look", look)
        self.setAccessibleName(text)
        self.text = text
        self._run = run
        self._over = False
        self.gone: list[Callable[[], None]] = []
        self.timer = QTimer(self, singleShot=True)
        self.timer.timeout.connect(self.end)
        close = tool("close", "Close notification", 12)
        close.clicked.connect(self.end)
        said = paragraph(text)
        items = column(said)
        if action:
            self.button = button(action)
            self.button.clicked.connect(self._act)
            items.addLayout(row(self.button, None))
        inner = row(items, column(close, None))
        inner.setContentsMargins(14, 10, 8, 10)
        self.setLayout(inner)

    def height_for(self, width: int) -> int:
        """Pixels it needs at a width."""
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return self.sizeHint().height()
        return layout.totalHeightForWidth(width)

    def _act(self) -> None:
        self.end()
        if self._run is not None:
            self._run()

    def end(self) -> None:
        """Take it away; nothing when it has gone already."""
        if self._over:
            return
        self._over = True
        self.timer.stop()
        self.hide()
        for tell in self.gone:
            tell()
        self.gone = []
        self.deleteLater()
