"""The token table as a QPalette: `setColorScheme` does nothing offscreen, so no colour is left to the platform."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

from gui.theme.tokens import Tokens

_Role = QPalette.ColorRole
_ROLES = {
    _Role.Window: "window",
    _Role.WindowText: "text",
    _Role.Base: "surface",
    _Role.AlternateBase: "raised",
    _Role.Text: "text",
    _Role.PlaceholderText: "faint",
    _Role.Button: "raised",
    _Role.ButtonText: "text",
    _Role.BrightText: "fail",
    _Role.ToolTipBase: "raised",
    _Role.ToolTipText: "text",
    _Role.Highlight: "selection",
    _Role.HighlightedText: "text",
    _Role.Link: "accent",
    _Role.LinkVisited: "accent",
    _Role.Accent: "accent",
    _Role.Light: "raised",
    _Role.Midlight: "line",
    _Role.Mid: "line",
    _Role.Dark: "line_strong",
    _Role.Shadow: "sunken",
}


def palette(tokens: Tokens) -> QPalette:
    """Every colour role of Qt from the token table; disabled text is the faint one."""
    made = QPalette()
    for role, name in _ROLES.items():
        made.setColor(role, QColor(tokens.colour(name)))
    for role in (_Role.WindowText, _Role.Text, _Role.ButtonText, _Role.HighlightedText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(tokens.faint))
    return made
