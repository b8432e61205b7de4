"""Starting the demo beside this console: its own process, its own workspace, never mixed with real data."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from PySide6.QtCore import QProcess

from backend.client import UserError
from gui.toasts import Toasts

_DEMO = "backend.cli.main"


def can_start_demo() -> bool:
    """Whether the emulator and the demo are installed (a frozen build has neither)."""
    return find_spec("moto") is not None and find_spec("backend.demo") is not None


def start_demo(toasts: Toasts) -> None:
    """Begin it; it opens a console of its own when its scan is done."""
    started = QProcess.startDetached(sys.executable, ["-P", "-m", _DEMO, "demo"])
    if started:
        toasts.say("The demo is being set up: an emulated account is filled and scanned, then its own window opens.")
    else:
        toasts.error(UserError("The demo could not be started.", "Run `vedette demo` in a terminal."))
