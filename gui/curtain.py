"""What the window shows until its workspace is open: that it opens, or why it could not and what to do."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QProgressBar, QWidget

from backend.errors import UserError
from gui.details.sections import notice
from gui.parts.layouts import button, clear, column, row
from gui.text import ElidedLabel, label, plain

PATIENCE = 1_200  # ms before an opening that takes long says why it may


class Curtain(QWidget):
    """`seen` follows its first paint; `again` asks to try once more, `left` to quit."""

    seen = Signal()
    again = Signal()
    left = Signal()

    def __init__(self, workspace: Path) -> None:
        super().__init__()
        self.setProperty("look", "page")
        self._name = plain(workspace.name)
        self.title = label(f"Opening {self._name}…", "title")
        self.title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.path = ElidedLabel(str(workspace), "muted", mode=Qt.TextElideMode.ElideMiddle)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName("Opening")
        self.more = label("", "faint")
        self.more.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._reason = column(space=8)
        self.retry, self.leave = button("Try again", "primary"), button("Quit")
        self.retry.clicked.connect(self._retry)
        self.leave.clicked.connect(self.left)
        middle = QWidget()
        middle.setFixedWidth(460)
        middle.setLayout(
            column(
                self.title, self.path, self.bar, self.more, self._reason, row(None, self.leave, self.retry), space=10
            )
        )
        self.setLayout(column(None, row(None, middle, None), None, None))
        self._seen = False
        self._slow = QTimer(self, singleShot=True, interval=PATIENCE)
        self._slow.timeout.connect(self._explain)
        self.show_opening()

    def show_opening(self) -> None:
        """It is being opened."""
        clear(self._reason)
        self.title.setText(f"Opening {self._name}…")
        self.bar.show()
        self.more.setText("")
        self.retry.hide()
        self.leave.hide()
        self._slow.start()

    def show_error(self, error: Exception) -> None:
        """It could not be opened."""
        self._slow.stop()
        self.bar.hide()
        self.more.setText("")
        self.title.setText(f"{self._name} could not be opened")
        if isinstance(error, UserError):
            said = f"{error.message} {error.next_step}".strip()
        else:
            said = f"This is a bug in Vedette: {type(error).__name__}: {error}"
        clear(self._reason)
        self._reason.addWidget(notice(said, "notice-fail"))
        self.setAccessibleName(said)
        self.retry.show()
        self.leave.show()
        self.retry.setFocus()

    def stop(self) -> None:
        """It is open, or the window closes."""
        self._slow.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._seen:
            self._seen = True
            QTimer.singleShot(0, self, self.seen.emit)

    def _explain(self) -> None:
        self.more.setText("Its engine is starting; a large workspace of an earlier version takes a little longer.")

    def _retry(self) -> None:
        self.show_opening()
        self.again.emit()
