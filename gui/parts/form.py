"""A small form in a dialog: named fields, what is wrong with them, one button that does it and one that does not."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from gui.parts.layouts import button, column, row
from gui.text import label


class FormDialog(QDialog):
    """Fill it with `field`; override `finish` to check and take what was typed. Never a nested event loop: `open()`."""

    def __init__(self, parent: QWidget, title: str, said: str, done: str) -> None:
        super().__init__(parent)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(440)
        self.problem = label(look="error", wrap=True)
        self.problem.hide()
        self.fields: QVBoxLayout = column(space=6)
        self.accept_button, cancel = button(done, "primary"), button("Cancel")
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self.finish)
        cancel.clicked.connect(self.reject)
        self.setLayout(
            column(
                label(title, "title"),
                label(said, "muted", wrap=True),
                self.fields,
                self.problem,
                row(None, cancel, self.accept_button),
                space=12,
                margin=20,
            )
        )

    def field(self, name: str, widget: QWidget, about: str = "") -> None:
        """One named field, perhaps with a word of explanation below."""
        widget.setAccessibleName(name)
        self.fields.addWidget(label(name, "muted"))
        self.fields.addWidget(widget)
        if about:
            self.fields.addWidget(label(about, "faint", wrap=True))

    def line(self, name: str, value: str = "", hint: str = "", about: str = "", *, secret: bool = False) -> QLineEdit:
        """A line to type in; a secret one shows dots."""
        made = QLineEdit(value)
        made.setPlaceholderText(hint)
        if secret:
            made.setEchoMode(QLineEdit.EchoMode.Password)
        self.field(name, made, about)
        return made

    def refuse(self, why: str) -> None:
        """Say what is wrong, and stay open."""
        self.accept_button.setEnabled(True)
        self.problem.setText(why)
        self.problem.show()

    def finish(self) -> None:
        """The button was pressed."""
        self.accept()
