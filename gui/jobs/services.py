"""How far a scan has come in each service: small bars side by side, with what is left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.jobs.job import JobView
from gui.moments import count, plural
from gui.text import plain
from gui.theme import icons
from gui.theme.active import colour, fill, ui_font

Part = tuple[str, int, int]  # service, units done, units in all
_CELL, _ROW, _GAP = 176, 20, 18  # pixels
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


class ServiceBars(QWidget):
    """Services with something left, at most `most`; those that are done are only counted, so that the rest is seen.

    Nothing about them is guessed: `left` is what is known to be left now, and grows when listings find more.
    """

    def __init__(self, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._most = most
        self.parts: tuple[Part, ...] = ()
        self.rest = ""
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.hide()

    def show_job(self, job: JobView) -> None:
        """Show where a scan stands; nothing where the job has no parts or has ended."""
        running = job.state == "running"
        open_parts = [part for part in job.parts if part[1] < part[2]]
        done = sum(1 for part in job.parts if part[2] and part[1] >= part[2])
        self._show(open_parts[: self._most] if running else [], len(open_parts) - self._most, done)
        self.setVisible(running and bool(job.parts))

    def _show(self, parts: Sequence[Part], more: int, done: int) -> None:
        words = [f"{plural(more, 'more service')}"] if more > 0 else []
        words += [f"{plural(done, 'service')} done"] if done else []
        rows_before = self._rows(self.width())
        self.parts, self.rest = tuple(parts), ", ".join(words)
        said = [f"{plain(part[0])} {left(part)}" for part in parts]
        self.setAccessibleName("; ".join([*said, self.rest] if self.rest else said))
        if self._rows(self.width()) != rows_before:
            self.updateGeometry()
        self.update()

    def _across(self, width: int) -> int:
        return max(1, (width + _GAP) // (_CELL + _GAP))

    def _rows(self, width: int) -> int:
        cells = len(self.parts) + bool(self.rest)
        return -(-cells // self._across(width))

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._rows(width) * _ROW

    def sizeHint(self) -> QSize:
        return QSize(_CELL, self.heightForWidth(max(self.width(), _CELL)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across = self._across(self.width())
        wide = (self.width() - (across - 1) * _GAP) / across
        for at in range(len(self.parts) + bool(self.rest)):
            cell = QRectF((at % across) * (wide + _GAP), (at // across) * _ROW, wide, _ROW)
            if at < len(self.parts):
                self._part(painter, cell, self.parts[at])
            else:
                icons.paint(painter, "check", "ok", QRectF(cell.left(), cell.center().y() - 6, 12, 12))
                painter.setFont(ui_font(12))
                painter.setPen(colour("muted"))
                painter.drawText(cell.adjusted(17, 0, 0, 0), _LEFT, self.rest)
        painter.end()

    def _part(self, painter: QPainter, cell: QRectF, part: Part) -> None:
        name, done, total = part
        painter.setFont(ui_font(12))
        metrics = painter.fontMetrics()
        said = left(part)
        room = metrics.horizontalAdvance("9 999 left")
        painter.setPen(colour("muted"))
        painter.drawText(cell, _RIGHT, said)
        label = QRectF(cell.left(), cell.top(), cell.width() - room - 58, cell.height())
        painter.setPen(colour("text"))
        shown = metrics.elidedText(plain(name), Qt.TextElideMode.ElideRight, int(label.width()))
        painter.drawText(label, _LEFT, shown)
        bar = QRectF(label.right() + 4, cell.center().y() - 2, 46, 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour("sunken"))
        painter.drawRoundedRect(bar, 2, 2)
        if done and total:
            painter.setBrush(fill("accent"))
            painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(4.0, bar.width() * done / total), 4), 2, 2)


def left(part: Part) -> str:
    """`12 left`."""
    return f"{count(max(0, part[2] - part[1]))} left"
