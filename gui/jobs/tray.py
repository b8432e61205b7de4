"""The jobs tray: a button in the top bar with the number that run, and under it a list of them."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.details.sections import paragraph
from gui.jobs.board import JobBoard
from gui.jobs.job import JobView
from gui.jobs.services import ServiceBars
from gui.parts.layouts import button, clear, column, row, tool
from gui.text import ElidedLabel, label, plain
from gui.theme import icons, tokens

_WIDTH = 400
_LISTED = 8


class JobsTray(QPushButton):
    """The button; a click, or its action, opens the list below it."""

    def __init__(self, board: JobBoard, window: QWidget) -> None:
        super().__init__()
        self.setProperty("look", "segment")
        self.setAccessibleName("Jobs")
        self.setToolTip("Jobs (G then J)")
        self._board = board
        self.panel = JobsPanel(board, window)
        self.clicked.connect(self.toggle)
        board.moved.connect(lambda _: self._count())
        icons.attach(self, "jobs", "muted", 16)
        self._count()

    def toggle(self) -> None:
        """Open or close the list."""
        if self.panel.isVisible():
            self.panel.hide()
            return
        corner = self.mapTo(self.window(), QPoint(self.width(), self.height() + 6))
        self.panel.open_at(corner)

    def _count(self) -> None:
        running = len(self._board.active())
        text = f"{running} running" if running else "Jobs"
        if text != self.text():
            self.setText(text)
            self.setAccessibleName(f"Jobs, {text}")
            icons.attach(self, "jobs", "accent" if running else "muted", 16)


class JobsPanel(QFrame):
    """Rows of jobs, over the window's corner."""

    def __init__(self, board: JobBoard, window: QWidget) -> None:
        super().__init__(window)
        self.setProperty("look", "popup")
        self.setAccessibleName("Jobs")
        self._board = board
        self._rows: dict[str, JobRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self._none = label("Nothing runs. Scans and reports show here while they do.", "muted")
        close = tool("close", "Close jobs (Esc)", 14)
        close.clicked.connect(self.hide)
        inner = column(row(label("Jobs", "title"), None, close), self._none, self._list, space=10, margin=14)
        self.setLayout(inner)
        board.moved.connect(self._moved)
        self.hide()

    def open_at(self, corner: QPoint) -> None:
        """Show with the upper right corner at a point of the window."""
        self._fill()
        self.show()
        self._corner = corner
        self._fit()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fit(self) -> None:
        self.adjustSize()
        height = min(self.heightForWidth(_WIDTH) if self.hasHeightForWidth() else self.sizeHint().height(), 560)
        self.setGeometry(max(0, self._corner.x() - _WIDTH), self._corner.y(), _WIDTH, height)

    def _moved(self, job: JobView) -> None:
        if not self.isVisible():
            return
        if job.id in self._rows:
            self._rows[job.id].show_job(job)
        else:
            self._fill()
        self._fit()

    def _fill(self) -> None:
        clear(self._list)
        self._rows = {}
        jobs = self._board.all()[:_LISTED]
        self._none.setVisible(not jobs)
        for job in jobs:
            made = JobRow(self._board)
            made.show_job(job)
            self._rows[job.id] = made
            self._list.addWidget(made)


class JobRow(QWidget):
    """One job: title, bar, counts, and its one button."""

    def __init__(self, board: JobBoard) -> None:
        super().__init__()
        self._board = board
        self._job: JobView | None = None
        self.title = ElidedLabel(look="strong")
        self.state = label(look="muted")
        self.text = ElidedLabel(look="muted")
        self.error = paragraph("", "error")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.act = button("Cancel", "link")
        self.act.clicked.connect(self._act)
        self.services = ServiceBars(6)
        middle = row(self.state, 8, self.text)
        self._box = column(row(self.title, self.act), self.bar, middle, self.error, self.services, space=5)
        self.setLayout(self._box)

    def show_job(self, job: JobView) -> None:
        """Show a job's newest state."""
        self._job = job
        self.title.show_text(job.title)
        self.state.setText(job.outcome())
        self.bar.setVisible(job.active)
        self.bar.setAccessibleName(f"Progress of {plain(job.title)}")
        self.bar.setRange(0, max(0, job.total) if job.state == "running" else 1)
        self.bar.setValue(min(job.done, job.total))
        self.services.show_job(job)
        reason = f"{job.error} {job.next_step}".strip()
        self.text.show_text(job.text if job.total and not reason else "")
        self.error.show_text(reason)
        self.error.setVisible(bool(reason))
        if job.active:
            self.act.setText("Cancel")
            self.act.setEnabled(not job.cancelling)
        else:
            self.act.setText("Retry")
        self.act.setVisible(job.active or job.state in ("failed", "cancelled"))
        self.act.setAccessibleName(f"{self.act.text()} {plain(job.title)}")
        self.setMinimumHeight(tokens.ROW_HEIGHT)

    def _act(self) -> None:
        if self._job is not None:
            (self._board.cancel if self._job.active else self._board.retry)(self._job.id)
