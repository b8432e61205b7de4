"""The details pane: tabs built when looked at, the chosen tab kept from one thing to the next."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from gui.details.pane import DetailsPane
from gui.details.sections import Code, notice, pairs
from gui.parts.layouts import column
from gui.parts.words import SEVERITY
from gui.parts.wrapped import WrappedText


def test_tabs_are_built_when_looked_at_and_kept_by_name(themed: Any) -> None:
    built: list[str] = []

    def tab(name: str) -> Any:
        return (name, lambda: (built.append(name), column(notice(name)))[1])

    pane = DetailsPane()
    pane.show_content("One", "first", [SEVERITY["high"]], [tab("A"), tab("B"), tab("C")])
    assert built == ["A"]
    pane.step_tab(1)
    assert built == ["A", "B"]
    pane.show_content("Two", "second", [], [tab("A"), tab("B")])
    assert built == ["A", "B", "B"]
    assert pane.bar.tabText(pane.bar.currentIndex()) == "B"
    pane.step_tab(1)
    assert pane.bar.currentIndex() == 0
    assert pane.title.text() == "Two"
    pane.deleteLater()


def test_code_copies_what_it_was_given_not_what_is_shown(themed: Any, qtbot: Any) -> None:
    code = Code("aws s3 rm 'x\u202ey'", "command")
    button = code.findChild(QToolButton)
    assert button.accessibleName() == "Copy command"
    button.click()
    assert QGuiApplication.clipboard().text() == "aws s3 rm 'x\u202ey'"
    code.deleteLater()


def test_long_values_wrap_and_copy_whole(themed: Any, qtbot: Any) -> None:
    arn = "arn:aws:iam::111122223333:role/" + "a-very-long-name-" * 8
    made = pairs([("Id", arn, "mono"), ("KMS", "not collected", "missing")])
    made.resize(380, 200)
    value = next(one for one in made.findChildren(WrappedText) if one.text == arn)
    assert value.heightForWidth(200) > value.heightForWidth(800)
    QTest.mouseClick(value, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == arn
    assert value.accessibleName() == f"Id: {arn}"
    made.deleteLater()
