"""Questions of the engine: secrets are dots, wiped once taken; a withdrawn question goes away."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit


def ask(window: Any, engine: Any, qtbot: Any, **prompt: Any) -> Any:
    engine.push("prompt", prompt={"id": "7", "kind": "passphrase", "text": "The vault of <b>acme</b>", **prompt})
    qtbot.waitUntil(lambda: window.prompts.dialog is not None)
    return window.prompts.dialog


def test_a_passphrase_is_hidden_sent_and_wiped(console: Any, qtbot: Any) -> None:
    window, engine = console
    dialog = ask(window, engine, qtbot)
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.field, "hunter2")
    texts: list[str] = []
    dialog.field.textChanged.connect(texts.append)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(verb == "prompt.answer" for verb, _ in engine.asked))
    assert ("prompt.answer", {"id": "7", "answer": "hunter2"}) in engine.asked
    assert texts[-1] == ""
    assert window.prompts.dialog is None


def test_cancelling_answers_null(console: Any, qtbot: Any) -> None:
    window, engine = console
    dialog = ask(window, engine, qtbot)
    QTest.keyClicks(dialog.field, "half")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: ("prompt.answer", {"id": "7", "answer": None}) in engine.asked)


def test_a_new_passphrase_is_typed_twice(console: Any, qtbot: Any) -> None:
    window, engine = console
    dialog = ask(window, engine, qtbot, new=True, attempt=1)
    assert dialog.windowTitle() == "Choose a passphrase for the vault"
    assert not dialog.again.isHidden()
    QTest.keyClicks(dialog.field, "one")
    QTest.keyClicks(dialog.again, "two")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    assert dialog.problem.text() == "The two are not the same."
    dialog.again.setText("one")
    QTest.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: ("prompt.answer", {"id": "7", "answer": "one"}) in engine.asked)


def test_a_withdrawn_question_goes_away_unanswered(console: Any, qtbot: Any) -> None:
    window, engine = console
    ask(window, engine, qtbot)
    engine.push("prompt_gone", id="7")
    qtbot.waitUntil(lambda: window.prompts.dialog is None)
    assert not any(verb == "prompt.answer" for verb, _ in engine.asked)


def test_questions_wait_for_one_another(console: Any, qtbot: Any) -> None:
    window, engine = console
    first = ask(window, engine, qtbot)
    engine.push("prompt", prompt={"id": "8", "kind": "mfa", "text": "Code for arn:aws:iam::1:mfa/x"})
    qtbot.wait(50)
    assert window.prompts.dialog is first
    first.reject()
    qtbot.waitUntil(lambda: window.prompts.dialog is not None and window.prompts.dialog.id == "8")
    window.prompts.dialog.reject()
