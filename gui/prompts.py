"""Questions that travel from the engine to the analyst: passphrase, MFA code, and whatever else it asks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QWidget

from gui.channel.link import EngineLink
from gui.details.sections import paragraph
from gui.parts.layouts import button, column, row
from gui.text import label, plain

SECRET = frozenset({"passphrase", "password", "secret", "mfa", "sudo"})
_NEW = "Choose a passphrase for the vault"
_TITLES = {
    "passphrase": "Unlock the vault",
    "mfa": "MFA code",
    "password": "Password",
    "sudo": "Password",
}


class Prompts(QObject):
    """Shows the engine's questions one after another and carries the answers back."""

    def __init__(self, link: EngineLink, window: QWidget) -> None:
        super().__init__(window)
        self._link = link
        self._window = window
        self._waiting: list[dict[str, Any]] = []
        self.dialog: PromptDialog | None = None
        link.prompt.connect(self._ask)
        link.prompt_gone.connect(self._gone)

    def _ask(self, prompt: dict[str, Any]) -> None:
        self._waiting.append(prompt)
        self._next()

    def _next(self) -> None:
        if self.dialog is not None or not self._waiting:
            return
        prompt = self._waiting.pop(0)
        self.dialog = PromptDialog(prompt, self._window)
        self.dialog.finished.connect(lambda _: self._answered(str(prompt.get("id", ""))))
        self.dialog.open()

    def _answered(self, id: str) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is None:
            return
        if not dialog.withdrawn:
            self._link.call("prompt.answer", {"id": id, "answer": dialog.take()}, on_error=lambda _: None)
        dialog.deleteLater()
        self._next()

    def _gone(self, id: str) -> None:
        self._waiting = [one for one in self._waiting if str(one.get("id", "")) != id]
        if self.dialog is not None and self.dialog.id == id:
            self.dialog.withdrawn = True
            self.dialog.reject()


class PromptDialog(QDialog):
    """One question. Secret answers are echoed as dots and wiped once taken."""

    def __init__(self, prompt: dict[str, Any], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        kind = str(prompt.get("kind", ""))
        self.id = str(prompt.get("id", ""))
        self.withdrawn = False
        self._twice = kind == "passphrase" and bool(prompt.get("new"))
        title = _NEW if self._twice else _TITLES.get(kind, "A question")
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        choices = [str(one) for one in prompt.get("choices") or ()]
        self.field = QLineEdit()
        self.field.setAccessibleName(title)
        self.again = QLineEdit()
        self.again.setAccessibleName(f"{title}: once more")
        self.again.setPlaceholderText("Once more")
        self.problem = label(look="error", wrap=True)
        if kind in SECRET and kind != "mfa":
            for field in (self.field, self.again):
                field.setEchoMode(QLineEdit.EchoMode.Password)
        if kind == "mfa":
            self.field.setPlaceholderText("6 digits")
            self.field.setMaxLength(16)
        self.choices = QListWidget()
        self.choices.setAccessibleName(title)
        self.choices.addItems([plain(one) for one in choices])
        self._values = choices
        answer, cancel = button("Answer" if choices else "OK", "primary"), button("Cancel")
        answer.setDefault(True)
        answer.clicked.connect(self._accept)
        cancel.clicked.connect(self.reject)
        self.field.returnPressed.connect(self._accept)
        self.again.returnPressed.connect(self._accept)
        self.problem.hide()
        wrong = int(prompt.get("attempt", 1) or 1) > 1
        said = paragraph(str(prompt.get("text", "")), "error" if wrong else "")
        inner = column(
            label(title, "title"), said, self.field, self.again, self.choices,
            self.problem, row(None, cancel, answer), space=12, margin=20,
        )  # fmt: skip
        self.setLayout(inner)
        self.again.setVisible(self._twice)
        self.field.setVisible(not choices)
        self.choices.setVisible(bool(choices))
        (self.choices if choices else self.field).setFocus()

    def take(self) -> str | None:
        """The answer (None: cancelled), wiped from the fields."""
        answer: str | None = None
        if self.result() == QDialog.DialogCode.Accepted:
            answer = self._values[self.choices.currentRow()] if self._values else self.field.text()
        self._wipe()
        return answer

    def _accept(self) -> None:
        wrong = ""
        if self._values and self.choices.currentRow() < 0:
            wrong = "Choose one."
        elif not self._values and not self.field.text():
            wrong = "Type an answer, or cancel."
        elif self._twice and self.field.text() != self.again.text():
            wrong = "The two are not the same."
        self.problem.setText(wrong)
        self.problem.setVisible(bool(wrong))
        if not wrong:
            self.accept()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._wipe()
        super().closeEvent(event)

    def _wipe(self) -> None:
        for field in (self.field, self.again):
            field.setText("")
            field.clear()
