"""Running scans above the list: what is left, what is being read, and a way to stop each."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from gui.jobs.job import JobView
from gui.jobs.services import ServiceBars
from gui.parts.layouts import button, column, row
from gui.text import ElidedLabel, label


class ScanProgress(QWidget):
    """Rows of running scans; `cancelled` carries the id of a job to stop."""

    cancelled = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, _ScanRow] = {}
        self._box: QVBoxLayout = column(space=10)
        self._box.setContentsMargins(16, 2, 12, 12)
        self.setLayout(self._box)
        self.hide()

    def show_jobs(self, jobs: list[JobView]) -> None:
        """Show these scans and no others."""
        for gone in set(self._rows) - {job.id for job in jobs}:
            made = self._rows.pop(gone)
            made.hide()
            made.deleteLater()
        for job in jobs:
            if job.id not in self._rows:
                self._rows[job.id] = _ScanRow(self)
                self._box.addWidget(self._rows[job.id])
            self._rows[job.id].show_job(job)
        self.setVisible(bool(jobs))


class _ScanRow(QWidget):
    def __init__(self, of: ScanProgress) -> None:
        super().__init__()
        self._job = ""
        self.title = ElidedLabel(look="strong")
        self.left = label("", "muted")
        self.left.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.text = ElidedLabel(look="faint")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.stop = button("Cancel", "small", "stop")
        self.stop.clicked.connect(lambda: of.cancelled.emit(self._job))
        self.services = ServiceBars(20)
        head = row(self.title, self.left, self.stop, space=10)
        self.setLayout(column(head, self.bar, self.text, self.services, space=5))

    def show_job(self, job: JobView) -> None:
        self._job = job.id
        self.title.show_text(job.title)
        self.left.setText(job.remaining())
        self.text.show_text(job.text)
        self.bar.setRange(0, max(0, job.total) if job.state == "running" else 1)
        self.bar.setValue(min(job.done, job.total))
        self.services.show_job(job)
        self.bar.setAccessibleName(f"{job.title}: {job.remaining()}")
        self.stop.setEnabled(not job.cancelling)
        self.stop.setAccessibleName(f"Cancel: {job.title}")
