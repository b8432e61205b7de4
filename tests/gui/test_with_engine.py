"""The console on a real engine process: what is done here is in the file, and what others do shows here."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from backend.client import Client
from gui.app import open_client, open_window, read_arguments
from gui.preferences import Preferences
from gui.window import ConsoleWindow

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory, _session_home: Path) -> list[str]:
    """Ids of the rules that ship: the engine retires findings of all others."""
    path = tmp_path_factory.mktemp("shipped") / "new.vedette"
    with Client.open(path, face="cli", create=True) as client:
        client.call("rule.reload", timeout=60)
        return [row[0] for row in client.reader().execute("SELECT id FROM rule ORDER BY id")]


@pytest.fixture
def real(filled: Path, shipped: list[str]) -> Path:
    """The filled workspace with its findings under rules that ship."""
    connection = sqlite3.connect(filled)
    connection.execute("DELETE FROM rule_requirement")
    for (kind,) in connection.execute("SELECT DISTINCT resource_type FROM finding").fetchall():
        made = connection.execute("SELECT DISTINCT rule FROM finding WHERE resource_type = ?", (kind,)).fetchall()
        for (rule,), one in zip(made, shipped, strict=False):
            connection.execute("UPDATE finding SET rule = ? WHERE rule = ?", (one, rule))
            connection.execute("UPDATE triage SET rule = ? WHERE rule = ?", (one, rule))
    connection.commit()
    connection.close()
    return filled


@pytest.fixture
def window(real: Path, themed: QApplication, qtbot: Any) -> Iterator[ConsoleWindow]:
    made = open_window(open_client(real, read_only=False), Preferences(), demo=True)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    yield made
    made.close()
    made.deleteLater()


def finding(path: Path, number: int) -> tuple[Any, ...]:
    connection = sqlite3.connect(path)
    try:
        found: tuple[Any, ...] = connection.execute(
            "SELECT state, assignee FROM finding WHERE id = ?", (number,)
        ).fetchone()
        return found
    finally:
        connection.close()


def test_triage_by_keys_is_stored_leaves_the_list_and_is_undone(window: ConsoleWindow, real: Path, qtbot: Any) -> None:
    window.go("findings", "status:fail state:open severity:>=high")
    page: Any = window.page
    page.group(False)
    qtbot.waitUntil(lambda: page.model.rowCount() > 5 and not page.source.grouped)
    page.view.go(0)
    first, second, count = page.model.id_at(0), page.model.id_at(1), page.model.rowCount()
    QTest.keyClick(page.view, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: page.model.rowCount() == count - 1, timeout=20_000)
    assert finding(real, first)[0] == "in_progress"
    assert page.view.current() == second
    QTest.keyClick(page.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.model.rowCount() == count, timeout=20_000)
    assert finding(real, first)[0] == "open"


def test_what_another_client_does_shows_at_once(window: ConsoleWindow, real: Path, qtbot: Any) -> None:
    window.go("findings", "status:fail state:open")
    page: Any = window.page
    page.group(False)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0)
    count, target = page.model.rowCount(), page.model.id_at(3)
    with Client.open(real, face="cli", who="jo") as other:
        other.call("triage.set", findings=[target], state="muted", reason="accepted risk", note="known")
        qtbot.waitUntil(lambda: page.model.rowCount() == count - 1, timeout=20_000)
    assert page.model.row_of(target) is None


def test_a_comment_is_kept(window: ConsoleWindow, qtbot: Any) -> None:
    window.go("findings", "status:fail")
    page: Any = window.page
    page.group(False)
    qtbot.waitUntil(lambda: page.model.rowCount() > 0 and page.view.current() is not None)
    page.view.go(0)
    page.open_details()
    qtbot.waitUntil(lambda: bool(page.details.title.text()))
    page._comment("Looked at it <b>twice</b>")

    def kept() -> bool:
        from gui.channel import door

        found = window.link.reader.quick("t", lambda conn: door.findings.detail(conn, page.view.current()))
        return found is not None and any(one.text == "Looked at it <b>twice</b>" for one in found.comments)

    qtbot.waitUntil(kept, timeout=20_000)


def test_a_refused_verb_is_told_in_the_engines_words(window: ConsoleWindow, qtbot: Any) -> None:
    window.link.call("scan.resume", {"scan": 999_999})
    qtbot.waitUntil(lambda: window.toasts.texts() == ["There is no scan 999999."], timeout=20_000)


def test_a_lost_engine_is_told_and_comes_back(window: ConsoleWindow, qtbot: Any) -> None:
    import signal

    client: Any = window.link.client
    os.kill(client.hello["engine"], signal.SIGKILL)
    qtbot.waitUntil(window.topbar.offline.isVisible, timeout=20_000)
    window._reconnect()
    qtbot.waitUntil(lambda: not window.topbar.offline.isVisible(), timeout=30_000)
    assert window.toasts.texts()[-1] == "The engine is back."


def test_the_demo_mark_is_permanent(window: ConsoleWindow) -> None:
    assert window.topbar.demo.isVisible()
    assert window.topbar.demo.accessibleName() == "Demo"


def test_a_new_workspace_is_made(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "fresh.vedette"
    client = open_client(path, read_only=False)
    client.close()
    assert path.exists()


def test_arguments_name_the_workspace_either_way(home: Path) -> None:
    assert read_arguments(["a.vedette"]).workspace == Path("a.vedette")
    assert read_arguments(["--workspace", "b.vedette"]).workspace == Path("b.vedette")
    assert read_arguments([]).workspace.name == "default.vedette"


def test_a_workspace_that_cannot_be_opened_is_one_sentence(tmp_path: Path) -> None:
    broken = tmp_path / "broken.vedette"
    broken.write_bytes(b"not a database" * 1000)
    done = subprocess.run(
        [sys.executable, "-P", "-m", "gui", str(broken)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "broken.vedette" in done.stderr
    assert "Traceback" not in done.stderr
