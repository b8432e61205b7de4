"""Is there a display to open a window on? Asked in a child: Qt aborts the process when there is none.

`python -P -m backend.cli.display` is the child; it exits 0 and prints the platform when an application can be made.
The child names Qt by text only, so that the backend still imports no Qt.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass

PATIENCE = 20.0  # seconds: a cold disk, and Qt's plugins


@dataclass(frozen=True, slots=True)
class Display:
    """`platform` is Qt's name of it (xcb, wayland, offscreen …), '' without one; `reason` then says why."""

    platform: str
    reason: str = ""

    @property
    def usable(self) -> bool:
        """Whether a window would be seen by somebody."""
        return self.platform not in ("", "offscreen", "minimal", "vnc")


def probe() -> Display:
    """Try, in a child, to start Qt on the platform of this session."""
    if sys.platform.startswith("linux") and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        return Display("", "there is no DISPLAY and no WAYLAND_DISPLAY in the environment")
    from backend.engine.command import child_environment

    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "backend.cli.display"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            env=child_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Display("", f"Qt did not answer within {PATIENCE:.0f} seconds")
    platform = child.stdout.decode(errors="replace").strip()
    if child.returncode == 0 and platform:
        return Display(platform)
    said = child.stderr.decode(errors="replace").strip().splitlines()
    return Display("", said[0] if said else f"Qt ended with {child.returncode}")


def main() -> int:
    """The child."""
    try:
        gui = importlib.import_module("PySide6.QtGui")
    except ImportError as error:
        print(f"PySide6 cannot be loaded: {error}", file=sys.stderr)
        return 1
    application = gui.QGuiApplication(["vedette"])
    print(application.platformName())
    return 0


if __name__ == "__main__":
    sys.exit(main())
