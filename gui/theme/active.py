"""The theme in force: which tokens painting code reads, and how a change reaches every widget."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from gui.theme import icons, tokens
from gui.theme.palette import palette
from gui.theme.qss import qss
from gui.theme.tokens import DARK, LIGHT, Tokens

_active: Tokens = DARK
_families: dict[tuple[str, ...], str] = {}


def active() -> Tokens:
    """The tokens in force."""
    return _active


def colour(role: str) -> QColor:
    """The colour of a role in force."""
    return QColor(_active.colour(role))


def fill(role: str) -> QColor:
    """The colour of a bar or arc of a role: its livelier variant where there is one."""
    return colour(f"{role}_fill" if f"{role}_fill" in tokens.ROLES else role)


def apply(app: QApplication, name: str) -> None:
    """Put `dark` or `light` in force: palette, style sheet, fonts and icons."""
    global _active
    _active = LIGHT if name == "light" else DARK
    app.setStyle("Fusion")
    app.setPalette(palette(_active))
    app.setFont(ui_font(tokens.TEXT_BODY))
    app.setStyleSheet(qss(_active, family(tokens.UI_FAMILIES), family(tokens.MONO_FAMILIES)))
    icons.retheme(_active)


def family(wanted: tuple[str, ...]) -> str:
    """The first installed family of `wanted` (the last one if none is)."""
    if wanted not in _families:
        installed = set(QFontDatabase.families())
        _families[wanted] = next((name for name in wanted if name in installed), wanted[-1])
    return _families[wanted]


def ui_font(pixels: int = tokens.TEXT_BODY, *, strong: bool = False) -> QFont:
    """The interface's face at `pixels`."""
    return _font(family(tokens.UI_FAMILIES), pixels, strong)


def mono_font(pixels: int = 12) -> QFont:
    """The face of code, ARNs and query text."""
    return _font(family(tokens.MONO_FAMILIES), pixels, False)


def _font(name: str, pixels: int, strong: bool) -> QFont:
    font = QFont(name)
    font.setPixelSize(pixels)
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
    return font
