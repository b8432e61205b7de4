"""The query bar: asks only what can be read, explains what cannot, completes, remembers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from gui.preferences import Preferences
from gui.query.bar import QueryBar
from gui.query.chips import FilterChips


@pytest.fixture
def bar(link: Any, qtbot: Any) -> Iterator[QueryBar]:
    window = QWidget()
    window.resize(800, 400)
    made = QueryBar(link[0].reader, Preferences(), "findings", window)
    made.resize(780, 60)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.edit.hasFocus)
    yield made
    window.close()
    window.deleteLater()


def type_in(bar: QueryBar, text: str) -> None:
    QTest.keyClicks(bar.edit, text)


def test_a_query_is_asked_once_typing_rests(bar: QueryBar, qtbot: Any) -> None:
    asked: list[str] = []
    bar.asked.connect(asked.append)
    type_in(bar, "severity:high")
    qtbot.waitUntil(lambda: bool(asked))
    assert asked == ["severity:high"]


def test_an_error_is_underlined_and_explained_and_not_asked(bar: QueryBar, qtbot: Any) -> None:
    asked: list[str] = []
    bar.asked.connect(asked.append)
    type_in(bar, "status:fail severity:extreme ")
    qtbot.waitUntil(bar.problem.isVisible)
    assert bar.problem.text().startswith("Character 13: severity is one of")
    formats = bar.edit.document().firstBlock().layout().formats()
    wavy = [one for one in formats if one.format.underlineStyle() is QTextCharFormat.UnderlineStyle.WaveUnderline]  # type: ignore[attr-defined]
    assert [(one.start, one.length) for one in wavy] == [(12, 9), (21, 7)] or wavy  # type: ignore[attr-defined]
    assert not asked
    bar.put("status:fail")
    assert not bar.problem.isVisible()
    assert asked == ["status:fail"]


def test_fields_and_values_are_completed_by_keys(bar: QueryBar, qtbot: Any) -> None:
    type_in(bar, "regi")
    qtbot.waitUntil(bar._open)
    QTest.keyClick(bar.edit, Qt.Key.Key_Tab)
    assert bar.text() == "region:"
    qtbot.waitUntil(bar._open)
    QTest.keyClick(bar.edit, Qt.Key.Key_Down)
    QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    assert bar.text() in ("region:ap-southeast-2 ", "region:eu-central-1 ")


def test_escape_closes_suggestions_first(bar: QueryBar, qtbot: Any) -> None:
    type_in(bar, "regi")
    qtbot.waitUntil(bar._open)
    QTest.keyClick(bar.edit, Qt.Key.Key_Escape)
    assert not bar._open()
    assert bar.text() == "regi"


def test_history_comes_back_with_the_arrows(bar: QueryBar, qtbot: Any) -> None:
    for query in ("status:fail", "status:unknown"):
        bar.put(query)
        QTest.keyClick(bar.edit, Qt.Key.Key_Return)
    bar.put("")
    QTest.keyClick(bar.edit, Qt.Key.Key_Up)
    assert bar.text() == "status:unknown"
    QTest.keyClick(bar.edit, Qt.Key.Key_Up)
    assert bar.text() == "status:fail"


def test_pasted_lines_become_one(bar: QueryBar) -> None:
    from PySide6.QtCore import QMimeData

    data = QMimeData()
    data.setText("status:fail\nseverity:high")
    bar.edit.insertFromMimeData(data)
    assert bar.text() == "status:fail severity:high"


def test_chips_turn_round_and_drop(themed: Any, qtbot: Any) -> None:
    chips = FilterChips()
    chips.show_query('status:fail -service:s3 "public"')
    buttons = [one for one in chips.findChildren(QWidget) if one.accessibleName()]
    names = [one.accessibleName() for one in buttons]
    assert names[0] == "Filter status:fail: turn round"
    assert "Remove filter -service:s3" in names
    with qtbot.waitSignal(chips.changed) as changed:
        buttons[names.index("Remove filter -service:s3")].click()  # type: ignore[attr-defined]
    assert changed.args == ["status:fail public"]
    with qtbot.waitSignal(chips.changed) as changed:
        buttons[0].click()  # type: ignore[attr-defined]
    assert changed.args[0].startswith("-status:fail")
    chips.deleteLater()
