"""Removing an account: asked once, with what goes with it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QWidget

from gui.details.sections import paragraph
from gui.moments import plural
from gui.parts.layouts import button, column, row
from gui.text import label, plain


class RemoveDialog(QDialog):
    """`confirmed` carries whether all that was found in it shall go too."""

    confirmed = Signal(bool)

    def __init__(self, name: str, members: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Remove account")
        self.setMinimumWidth(420)
        self.forget = QCheckBox("Also forget its findings, triage and scans. This cannot be undone.")
        self.forget.setAccessibleName(self.forget.text())
        with_it = (
            f" {plural(members, 'member account')} of it {'goes' if members == 1 else 'go'} too." if members else ""
        )
        remove, cancel = button("Remove", "primary"), button("Cancel")
        cancel.setDefault(True)
        remove.clicked.connect(self._confirm)
        cancel.clicked.connect(self.reject)
        said = (
            "Its sign-in, and its keys in the vault, are removed. What was found in it stays unless you say otherwise."
            + with_it
        )
        self.setLayout(
            column(
                label(f"Remove {plain(name)}?", "title", wrap=True), paragraph(said, "muted"), self.forget,
                row(None, cancel, remove), space=12, margin=20,
            )
        )  # fmt: skip
        cancel.setFocus()

    def _confirm(self) -> None:
        self.confirmed.emit(self.forget.isChecked())
        self.accept()
