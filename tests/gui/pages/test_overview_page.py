"""The overview: every number leads to the findings behind it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui.charts.bars import BarRow
from gui.pages.overview.lists import Line


@pytest.fixture
def page(console: Any, qtbot: Any) -> Any:
    window, _ = console
    found = window.page
    qtbot.waitUntil(lambda: found.states.currentWidget() is found.content)
    return found


def test_score_and_coverage_stand_together(page: Any) -> None:
    assert page.score.gauge.accessibleName().startswith("Score ")
    assert page.score.coverage.text().endswith("%")
    assert page.score.meter.accessibleName().startswith("Coverage: ")
    assert "failing" in page.score.failed.text()


def test_since_the_last_scan(page: Any) -> None:
    assert page.since.when.text() == "Since the last scan, 1 h ago"
    assert page.since.failing.text().startswith("+")
    assert page.since.fixed.text().startswith("−")
    assert "gone" in page.since.gone.text()


def test_a_bar_leads_to_its_findings(page: Any, qtbot: Any) -> None:
    window = page.window()
    bar = next(one for one in page.severity.findChildren(BarRow) if "High" in one.accessibleName())
    bar.setFocus()
    QTest.keyClick(bar, Qt.Key.Key_Space)
    assert window.page.id == "findings"
    assert window.page.query.text() == "severity:high status:fail"
    qtbot.waitUntil(lambda: window.page.model.rowCount() > 0)
    found = sum(row.matching for row in window.page.model.headers().values())
    assert found >= bar.item.count


def test_a_risk_and_a_raise_lead_to_their_rule(page: Any, qtbot: Any) -> None:
    for part in (page.risks, page.raises):
        line = next(one for one in part.findChildren(Line) if one.isVisible())
        line.click()
        assert page.window().page.query.text() == f"rule:{line.key} status:fail"
        page.window().go("overview")


def test_the_difference_leads_to_the_scan(page: Any, qtbot: Any) -> None:
    page.since.failing.click()
    window = page.window()
    assert window.page.query.text().startswith("scan:")
    assert not window.page.query.problem.isVisible()


def test_an_empty_workspace_says_what_to_do(open_console: Callable[[Path], Any], bare: Path, qtbot: Any) -> None:
    window, _ = open_console(bare)
    page = window.page
    qtbot.waitUntil(lambda: page.states.currentWidget() is page.first_run)
    page.first_run.action.click()
    assert window.page.id == "accounts"


def test_the_age_of_the_last_scan_turns_amber(console: Any, qtbot: Any) -> None:
    from gui import moments

    window, _ = console
    qtbot.waitUntil(lambda: window.topbar.age.text() == "Scanned 1 h ago")
    assert window.topbar.age.toolTip().count("scan again") == 0
    moments.freeze(moments.now() + 9 * moments.DAY)
    window._read_age()
    qtbot.waitUntil(lambda: window.topbar.age.text() == "Scanned 9 d ago")
    assert "scan again" in window.topbar.age.toolTip()
