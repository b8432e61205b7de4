"""Starting the console: arguments, the workspace and its engine, the theme, the window."""

from __future__ import annotations

import argparse
import faulthandler
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from PySide6.QtWidgets import QApplication

from backend.product import NAME, VERSION, default_workspace
from gui.channel.link import EngineLink
from gui.channel.opening import Opening
from gui.crash import install_hooks
from gui.preferences import Preferences
from gui.theme import active
from gui.window import ConsoleWindow

if TYPE_CHECKING:
    from backend.client import Client


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """The command line of the console."""
    parser = argparse.ArgumentParser(prog=f"{NAME.lower()}-console", description=f"The {NAME} console.")
    parser.add_argument("path", nargs="?", type=Path, metavar="WORKSPACE", help="the workspace file; made if not there")
    parser.add_argument("--workspace", type=Path, help="the same, by name; without either, your own workspace opens")
    parser.add_argument("--demo", action="store_true", help="mark the workspace as demo data")
    parser.add_argument(
        "--read-only", action="store_true", help="a workspace that was handed over: no engine, no changes"
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {VERSION}")
    chosen = parser.parse_args(arguments)
    chosen.workspace = chosen.workspace or chosen.path or default_workspace()
    return chosen


def open_client(workspace: Path, *, read_only: bool) -> Client:
    """A client of the workspace's engine, which is started if need be; raises `UserError`."""
    from backend.client import Client, UserError

    if read_only:
        return Client.open_read_only(workspace)
    try:
        workspace.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {workspace.parent} cannot be made: {error.strerror}.", "Choose another place for it."
        ) from None
    return Client.open(workspace, face="gui", create=True)


def make_application(arguments: list[str]) -> QApplication:
    """The one QApplication, named."""
    app = QApplication(arguments)
    app.setApplicationName(NAME)
    app.setApplicationVersion(VERSION)
    app.setOrganizationName(NAME.lower())
    app.setDesktopFileName(NAME.lower())
    return app


def open_window(workspace: Path, preferences: Preferences, *, demo: bool, read_only: bool = False) -> ConsoleWindow:
    """The window of one workspace, which is opened in the background: the window need not wait for its engine."""
    link = EngineLink()
    window = ConsoleWindow(workspace.absolute(), link, preferences, demo=demo)
    opening = Opening(link, lambda: open_client(window.workspace, read_only=read_only), window)
    opening.failed.connect(window.show_failure)
    window.curtain.again.connect(opening.start)
    window.closing.connect(opening.close)
    window.curtain.seen.connect(opening.start)
    window.curtain.seen.connect(window.load_page)
    return window


def main(arguments: list[str] | None = None, crash_file: TextIO | None = None) -> int:
    """Run the console; the exit code is 2 when the workspace could not be opened, which the window and stderr tell."""
    faulthandler.enable(crash_file or sys.stderr)
    chosen = read_arguments(sys.argv[1:] if arguments is None else arguments)
    app = make_application(sys.argv[:1])
    preferences = Preferences(app)
    active.apply(app, preferences.get("theme", "dark"))
    window = open_window(chosen.workspace, preferences, demo=chosen.demo, read_only=chosen.read_only)
    install_hooks(window.toasts)
    window.show()
    code = app.exec()
    if window.failure:
        sys.stderr.write(f"{window.failure}\n")
        return 2
    return code
