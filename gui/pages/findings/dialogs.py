"""The two small forms of triage: mute, and assign."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDate, QDateTime, QTime, Signal
from PySide6.QtWidgets import QComboBox, QDateEdit, QLineEdit, QPlainTextEdit, QWidget

from gui.moments import DAY, now, plural
from gui.parts.form import FormDialog

REASONS = (
    ("false positive", "False positive — the verdict is wrong here"),
    ("accepted risk", "Accepted risk — known, and kept"),
    ("fix pending", "Fix pending — it is being worked on"),
    ("other", "Other — say why in the note"),
)
_ENDS = (("7 days", 7), ("30 days", 30), ("90 days", 90), ("Until a date…", -1), ("Without end", 0))


class MuteDialog(FormDialog):
    """`muted` carries reason, note and end (None: without end)."""

    muted = Signal(str, str, object)

    def __init__(self, count: int, parent: QWidget) -> None:
        said = (
            "Muted findings leave the lists and the score until the mute ends; reports list them with the reason, and"
            " the audit log says who did it."
        )
        super().__init__(parent, f"Mute {plural(count, 'finding')}", said, "Mute")
        self.reason = QComboBox()
        for value, words in REASONS:
            self.reason.addItem(words, value)
        self.end = QComboBox()
        for words, days in _ENDS:
            self.end.addItem(words, days)
        self.end.setCurrentIndex(1)
        self.date = QDateEdit(QDate.currentDate().addDays(30))
        self.date.setMinimumDate(QDate.currentDate().addDays(1))
        self.date.setDisplayFormat("yyyy-MM-dd")
        self.date.setCalendarPopup(True)
        self.date.hide()
        self.end.currentIndexChanged.connect(lambda: self.date.setVisible(self.end.currentData() == -1))
        self.note = QPlainTextEdit()
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(76)
        self.note.setPlaceholderText("Who agreed, which ticket")
        self.field("Reason", self.reason)
        self.field("Ends after", self.end)
        self.date.setAccessibleName("End date")
        self.fields.addWidget(self.date)
        self.field("Note", self.note)

    def finish(self) -> None:
        note = self.note.toPlainText().strip()
        if self.reason.currentData() == "other" and not note:
            self.refuse("Say in the note why.")
            self.note.setFocus()
            return
        days = int(self.end.currentData())
        until: int | None = None if days == 0 else now() + days * DAY
        if days == -1:
            until = QDateTime(self.date.date(), QTime(23, 59, 59)).toSecsSinceEpoch()
        self.muted.emit(str(self.reason.currentData()), note, until)
        self.accept()


class AssignDialog(FormDialog):
    """`assigned` carries a name, or '' for nobody."""

    assigned = Signal(str)

    def __init__(self, count: int, known: Sequence[str], parent: QWidget) -> None:
        super().__init__(
            parent, f"Assign {plural(count, 'finding')}", "Whoever works on it. Leave empty for nobody.", "Assign"
        )
        self.who = QComboBox()
        self.who.setEditable(True)
        self.who.addItems(list(known))
        self.who.setCurrentText("")
        edit = self.who.lineEdit()
        if isinstance(edit, QLineEdit):
            edit.setMaxLength(200)
            edit.setPlaceholderText("Name")
            edit.returnPressed.connect(self.finish)
        self.field("Assignee", self.who)
        self.who.setFocus()

    def finish(self) -> None:
        self.assigned.emit(self.who.currentText().strip())
        self.accept()
