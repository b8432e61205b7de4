"""The three short lists of the overview; each line is a button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from gui.channel import door
from gui.moments import ago, count, duration, plural
from gui.parts.words import SEVERITY, Mark
from gui.text import label, plain
from gui.theme import icons
from gui.theme.active import colour, ui_font

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_RANKS = ("", "info", "low", "medium", "high", "critical")
_SCAN_MARKS = {
    "done": Mark("Done", "pass", "ok"),
    "running": Mark("Running", "progress", "accent"),
    "interrupted": Mark("Interrupted", "warning", "warn"),
    "cancelled": Mark("Cancelled", "stop", "muted"),
    "failed": Mark("Failed", "fail", "fail"),
}


class Line(QAbstractButton):
    """Icon, text, a quieter word, and cells from the right edge (text, width, role)."""

    def __init__(self) -> None:
        super().__init__()
        self.key = ""
        self._mark: Mark | None = None
        self._text = ""
        self._cells: list[tuple[str, int, str]] = []
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_line(self, key: str, mark: Mark, text: str, cells: list[tuple[str, int, str]]) -> None:
        """Show other content; `key` is what a press chooses."""
        self.key, self._mark, self._text, self._cells = key, mark, plain(text), cells
        self.setAccessibleName(", ".join([mark.word, self._text, *(cell[0] for cell in cells)]))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse() or self.hasFocus():
            painter.setPen(QPen(colour("focus"), 1.5) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        inner = rect.adjusted(6, 0, -6, 0)
        painter.setFont(ui_font(13))
        for text, width, role in reversed(self._cells):
            cell = QRectF(inner.right() - width, inner.top(), width, inner.height())
            painter.setPen(colour(role))
            shown = painter.fontMetrics().elidedText(plain(text), Qt.TextElideMode.ElideRight, width)
            painter.drawText(cell, _RIGHT, shown)
            inner.setRight(cell.left() - 10)
        if self._mark is not None:
            place = QRectF(inner.left(), inner.center().y() - 7, 14, 14)
            icons.paint(painter, self._mark.icon, self._mark.role, place)
            inner.setLeft(inner.left() + 22)
        painter.setPen(colour("text"))
        shown = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner, _LEFT, shown)
        painter.end()


class _Lines(QWidget):
    chosen = Signal(str)

    def __init__(self, nothing: str) -> None:
        super().__init__()
        self._lines: list[Line] = []
        self._nothing = label(nothing, "muted")
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(0)
        self._box.addWidget(self._nothing)
        self._box.addStretch(1)

    def show_lines(self, lines: Sequence[tuple[str, Mark, str, list[tuple[str, int, str]]]]) -> None:
        while len(self._lines) < len(lines):
            made = Line()
            made.clicked.connect(lambda _=False, made=made: self.chosen.emit(made.key))
            self._lines.append(made)
            self._box.insertWidget(self._box.count() - 1, made)
        for at, made in enumerate(self._lines):
            made.setVisible(at < len(lines))
            if at < len(lines):
                made.show_line(*lines[at])
        self._nothing.setVisible(not lines)


class RiskList(_Lines):
    """The rules that fail worst."""

    def __init__(self) -> None:
        super().__init__("Nothing fails.")

    def show_groups(self, groups: Sequence[door.findings.GroupRow]) -> None:
        """Show groups by rule, worst first."""
        self.show_lines(
            [
                (
                    one.key,
                    SEVERITY[one.severity],
                    one.title,
                    [(f"{count(one.failed)} of {count(one.checked)}", 96, "muted")],
                )
                for one in groups
                if one.failed
            ]
        )


class RaiseList(_Lines):
    """What would raise the score most."""

    def __init__(self) -> None:
        super().__init__("Nothing fails: the score cannot rise.")

    def show_raises(self, raises: Sequence[Any]) -> None:
        """Show rules with the points that fixing all their failures brings."""
        lines: list[tuple[str, Mark, str, list[tuple[str, int, str]]]] = []
        for one in raises:
            mark = SEVERITY[_RANKS[one.severity_rank]]
            cells = [(f"fix {count(one.failed)}", 64, "muted"), (f"+{one.points:.1f}", 44, "ok")]
            lines.append((one.rule, mark, one.title, cells))
        self.show_lines(lines)


class ScanList(_Lines):
    """The newest scans."""

    def __init__(self) -> None:
        super().__init__("No scan yet.")

    def show_scans(self, scans: Sequence[door.scans.ScanRow]) -> None:
        """Show scans with how they ended, how much they read, and what was refused."""
        lines: list[tuple[str, Mark, str, list[tuple[str, int, str]]]] = []
        for one in scans:
            refused = sum(number for outcome, number in one.outcomes if outcome in ("denied", "throttled", "failed"))
            took = duration(one.finished_at - one.started_at) if one.finished_at else ""
            cells = [
                (f"{plural(refused, 'call')} refused" if refused else "", 130, "warn"),
                (plural(one.resources, "resource"), 120, "muted"),
                (plural(one.calls, "call"), 100, "muted"),
                (took, 60, "muted"),
                (ago(one.started_at), 90, "muted"),
            ]
            mark = _SCAN_MARKS.get(one.state, _SCAN_MARKS["done"])
            lines.append((str(one.id), mark, f"{one.account_name} — {mark.word.lower()}", cells))
        self.show_lines(lines)
