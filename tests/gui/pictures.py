"""Every page as a picture, dark and light, at two sizes: `python -P tests/gui/pictures.py [FOLDER [SCENE]]`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QSettings  # noqa: E402
from PySide6.QtGui import QColor, QPainter, QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog  # noqa: E402

from gui import moments  # noqa: E402
from gui.preferences import Preferences  # noqa: E402
from gui.theme import active  # noqa: E402
from gui.window import ConsoleWindow  # noqa: E402

SIZES = ((1280, 800), (1920, 1080))


def settle(app: QApplication, ms: int = 400) -> None:
    """Let reads arrive and layouts settle."""
    end = time.monotonic() + ms / 1000
    loop = QEventLoop()
    while time.monotonic() < end:
        loop.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, QDeadlineTimer(20))


def main(folder: Path, only: str = "") -> None:
    """Write the pictures into `folder`."""
    from desk import fill_module, quiet_link
    from scenes import SCENES, dress

    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, home)
        app = QApplication.instance() or QApplication([])
        assert isinstance(app, QApplication)
        filler = fill_module()
        full, empty = Path(home) / "acme.vedette", Path(home) / "new.vedette"
        filler.fill(full, findings=6_000)
        dress(full)
        _bare(empty)
        moments.freeze(filler.NOW + 3_600)
        for theme in ("dark", "light"):
            active.apply(app, theme)
            for width, height in SIZES:
                for name, workspace, play in SCENES:
                    if only and only not in name:
                        continue
                    link, engine = quiet_link(full if workspace == "full" else empty)
                    window = ConsoleWindow(engine.workspace, link, Preferences(app), demo=False)
                    window.resize(width, height)
                    window.show()
                    settle(app, 250)
                    play(window, engine, lambda ms=250: settle(app, ms))
                    settle(app, 350)
                    picture(window).save(str(folder / f"{name}-{theme}-{width}.png"))
                    window.close()
                    window.deleteLater()
                    settle(app, 30)


def picture(window: ConsoleWindow) -> QPixmap:
    """The window with its open dialogs over its middle, as a desktop would show them."""
    made = window.grab()
    for dialog in window.findChildren(QDialog):
        if dialog.isVisible():
            over = dialog.grab()
            painter = QPainter(made)
            painter.fillRect(made.rect(), QColor(0, 0, 0, 90))
            painter.drawPixmap((made.width() - over.width()) // 2, (made.height() - over.height()) // 2, over)
            painter.end()
    return made


def _bare(path: Path) -> None:
    from backend.workspace.file import create

    create(path)


Settle = Callable[..., None]

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "pictures", sys.argv[2] if len(sys.argv) > 2 else "")
