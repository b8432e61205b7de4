"""Values of a few fields with their counts under the current query: tick several, or hold to one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.channel import door
from gui.moments import count
from gui.parts.words import SEVERITY, STATE, STATUS
from gui.text import label, plain
from gui.theme import icons
from gui.theme.active import colour, ui_font

_FEW = 6
_TITLES = {
    "severity": "Severity", "status": "Status", "state": "Triage", "presence": "Presence", "service": "Service",
    "account": "Account", "region": "Region", "framework": "Framework", "assignee": "Assignee", "owner": "Owner",
    "environment": "Environment", "criticality": "Criticality", "sensitivity": "Sensitivity", "rule": "Rule",
}  # fmt: skip
_WORDS = {("state", "none"): "Never failed"}
_MARKS = {"severity": SEVERITY, "status": STATUS, "state": STATE}


class FacetPanel(QScrollArea):
    """`toggled` and `only` name a field and the value that was ticked or chosen alone."""

    toggled = Signal(str, str)
    only = Signal(str, str)

    def __init__(self, fields: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setAccessibleName("Facets")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        body = QWidget()
        body.setProperty("look", "clear")
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(12, 10, 6, 12)
        self._column.setSpacing(2)
        self._sections = {field: _Section(field, self) for field in fields}
        for section in self._sections.values():
            self._column.addWidget(section)
        self._column.addStretch(1)
        self.setWidget(body)

    def values(self, field: str) -> list[door.findings.FacetValue]:
        """The values of a field as last shown."""
        section = self._sections.get(field)
        return list(section.facet.values) if section is not None and section.facet is not None else []

    def show_facets(self, facets: Sequence[door.findings.Facet], query: str) -> None:
        """Counts of the current query; ticks are those values the query holds the field to."""
        for facet in facets:
            section = self._sections.get(facet.field)
            if section is not None:
                section.show_values(facet, door.query_edit.chosen(query, facet.field))


class _Section(QWidget):
    def __init__(self, field: str, panel: FacetPanel) -> None:
        super().__init__()
        self._field = field
        self._panel = panel
        self._whole = False
        self.facet: door.findings.Facet | None = None
        self._chosen: set[str] = set()
        self._rows: list[FacetRow] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 10)
        self._box.setSpacing(0)
        self._box.addWidget(label(_TITLES.get(field, field).upper(), "overline"))
        self._more = QToolButton(self)
        self._more.setProperty("look", "plain")
        self._more.clicked.connect(self._unfold)
        self._box.addWidget(self._more)
        self.hide()

    def show_values(self, facet: door.findings.Facet, chosen: set[str]) -> None:
        self.facet, self._chosen = facet, chosen
        values = list(facet.values)
        shown = values if self._whole else [one for at, one in enumerate(values) if at < _FEW or one.value in chosen]
        while len(self._rows) < len(shown):
            row = FacetRow(self._field, self._panel)
            self._rows.append(row)
            self._box.insertWidget(self._box.count() - 1, row)
        for at, row in enumerate(self._rows):
            row.setVisible(at < len(shown))
            if at < len(shown):
                row.show_value(shown[at], shown[at].value in chosen)
        rest = len(values) - len(shown)
        self._more.setVisible(rest > 0 or (self._whole and len(values) > _FEW))
        self._more.setText("Show fewer" if self._whole else f"Show {rest} more")
        self._more.setAccessibleName(f"{_TITLES.get(self._field, self._field)}: {self._more.text()}")
        self.setVisible(bool(values))

    def _unfold(self) -> None:
        self._whole = not self._whole
        if self.facet is not None:
            self.show_values(self.facet, self._chosen)


class FacetRow(QAbstractButton):
    """One value. The box (or Space) ticks it; the name (or Enter) holds the field to it alone."""

    def __init__(self, field: str, panel: FacetPanel) -> None:
        super().__init__()
        self._field = field
        self._panel = panel
        self.value = ""
        self._label = ""
        self._count = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_value(self, value: door.findings.FacetValue, chosen: bool) -> None:
        marks = _MARKS.get(self._field, {})
        mark = marks.get(value.value)
        self.value = value.value
        named = mark.word if mark is not None and mark.word else _WORDS.get((self._field, value.value), "")
        self._label = named or plain(value.label)
        self._count = value.count
        self.setChecked(chosen)
        self.setAccessibleName(f"{_TITLES.get(self._field, self._field)} {self._label}: {value.count} findings")
        self.setToolTip("")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(160, 25)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._panel.only.emit(self._field, self.value)
        elif event.key() == Qt.Key.Key_Space:
            self._panel.toggled.emit(self._field, self.value)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        self.setDown(False)
        if inside and event.button() is Qt.MouseButton.LeftButton:
            ticked = event.position().x() < 24 or event.modifiers() != Qt.KeyboardModifier.NoModifier
            (self._panel.toggled if ticked else self._panel.only).emit(self._field, self.value)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour("hover"))
            painter.drawRoundedRect(rect, 4, 4)
        if self.hasFocus():
            painter.setPen(QPen(colour("focus"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 4, 4)
        box = QRectF(5, rect.center().y() - 6.5, 13, 13)
        painter.setPen(QPen(colour("accent" if self.isChecked() else "line_strong"), 1))
        painter.setBrush(colour("accent_fill") if self.isChecked() else colour("raised"))
        painter.drawRoundedRect(box, 3, 3)
        if self.isChecked():
            icons.paint(painter, "check", "on_accent", box.adjusted(1, 1, -1, -1))
        number = count(self._count)
        painter.setFont(ui_font(12))
        metrics = painter.fontMetrics()
        width = metrics.horizontalAdvance(number)
        painter.setPen(colour("muted"))
        inner = rect.adjusted(26, 0, -6, 0)
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), number)
        name = QRectF(inner.left(), inner.top(), inner.width() - width - 8, inner.height())
        mark = _MARKS.get(self._field, {}).get(self.value)
        if mark is not None and mark.word:
            icons.paint(painter, mark.icon, mark.role, QRectF(name.left(), name.center().y() - 6, 12, 12))
            name = name.adjusted(17, 0, 0, 0)
        painter.setPen(colour("text"))
        text = metrics.elidedText(self._label, Qt.TextElideMode.ElideMiddle, int(name.width()))
        painter.drawText(name, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), text)
        painter.end()
