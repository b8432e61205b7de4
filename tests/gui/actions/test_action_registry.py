"""One registry: no clash, no unnamed action, and everything has keys."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest

from gui.actions.command_palette import match
from gui.actions.registry import Action, ActionClash, ActionRegistry
from gui.pages import PAGES


def nothing() -> None:
    return None


def action(id: str, keys: str = "", page: str = "", title: str = "Do it") -> Action:
    return Action(id, title, nothing, keys, "View", page)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (action("a.one", "Ctrl+A"), action("a.two", "Ctrl+A")),
        (action("a.one", "G, O"), action("a.two", "G, O", page="findings")),
        (action("a.one", "G"), action("a.two", "G, O")),
        (action("a.one", "G, O", page="x"), action("a.two", "G", page="x")),
        (action("a.one"), action("a.one")),
    ],
)
def test_a_clash_is_refused(qapp: Any, first: Action, second: Action) -> None:
    registry = ActionRegistry()
    registry.add(first)
    with pytest.raises(ActionClash):
        registry.add(second)


@pytest.mark.parametrize(
    "unnamed", [action("a.one", title=" "), action("noname"), Action("a.b", "T", nothing, menu="Nix")]
)
def test_an_unnamed_action_is_refused(qapp: Any, unnamed: Action) -> None:
    with pytest.raises(ActionClash):
        ActionRegistry().add(unnamed)


def test_pages_may_share_keys(qapp: Any) -> None:
    registry = ActionRegistry()
    registry.add(action("a.one", "J", page="findings"), action("b.one", "J", page="accounts"))
    assert [one.id for one in registry.on("accounts")] == ["b.one"]


def test_a_disabled_action_does_not_run(qapp: Any) -> None:
    ran: list[int] = []
    registry = ActionRegistry()
    registry.add(Action("a.b", "T", lambda: ran.append(1), menu="View", enabled=lambda: False))
    assert registry.run("a.b") is False
    assert not ran


def test_every_action_of_the_console_has_a_name_keys_and_a_menu(console: Any) -> None:
    window, _ = console
    for page in PAGES:
        window.go(page.id)
        assert (window.page.id, window.page.title) == (page.id, page.title)
    actions = list(window.registry)
    assert len(actions) > 50
    for one in actions:
        assert one.title[0].isupper(), one.id
        assert one.shortcut, f"{one.id} has no shortcut"
        assert QKeySequence(one.shortcut).count() >= 1, one.id
        assert not QKeySequence(one.shortcut).toString().endswith("?") or one.shortcut == "?", one.id


def test_chords_go_to_pages(console: Any, qtbot: Any) -> None:
    window, _ = console
    for key, page in (
        (Qt.Key.Key_F, "findings"),
        (Qt.Key.Key_A, "accounts"),
        (Qt.Key.Key_R, "reports"),
        (Qt.Key.Key_O, "overview"),
    ):
        QTest.keyClick(window, Qt.Key.Key_G)
        QTest.keyClick(window, key)
        qtbot.waitUntil(lambda page=page: window.page.id == page)


def test_the_palette_finds_and_runs(console: Any, qtbot: Any) -> None:
    window, _ = console
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    palette = window.palette_overlay
    qtbot.waitUntil(palette.isVisible)
    QTest.keyClicks(palette.field, "go find")
    assert palette.titles()[0] == "Go to Findings"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.page.id == "findings"
    assert not palette.isVisible()


def test_the_sheet_lists_what_the_page_can_do(console: Any, qtbot: Any) -> None:
    window, _ = console
    window.go("findings")
    QTest.keyClicks(window.page.view, "?")
    qtbot.waitUntil(window.sheet.isVisible)
    QTest.keyClick(window.sheet, Qt.Key.Key_Escape)
    assert not window.sheet.isVisible()


def test_the_menu_has_every_action_of_the_page(console: Any) -> None:
    window, _ = console
    menu = window.keys.menu(window)
    entries = [entry.text().split("\t")[0] for top in menu.actions() for entry in top.menu().actions()]
    assert sorted(entries) == sorted(one.title for one in window.registry.on("overview"))
    menu.deleteLater()


def test_matching_prefers_the_beginnings_of_words() -> None:
    assert match("mu", "Mute… Findings") > match("mu", "Open the menu Help") > 0
    assert match("gtf", "Go to Findings") > match("gtf", "Get the profile")
    assert match("zz", "Go to Findings") == 0
