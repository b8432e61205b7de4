"""What the console remembers between two starts, and what it never writes down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.preferences import Preferences, looks_secret


def again(open_console: Callable[[Path], Any], window: Any, workspace: Path) -> Any:
    """Close the window and open another, as the next start would."""
    window.close()
    return open_console(workspace)[0]


def test_columns_widths_order_sort_and_page(open_console: Any, filled_once: Path, qtbot: Any) -> None:
    window, _ = open_console(filled_once)
    window.go("findings")
    page = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    ids = [column.id for column in page.view.columns()]
    page.view.choose(ids.index("service"), True)
    page.view.choose(ids.index("account"), False)
    page.view.setColumnWidth(ids.index("name"), 233)
    page.view.horizontalHeader().moveSection(ids.index("changed"), 0)
    page.view.sort_asked.emit("name", True)
    page.group(False)
    QTest.keyClick(page.view, Qt.Key.Key_F)
    window.resize(1500, 900)
    window.switch_theme()
    try:
        second = again(open_console, window, filled_once)
        assert second.page.id == "findings"
        assert (second.width(), second.height()) == (1500, 900)
        assert second.console.preferences.get("theme", "dark") == "light"
        found = second.page
        assert not found.view.isColumnHidden(ids.index("service"))
        assert found.view.isColumnHidden(ids.index("account"))
        assert found.view.columnWidth(ids.index("name")) == 233
        assert found.view.horizontalHeader().logicalIndex(0) == ids.index("changed")
        assert (found.source.sort.column, found.source.sort.descending) == ("name", True)
        assert not found.source.grouped
        assert not found.facets.isVisible()
        qtbot.waitUntil(lambda: found.model.rowCount() > 0)
        found.view.reset_asked.emit()
        assert found.view.columnWidth(ids.index("name")) == 176
        assert found.view.isColumnHidden(ids.index("service"))
        assert found.view.horizontalHeader().logicalIndex(0) == 0
        assert found.console.preferences.get("findings/columns", {"x": 1}) == {}
    finally:
        window.switch_theme()


def test_the_widths_of_panes_are_kept_and_a_hidden_one_keeps_its_own(
    open_console: Any, filled_once: Path, qtbot: Any
) -> None:
    window, _ = open_console(filled_once)
    window.go("findings")
    page = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    page.split.moveSplitter(260, 1)
    page.split.splitterMoved.emit(260, 1)
    stored = window.console.preferences.get("findings/split", [])
    assert stored[0] == page.split.sizes()[0] > 208
    assert stored[2] == 430
    second = again(open_console, window, filled_once)
    assert abs(second.page.split.sizes()[0] - stored[0]) <= 1


COLUMNS = ("severity", "title", "name", "status", "state", "account", "region", "service", "assignee", "changed")
NONSENSE = (
    [],
    "x",
    {"columns": 3},
    {"widths": {"name": "wide"}, "shown": [], "order": 7},
    {"shown": dict.fromkeys(COLUMNS, False)},
)


@pytest.mark.parametrize("stored", NONSENSE)
def test_a_settings_file_of_nonsense_does_no_harm(
    stored: Any, open_console: Any, filled_once: Path, qtbot: Any
) -> None:
    preferences = Preferences()
    for key in ("findings/columns", "findings/split", "findings/sort", "findings/grouped", "window", "page"):
        preferences.put(key, stored)
    window, _ = open_console(filled_once)
    window.go("findings")
    page = window.page
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    assert any(not page.view.isColumnHidden(at) for at in range(page.model.columnCount()))


def test_queries_are_remembered_but_no_secrets(home: Path) -> None:
    preferences = Preferences()
    arn = "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_ReadOnly_0123456789abcdef/maria@acme.example"
    for text in (
        "status:fail",
        f'resource:"{arn}"',
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
    ):
        preferences.remember("findings/queries", text)
    assert preferences.get("findings/queries", []) == [f'resource:"{arn}"', "status:fail"]
    preferences._file.sync()
    written = "".join(path.read_text() for path in home.rglob("*.ini"))
    assert "status:fail" in written
    assert "AKIA" not in written
    assert "wJalr" not in written
    assert not looks_secret("severity:>=high account:prod changed:>7d")
