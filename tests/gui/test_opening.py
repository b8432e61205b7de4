"""The window is there before its engine; what cannot be opened is told in it, and can be tried again."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from desk import QuietEngine
from PySide6.QtWidgets import QApplication

from backend.errors import UserError
from gui import app
from gui.preferences import Preferences


@pytest.fixture
def opening(themed: QApplication, filled_once: Path, monkeypatch: pytest.MonkeyPatch, qtbot: Any) -> Any:
    """A window whose workspace opens when the test says so: [outcome, go, window]."""
    go, outcomes = threading.Event(), []

    def open_client(workspace: Path, *, read_only: bool) -> Any:
        assert go.wait(20)
        found = outcomes.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(app, "open_client", open_client)
    window = app.open_window(filled_once, Preferences(), demo=False)
    window.show()
    qtbot.waitExposed(window)
    yield window, outcomes, go
    go.set()
    window.close()
    window.deleteLater()


def test_the_window_is_there_before_the_engine(opening: Any, filled_once: Path, qtbot: Any) -> None:
    window, outcomes, go = opening
    assert window.curtain.isVisible()
    assert window.curtain.title.text() == "Opening acme.vedette…"
    qtbot.waitUntil(lambda: "engine is starting" in window.curtain.more.text(), timeout=5_000)
    window.go("findings", "status:unknown")  # what is asked meanwhile is done once it is open
    assert not window.pages
    window.registry.run("app.refresh")
    window.registry.run("app.escape")
    outcomes.append(QuietEngine(filled_once))
    go.set()
    qtbot.waitUntil(lambda: window.link.is_attached)
    assert window.page.id == "findings"
    assert window.page.query.text() == "status:unknown"
    assert not window.curtain.isVisible()


def test_what_cannot_be_opened_says_what_to_do_and_can_be_tried_again(
    opening: Any, filled_once: Path, qtbot: Any
) -> None:
    window, outcomes, go = opening
    outcomes += [UserError("acme.vedette is damaged.", "Restore a copy."), QuietEngine(filled_once)]
    go.set()
    qtbot.waitUntil(window.curtain.retry.isVisible)
    assert window.curtain.accessibleName() == "acme.vedette is damaged. Restore a copy."
    assert window.curtain.retry.hasFocus() or window.focusWidget() is window.curtain.retry
    assert "damaged" in window.failure
    window.curtain.retry.click()
    qtbot.waitUntil(lambda: window.link.is_attached)
    assert not window.failure
    assert window.page.id == "overview"


def test_a_window_closed_while_it_opens_leaves_nothing(opening: Any, filled_once: Path, qtbot: Any) -> None:
    window, outcomes, go = opening
    closed = threading.Event()
    engine = QuietEngine(filled_once)
    engine.close = closed.set  # type: ignore[method-assign]
    outcomes.append(engine)
    qtbot.waitUntil(lambda: any(one.name == "opening" for one in threading.enumerate()))
    window.close()
    go.set()
    assert closed.wait(10)
    QuietEngine.close(engine)


def test_a_real_workspace_that_is_damaged(tmp_path: Path, opened: Any) -> None:
    broken = tmp_path / "broken.vedette"
    broken.write_bytes(b"not a database" * 1000)
    window = opened(broken)
    assert "broken.vedette" in window.curtain.accessibleName()
    assert window.curtain.leave.isVisible()


def test_quitting_after_a_failure_tells_the_terminal(tmp_path: Path) -> None:
    """The same from outside: exit code 2 and one sentence, for who started it from a terminal."""
    code = (
        "import sys; from pathlib import Path; from PySide6.QtCore import QTimer; from gui import app; from gui.window"
        " import ConsoleWindow as W; show = W.show_failure; W.show_failure = lambda s, e: (show(s, e), s.close());"
        " sys.exit(app.main([sys.argv[1]]))"
    )
    (tmp_path / "file").write_text("")
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(tmp_path / "file" / "x.vedette")],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "x.vedette" in done.stderr or "cannot be made" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_paint_is_quick(tmp_path: Path) -> None:
    """Processor time until the window was painted once: what the wall clock says depends on who else computes."""
    code = (
        "import time, sys; from pathlib import Path; from gui import app; a = app.make_application(['x']);"
        " p = app.Preferences(a); app.active.apply(a, 'dark');"
        " w = app.open_window(Path(sys.argv[1]), p, demo=False); w.curtain.seen.disconnect();"
        " w.curtain.seen.connect(lambda: (print(time.process_time()), w.close())); w.show(); a.exec()"
    )
    command = [sys.executable, "-P", "-c", code, str(tmp_path / "x.vedette")]
    times = [float(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
             for _ in range(3)]  # fmt: skip
    assert min(times) < 0.6, times
