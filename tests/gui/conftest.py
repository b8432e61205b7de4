"""A console on a filled workspace; nothing a test starts may outlive it: no thread, timer or window."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, QObject, QSettings, QThread, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QMenu, QWidget

sys.path.insert(0, str(Path(__file__).parent))

from desk import QuietEngine, fill_module, quiet_link

from gui import moments
from gui.channel.link import EngineLink
from gui.preferences import Preferences
from gui.theme import active
from gui.window import ConsoleWindow

OUR_THREADS = ("page-reads", "engine-call", "vedette-client", "opening")


@pytest.fixture(scope="session")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace of about 900 findings, filled once for all tests, which only read it; `filled` is for writing."""
    path = tmp_path_factory.mktemp("filled") / "acme.vedette"
    fill_module().fill(path, findings=900, rules=40)
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


_HOME = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR")


@pytest.fixture(scope="module")
def shared_home(_session_home: Path) -> Iterator[dict[str, str]]:
    """A home that the engine of a whole file runs under; its tests take `same_home` to see it too."""
    with pytest.MonkeyPatch.context() as environment:
        path = Path(tempfile.mkdtemp(prefix="vedette-gui-", dir="/tmp"))
        for name, value in zip(_HOME, (".", ".config", ".local/share", ".local/state", ".cache", "run"), strict=True):
            (path / value).mkdir(parents=True, exist_ok=True, mode=0o700)
            environment.setenv(name, str(path / value))
        yield {name: os.environ[name] for name in _HOME}
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def same_home(home: Path, shared_home: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file's home in place of the test's own: the engine's socket and the AWS configuration lie there."""
    for name, value in shared_home.items():
        monkeypatch.setenv(name, value)
    return Path(shared_home["HOME"])


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


class StrayWindows(QObject):
    """Windows that are neither console, dialog nor menu: what shows itself without a place takes the keys away."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        shown = event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow()
        if shown and not isinstance(watched, (QMainWindow, QDialog, QMenu)):
            self.seen.append(f"{type(watched).__name__} {watched.accessibleName()!r}")
        return False


@pytest.fixture(autouse=True)
def _nothing_left(_console_setup: None, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread running, a timer ticking or a window open."""
    before = set(threading.enumerate())  # those of a fixture that serves several tests
    yield
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    threads = [one.name for one in threading.enumerate() if one.name.startswith(OUR_THREADS) and one not in before]
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
    if active.active().name != "dark" or not qapp.styleSheet():
        active.apply(qapp, "dark")  # to style every living widget anew takes longer than most tests
    return qapp


@pytest.fixture
def link(filled_once: Path, themed: QApplication) -> Iterator[tuple[EngineLink, QuietEngine]]:
    """A link on the filled workspace whose verbs go nowhere."""
    made, engine = quiet_link(filled_once)
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

    stray = StrayWindows()
    themed.installEventFilter(stray)
    yield open_one
    themed.removeEventFilter(stray)
    for window in windows:
        window.close()
        window.deleteLater()
    assert not stray.seen, f"windows of their own: {stray.seen}"


@pytest.fixture
def console(open_console: Callable[[Path], Opened], filled_once: Path) -> Opened:
    """A console on the filled workspace, which it opens read-only: verbs go nowhere."""
    return open_console(filled_once)


@pytest.fixture
def opened(themed: QApplication, qtbot: Any) -> Iterator[Callable[..., ConsoleWindow]]:
    """Opens a console on a real engine, waits until its workspace is open, and closes it after the test."""
    from gui.app import open_window

    windows: list[ConsoleWindow] = []

    def open_one(workspace: Path, *, demo: bool = False) -> ConsoleWindow:
        made = open_window(workspace, Preferences(), demo=demo)
        windows.append(made)
        made.show()
        qtbot.waitExposed(made)
        made.activateWindow()
        qtbot.waitUntil(made.isActiveWindow)
        qtbot.waitUntil(lambda: made.link.is_attached or bool(made.failure), timeout=60_000)
        return made

    yield open_one
    for made in windows:
        made.close()
        made.deleteLater()
