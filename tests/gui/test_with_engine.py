"""The console on a real engine process: what is done here is in the file, and what others do shows here."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from backend.client import Client
from backend.product import rules_root
from gui.app import open_client, read_arguments
from gui.window import ConsoleWindow

RULE = re.compile(r"^- id: ([\w-]+)$", re.MULTILINE)
pytestmark = pytest.mark.usefixtures("same_home")


@pytest.fixture(scope="module")
def real(filled_once: Path, tmp_path_factory: pytest.TempPathFactory, shared_home: dict[str, str]) -> Iterator[Path]:
    """The filled workspace under rules that ship (the engine retires findings of all others), its engine running."""
    path = tmp_path_factory.mktemp("real") / "acme.vedette"
    connection = sqlite3.connect(filled_once)
    connection.execute("VACUUM INTO ?", (str(path),))
    connection.close()
    _under_shipped_rules(path)
    client = Client.open(path, face="cli")
    yield path
    client.close()


def _under_shipped_rules(filled: Path) -> None:
    shipped = sorted(
        one for path in (rules_root() / "posture").rglob("*.yaml") for one in RULE.findall(path.read_text())
    )
    connection = sqlite3.connect(filled)
    connection.execute("DELETE FROM rule_requirement")
    for (kind,) in connection.execute("SELECT DISTINCT resource_type FROM finding").fetchall():
        made = connection.execute("SELECT DISTINCT rule FROM finding WHERE resource_type = ?", (kind,)).fetchall()
        for (rule,), one in zip(made, shipped, strict=False):
            connection.execute("UPDATE finding SET rule = ? WHERE rule = ?", (one, rule))
            connection.execute("UPDATE triage SET rule = ? WHERE rule = ?", (one, rule))
    connection.commit()
    connection.close()


@pytest.fixture
def window(real: Path, opened: Callable[..., ConsoleWindow]) -> ConsoleWindow:
    return opened(real, demo=True)


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
