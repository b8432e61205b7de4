"""A console on a filled workspace; nothing a test starts may outlive it: no thread, timer or window."""

from __future__ import annotations

import gc
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).parent))

from desk import QuietEngine, fill_module, quiet_link

from gui import moments
from gui.channel.link import EngineLink
from gui.preferences import Preferences
from gui.theme import active
from gui.window import ConsoleWindow

OUR_THREADS = ("page-reads", "engine-call", "vedette-client")


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of about 1,500 findings, filled once for all tests; take `filled` to have a copy."""
    path = tmp_path_factory.mktemp("filled") / "acme.vedette"
    fill_module().fill(path, findings=1_500, rules=40)
    return path


@pytest.fixture
def filled(filled_once: Path, tmp_path: Path) -> Path:
    """A copy of the filled workspace, with nothing of a writer beside it."""
    import sqlite3

    path = tmp_path / "acme.vedette"
    connection = sqlite3.connect(filled_once)
    connection.execute("VACUUM INTO ?", (str(path),))
    connection.close()
    return path


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """A new workspace."""
    from backend.workspace.file import create

    path = tmp_path / "new.vedette"
    create(path)
    return path


@pytest.fixture(scope="session", autouse=True)
def _only_new_objects_are_looked_at(qapp: QApplication) -> None:
    """What is there before the first test is no test's leak; looking through it after each would take half a minute."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _console_setup(home: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home / ".config"))
    moments.freeze(fill_module().NOW + 3_600)
    yield
    moments.freeze(None)


@pytest.fixture(autouse=True)
def _nothing_left(_console_setup: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread running, a timer ticking or a window open."""
    yield
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    threads = [one.name for one in threading.enumerate() if one.name.startswith(OUR_THREADS)]
    assert not threads, f"left running: {threads}"
    running = [one for one in gc.get_objects() if _is_running(one)]
    assert not running, f"left running: {running}"
    windows = [one for one in app.topLevelWidgets() if one.isVisible()]
    for one in windows:
        one.close()
    assert not windows, f"left open: {windows}"


def _is_running(one: object) -> bool:
    try:
        if isinstance(one, QTimer):
            return one.isActive()
        return isinstance(one, QThread) and one.isRunning()
    except (RuntimeError, ReferenceError):
        return False  # its C++ side is gone


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The offscreen platform says at each window of a least size that it cannot tell a window manager so."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


Opened = tuple[ConsoleWindow, QuietEngine]


@pytest.fixture
def themed(qapp: QApplication) -> QApplication:
    """The application in the dark theme."""
    active.apply(qapp, "dark")
    return qapp


@pytest.fixture
def link(filled: Path, themed: QApplication) -> Iterator[tuple[EngineLink, QuietEngine]]:
    """A link on the filled workspace whose verbs go nowhere."""
    made, engine = quiet_link(filled)
    yield made, engine
    made.close()


@pytest.fixture
def open_console(themed: QApplication, qtbot: Any) -> Iterator[Callable[[Path], Opened]]:
    """Opens a console whose verbs go nowhere, and closes it after the test."""
    windows: list[ConsoleWindow] = []

    def open_one(workspace: Path) -> Opened:
        made, engine = quiet_link(workspace)
        window = ConsoleWindow(workspace, made, Preferences(), demo=False)
        windows.append(window)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)  # shortcuts answer in the active window only
        return window, engine

    yield open_one
    for window in windows:
        window.close()
        window.deleteLater()


@pytest.fixture
def console(open_console: Callable[[Path], Opened], filled: Path) -> Opened:
    """A console on the filled workspace."""
    return open_console(filled)


def copy_workspace(source: Path, target: Path) -> None:
    """A plain copy, for a workspace nobody has open."""
    shutil.copyfile(source, target)
