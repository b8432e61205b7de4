"""Icons: small SVG files drawn in `currentColor`, painted in a role's colour, and repainted when the theme changes."""

from __future__ import annotations

import weakref
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton
from shiboken6 import isValid

from backend.product import resources_root
from gui.theme.tokens import DARK, Tokens

_shown: Tokens = DARK
_buttons: weakref.WeakKeyDictionary[QAbstractButton, tuple[str, str, int]] = weakref.WeakKeyDictionary()


def attach(button: QAbstractButton, name: str, role: str = "muted", size: int = 16) -> None:
    """Give `button` the icon `name` in the colour `role`, in this theme and the ones to come."""
    _buttons[button] = (name, role, size)
    button.setIcon(icon(name, role))
    button.setIconSize(QSize(size, size))


def icon(name: str, role: str = "muted") -> QIcon:
    """The icon in the colour of `role` in the theme in force."""
    made = QIcon()
    for size in (16, 20, 32, 48):
        made.addPixmap(pixmap(name, role, size), QIcon.Mode.Normal)
        made.addPixmap(pixmap(name, "line_strong", size), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, role: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as a pixmap of `size` device-independent pixels."""
    return _pixmap(name, _shown.colour(role), size, ratio)


def paint(painter: QPainter, name: str, role: str, rect: QRectF) -> None:
    """Draw the icon sharply into `rect`."""
    ratio = painter.device().devicePixelRatioF()
    size = int(min(rect.width(), rect.height()))
    painter.drawPixmap(rect.topLeft(), pixmap(name, role, size, ratio))


def retheme(tokens: Tokens) -> None:
    """Draw every attached icon anew."""
    global _shown
    _shown = tokens
    for button, (name, role, size) in list(_buttons.items()):
        if isValid(button):
            attach(button, name, role, size)
        else:
            del _buttons[button]  # Qt deleted it before Python let go of it


@lru_cache(maxsize=64)
def _drawing(name: str) -> str:
    return (resources_root() / "icons" / f"{name}.svg").read_text("utf-8")


@lru_cache(maxsize=1024)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, size * ratio, size * ratio))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made
