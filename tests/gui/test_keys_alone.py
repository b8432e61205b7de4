"""The console by keys alone, and that whoever cannot see the pointer always knows where the focus is and what it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton, QScrollArea, QWidget

from gui.pages import PAGES
from gui.pages.findings.dialogs import MuteDialog

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(*keys: Any) -> None:
    """Send keys to whatever has the focus, as a keyboard does."""
    for key in keys:
        widget = QApplication.focusWidget() or QApplication.activeWindow()
        assert widget is not None
        if isinstance(key, tuple):
            QTest.keyClick(widget, key[0], key[1])
        elif isinstance(key, str):
            QTest.keyClicks(widget, key)
        else:
            QTest.keyClick(widget, key)


def test_a_morning_without_a_mouse(console: Any, qtbot: Any) -> None:
    """Overview -> Findings -> details -> mute -> undo -> Accounts: scan -> Reports: write."""
    window, engine = console
    engine.answers["triage.set"] = {"changed": 1, "skipped": 0, "undo": "t0"}
    engine.answers["triage.undo"] = {"restored": 1, "skipped": 0}
    job = {"id": "7", "kind": "scan", "title": "Scan prod", "state": "running", "subject": {"account": 1}}
    engine.answers["scan.start"] = [job]
    engine.answers["report.build"] = {"id": "8", "kind": "report", "title": "Write", "state": "running"}

    def asked(verb: str) -> list[dict[str, Any]]:
        return [args for name, args in engine.asked if name == verb]

    qtbot.waitUntil(lambda: window.page.states.currentWidget() is window.page.content)
    press(Qt.Key.Key_1)  # what fails
    qtbot.waitUntil(lambda: window.page.id == "findings" and window.page.model.rowCount() > 0)
    page = window.page
    press(Qt.Key.Key_V)
    qtbot.waitUntil(lambda: not page.source.grouped and (page.view.current() or 0) > 0)
    press(Qt.Key.Key_J, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: page.told_finding() is not None)
    press(Qt.Key.Key_BracketRight)
    assert page.details.bar.tabText(page.details.bar.currentIndex()) == "Fix"
    finding = page.view.current()

    press(Qt.Key.Key_M)
    qtbot.waitUntil(lambda: isinstance(QApplication.activeWindow(), MuteDialog))
    dialog = QApplication.activeWindow()
    assert isinstance(dialog, MuteDialog)
    _tab_to(dialog.reason)
    press(Qt.Key.Key_Down)  # accepted risk
    _tab_to(dialog.note)
    press("Ticket 42")
    _tab_to(dialog.accept_button)
    press(Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(asked("triage.set")))
    sent = asked("triage.set")[0]
    assert (sent["findings"], sent["state"], sent["reason"], sent["note"]) == (
        [finding], "muted", "accepted risk", "Ticket 42",
    )  # fmt: skip
    qtbot.waitUntil(lambda: bool(window.toasts.texts()))
    _active(window, qtbot)
    press((Qt.Key.Key_Z, CONTROL))
    qtbot.waitUntil(lambda: asked("triage.undo") == [{"token": "t0"}])

    press(Qt.Key.Key_Escape, Qt.Key.Key_G, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: window.page.id == "accounts" and window.page.model.rowCount() == 4)
    accounts = window.page
    while accounts.current().name != "prod":
        press(Qt.Key.Key_J)
    press(Qt.Key.Key_S)
    qtbot.waitUntil(lambda: asked("scan.start") == [{"accounts": [1]}])
    qtbot.waitUntil(accounts.progress.isVisible)
    press(Qt.Key.Key_X)
    qtbot.waitUntil(lambda: asked("job.cancel") == [{"job": "7"}])

    press(Qt.Key.Key_G, Qt.Key.Key_R)
    qtbot.waitUntil(lambda: window.page.id == "reports" and bool(window.page.form.accounts))
    press(Qt.Key.Key_N, Qt.Key.Key_Right)  # CSV
    assert window.page.form.format() == "csv"
    press((Qt.Key.Key_Return, CONTROL))
    qtbot.waitUntil(lambda: bool(asked("report.build")))
    assert asked("report.build")[0]["format"] == "csv"


def _active(window: Any, qtbot: Any) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def _tab_to(wanted: QWidget) -> None:
    for _ in range(30):
        if QApplication.focusWidget() is wanted:
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {wanted.accessibleName()}")


def reachable(window: Any) -> Iterator[QWidget]:
    """What Tab visits, from the first to the first again."""
    first = QApplication.focusWidget()
    seen: set[int] = set()
    for _ in range(300):
        press(Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        assert now is not None
        if id(now) in seen:
            break
        seen.add(id(now))
        yield now
    assert first is None or len(seen) > 3


@pytest.fixture(params=[page.id for page in PAGES] + ["accounts/add", "findings/details"])
def shown(request: pytest.FixtureRequest, console: Any, qtbot: Any) -> Any:
    """Each page, and the two that hold most inputs."""
    window, _engine = console
    name, _, part = request.param.partition("/")
    window.go(name)
    page = window.page
    if name in ("findings", "accounts"):
        qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    if name == "reports":
        qtbot.waitUntil(lambda: bool(page.form.accounts))
    if name == "overview":
        qtbot.waitUntil(lambda: page.states.currentWidget() is page.content)
    if part == "add":
        page.open_form()
    if part == "details":
        page.group(False)
        qtbot.waitUntil(lambda: (page.view.current() or 0) > 0)
        page.open_details()
        qtbot.waitUntil(lambda: page.told_finding() is not None)
    return window


def test_tab_comes_by_everything_and_each_has_a_name_and_shows_the_focus(shown: Any, qtbot: Any) -> None:
    names: list[str] = []
    unmarked: list[str] = []
    nameless: list[str] = []
    for widget in reachable(shown):
        kind = type(widget).__name__
        if not widget.accessibleName() and not (widget.parentWidget() or widget).accessibleName():
            nameless.append(f"{kind} in {_path(widget)}")
        names.append(widget.accessibleName())
        if not _shows_focus(widget):
            unmarked.append(f"{kind} {widget.accessibleName()!r}")
    assert not nameless, nameless
    assert not unmarked, unmarked
    assert len(names) > 5


def _path(widget: QWidget) -> str:
    found: list[str] = []
    parent = widget.parentWidget()
    while parent is not None:
        found.append(type(parent).__name__)
        parent = parent.parentWidget()
    return " > ".join(found[:4])


def _shows_focus(widget: QWidget) -> bool:
    """Whether it looks otherwise with the focus than without."""
    target = widget.parentWidget() if isinstance(widget.parentWidget(), QComboBox) else widget
    assert target is not None
    with_focus = _picture(target)
    widget.clearFocus()
    QApplication.sendPostedEvents()
    without = _picture(target)
    widget.setFocus(Qt.FocusReason.TabFocusReason)
    return with_focus != without


def _picture(widget: QWidget) -> QImage:
    area = widget.viewport() if isinstance(widget, QScrollArea) else widget
    return area.grab(QRect(0, 0, min(area.width(), 600), min(area.height(), 300))).toImage()


def test_every_button_can_be_pressed_without_a_mouse(shown: Any) -> None:
    """A button that cannot take the focus has an action with keys instead."""
    lost = [
        one.accessibleName()
        for one in shown.page.findChildren(QPushButton)
        if one.isVisible() and one.isEnabled() and one.focusPolicy() == Qt.FocusPolicy.NoFocus
    ]
    assert not lost, lost
