"""Contrast is computed from the token table, and nothing but the table names a colour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from gui.theme import active, icons
from gui.theme.palette import palette
from gui.theme.qss import qss
from gui.theme.tokens import DARK, EDGE_ON, LIGHT, ROLES, TEXT_ON, Tokens, contrast

GUI = Path(__file__).parents[3] / "gui"
THEMES = pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=lambda one: one.name)


def worse_than(ratio: float, tokens: Tokens, pairs: tuple[tuple[str, str], ...]) -> dict[tuple[str, str], float]:
    """Pairs of roles whose contrast is too low."""
    found = {pair: contrast(tokens.colour(pair[0]), tokens.colour(pair[1])) for pair in pairs}
    return {pair: one for pair, one in found.items() if one < ratio}


@THEMES
def test_text_can_be_read(tokens: Tokens) -> None:
    assert not worse_than(4.5, tokens, TEXT_ON)


@THEMES
def test_edges_can_be_seen(tokens: Tokens) -> None:
    assert not worse_than(3.0, tokens, EDGE_ON)


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#777777") == pytest.approx(1.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@THEMES
def test_every_role_is_a_colour(tokens: Tokens) -> None:
    assert all(re.fullmatch("#[0-9a-f]{6}", tokens.colour(role)) for role in ROLES)
    with pytest.raises(KeyError):
        tokens.colour("name")


def test_no_colour_is_written_outside_the_table() -> None:
    for path in GUI.rglob("*.py"):
        if path.name != "tokens.py":
            found = re.findall(r"#[0-9a-fA-F]{6}\b", path.read_text("utf-8"))
            assert not found, f"{path}: {found}"


@THEMES
def test_palette_and_sheet_come_from_the_table(tokens: Tokens, qapp: QApplication) -> None:
    made = palette(tokens)
    assert made.color(QPalette.ColorRole.Window).name() == tokens.window
    assert made.color(QPalette.ColorRole.Highlight).name() == tokens.selection
    known = {tokens.colour(role) for role in ROLES}
    assert set(re.findall(r"#[0-9a-f]{6}", qss(tokens, "A", "B"))) <= known


def test_switching_reaches_palette_and_icons(qapp: QApplication) -> None:
    active.apply(qapp, "light")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == LIGHT.window
    light = icons.pixmap("close", "text", 16).toImage()
    active.apply(qapp, "dark")
    assert qapp.palette().color(QPalette.ColorRole.Window).name() == DARK.window
    assert icons.pixmap("close", "text", 16).toImage() != light


def test_every_icon_can_be_drawn(qapp: QApplication) -> None:
    folder = GUI.parent / "resources" / "icons"
    for path in folder.glob("*.svg"):
        image = icons.pixmap(path.stem, "text", 24).toImage()
        assert any(image.pixelColor(x, y).alpha() for x in range(24) for y in range(24)), path.name
