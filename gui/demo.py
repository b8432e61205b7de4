"""Starting the demo beside this console: its own process, its own workspace, never mixed with real data."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QProcess

from backend.client import UserError
from gui.toasts import Toast, Toasts

_DEMO = "backend.cli.main"
_ERROR = "vedette: "
_LAST = "The audit report is "  # what it says last where there is no display for its window


def can_start_demo() -> bool:
    """Whether the emulator and the demo are installed (a frozen build has neither)."""
    return find_spec("moto") is not None and find_spec("backend.demo") is not None


class DemoLaunch(QObject):
    """Starts it detached, so that it outlives this console, and tells what it says of its progress.

    It writes to a file, not to a pipe of ours: with the console gone, a pipe would end it too.
    """

    def __init__(self, toasts: Toasts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._toasts = toasts
        self._toast: Toast | None = None
        self._log: Path | None = None
        self._read = 0
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(lambda _: self._look())

    def start(self) -> None:
        """Begin; nothing while one is being set up."""
        if self._log is not None:
            return
        handle, name = tempfile.mkstemp(prefix="vedette-demo-", suffix=".log")
        os.close(handle)
        self._log, self._read = Path(name), 0
        self._watcher.addPath(name)
        process = QProcess()
        process.setProgram(sys.executable)
        process.setArguments(["-P", "-m", _DEMO, "demo"])
        process.setStandardInputFile(QProcess.nullDevice())
        process.setStandardOutputFile(QProcess.nullDevice())
        process.setStandardErrorFile(name)
        if process.startDetached():
            self._say("The demo is being set up: an emulated account is filled and scanned in its own workspace.")
        else:
            self.stop()
            self._toasts.error(UserError("The demo could not be started.", "Run `vedette demo` in a terminal."))

    def stop(self) -> None:
        """Listen no longer."""
        if self._log is not None:
            self._watcher.removePath(str(self._log))
            self._log.unlink(missing_ok=True)
            self._log = None

    def _look(self) -> None:
        if self._log is None:
            return
        with self._log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read += len(whole)
        lines = [line for line in whole.decode("utf-8", "replace").splitlines() if line.strip()]
        for at, line in enumerate(lines):
            if line.startswith(_ERROR):
                self._clear()
                self._toasts.error(UserError(line.removeprefix(_ERROR), " ".join(lines[at + 1 :])))
                self.stop()
                return
        if lines:
            self._say(lines[-1])
            if lines[-1].startswith(_LAST):
                self.stop()

    def _say(self, text: str) -> None:
        self._clear()
        self._toast = self._toasts.say(text, stays=not text.startswith(_LAST))
        self._toast.gone.append(self._forget)

    def _clear(self) -> None:
        if self._toast is not None:
            self._toast.end()

    def _forget(self) -> None:
        self._toast = None
