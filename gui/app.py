"""Starting the console: arguments, the workspace and its engine, the theme, the window."""

from __future__ import annotations

import argparse
import faulthandler
import sys
from pathlib import Path
from typing import TextIO

from PySide6.QtWidgets import QApplication

from backend.client import Client, UserError
from backend.product import NAME, VERSION, default_workspace
from gui.channel.link import EngineLink
from gui.crash import install_hooks
from gui.preferences import Preferences
from gui.theme import active
from gui.window import ConsoleWindow


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
    if read_only:
        return Client.open_read_only(workspace)
    workspace.parent.mkdir(parents=True, exist_ok=True)
    return Client.open(workspace, face="gui", create=True)


def make_application(arguments: list[str]) -> QApplication:
    """The one QApplication, named."""
    app = QApplication(arguments)
    app.setApplicationName(NAME)
    app.setApplicationVersion(VERSION)
    app.setOrganizationName(NAME.lower())
    app.setDesktopFileName(NAME.lower())
    return app


def open_window(client: Client, preferences: Preferences, *, demo: bool) -> ConsoleWindow:
    """The window of one workspace."""
    link = EngineLink(client, client.reader)
    return ConsoleWindow(client.workspace, link, preferences, demo=demo)


def main(arguments: list[str] | None = None, crash_file: TextIO | None = None) -> int:
    """Run the console; the exit code is 2 when the workspace cannot be opened."""
    faulthandler.enable(crash_file or sys.stderr)
    chosen = read_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        client = open_client(chosen.workspace, read_only=chosen.read_only)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    app = make_application(sys.argv[:1])
    preferences = Preferences(app)
    active.apply(app, preferences.get("theme", "dark"))
    window = open_window(client, preferences, demo=chosen.demo)
    install_hooks(window.toasts)
    window.show()
    return app.exec()
