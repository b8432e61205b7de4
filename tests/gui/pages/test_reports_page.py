"""Reports: choose, preview, write as a job, and find the old ones again."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from gui.parts.wrapped import WrappedText


@pytest.fixture
def page(open_console: Callable[[Path], Any], filled: Path, qtbot: Any) -> Any:
    connection = sqlite3.connect(filled)
    connection.execute(
        "INSERT INTO report (at, who, format, path, sha256) VALUES (1764000000, 'maria', 'pdf', ?, ?)",
        (str(filled.parent / "gone.pdf"), "ab" * 32),
    )
    connection.commit()
    connection.close()
    window, engine = open_console(filled)
    window.go("reports")
    found = window.page
    qtbot.waitUntil(lambda: bool(found.form.accounts) and found.model.rowCount() == 1)
    found.engine = engine
    return found


def built(page: Any) -> list[dict[str, Any]]:
    return [args for verb, args in page.engine.asked if verb == "report.build"]


def test_an_earlier_day_is_printed_as_it_stood(page: Any, qtbot: Any) -> None:
    form = page.form
    assert form.past.isEnabled()
    QTest.keyClick(form.past, Qt.Key.Key_Space)
    assert form.day.isVisibleTo(form)
    last = form.day.maximumDate()
    assert last.toString("yyyy-MM-dd") == "2025-11-23", "a day that is not over cannot be printed"
    form.day.setDate(last)
    assert form.path.text().endswith("acme-2025-11-23.pdf")
    said = "scan [0-9]+ of 20|not scanned by then"
    qtbot.waitUntil(lambda: any(re.search(said, one.text) for one in form.findChildren(WrappedText)))
    form.path.setText("/tmp/past.pdf")
    page.engine.answers["report.build"] = {"id": "3", "kind": "report", "state": "running", "title": "Write"}
    form.ask()
    qtbot.waitUntil(lambda: bool(built(page)))
    assert built(page)[0]["options"]["as_of"] == "2025-11-23"


def test_a_report_is_verified(page: Any, qtbot: Any) -> None:
    window = page.window()
    page.engine.answers["report.verify"] = {"ok": True, "problem": "", "audited": True}
    QTest.keyClick(page.view, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: bool(window.toasts.texts()))
    assert ("report.verify", {"report": 1}) in page.engine.asked
    assert "as they were written, and so is the audit log" in window.toasts.texts()[0]
    page.engine.answers["report.verify"] = {"ok": False, "problem": "gone.pdf is no longer there.", "audited": False}
    QTest.keyClick(page.view, Qt.Key.Key_V)
    qtbot.waitUntil(lambda: window.toasts.texts()[-1] == "gone.pdf is no longer there.")


def test_the_scope_is_previewed_and_asked_for(page: Any, tmp_path: Path, qtbot: Any) -> None:
    form = page.form
    assert form.path.text().endswith(".pdf")
    assert list(form.frameworks) == ["cis-aws-5.0", "pci-dss-4.0"]
    form.frameworks["pci-dss-4.0"].setChecked(False)
    form.accounts["444455556666"].setChecked(False)
    form.organization.setText("ACME")
    form.path.setText(str(tmp_path / "out.pdf"))
    page.engine.answers["report.build"] = {"id": "3", "kind": "report.build", "state": "queued"}
    QTest.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(built(page)))
    assert built(page)[0] == {
        "format": "pdf",
        "path": str(tmp_path / "out.pdf"),
        "options": {
            "accounts": ["777788889999", "111122223333"],
            "frameworks": ["cis-aws-5.0"],
            "organization": "ACME",
        },
    }


def test_a_folder_that_is_not_there_is_said_before(page: Any, tmp_path: Path) -> None:
    page.form.path.setText(str(tmp_path / "nowhere" / "out.pdf"))
    page.form.ask()
    assert page.form.problem.text() == f"There is no folder {tmp_path}/nowhere. Make it, or choose another."
    page.form.path.setText("relative.pdf")
    page.form.ask()
    assert "no full path" in page.form.problem.text()
    assert not built(page)


def test_the_format_changes_the_file_name(page: Any) -> None:
    page.form.formats.button(4).click()
    assert page.form.path.text().endswith(".ocsf.json")
    assert page.form.format() == "ocsf"
    page.form.path.setText("/tmp/mine.txt")
    page.form.formats.button(1).click()
    assert page.form.path.text() == "/tmp/mine.txt"


def test_no_account_no_report(page: Any) -> None:
    for tick in page.form.accounts.values():
        tick.setChecked(False)
    page.form.ask()
    assert page.form.problem.text() == "No account is chosen. Tick at least one."


def test_old_reports_show_their_digest(page: Any, qtbot: Any) -> None:
    QTest.keyClick(page.view, Qt.Key.Key_Y)
    assert QGuiApplication.clipboard().text() == "ab" * 32
    QTest.keyClick(page.view, Qt.Key.Key_O)
    qtbot.waitUntil(lambda: any("no longer there" in text for text in page.window().toasts.texts()))
