"""The report's three faces, and text made fit to print in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from backend.product import resources_root

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class Face(Enum):
    """A face by the file it comes from."""

    SANS = "NotoSans-Regular"
    BOLD = "NotoSans-Bold"
    MONO = "NotoSansMono-Regular"

    @property
    def fallback(self) -> Face:
        """Where a sign is taken from that the face itself lacks (arrows, ⟨⟩)."""
        return Face.SANS if self is Face.MONO else Face.MONO


@cache
def register() -> Mapping[Face, TTFont]:
    """Load the fonts once for the process."""
    folder = resources_root() / "report" / "fonts"
    found = {face: TTFont(f"Vedette-{face.value}", str(folder / f"{face.value}.ttf")) for face in Face}
    for font in found.values():
        pdfmetrics.registerFont(font)
    return found


class _Widths(dict[str, float]):
    """Sign -> advance in em."""

    def __init__(self, face: Face) -> None:
        super().__init__()
        self.face = face

    def __missing__(self, sign: str) -> float:
        fonts = register()
        code = ord(sign)
        font = fonts[self.face] if code in fonts[self.face].face.charToGlyph else fonts[self.face.fallback]
        width = float(font.face.charWidths.get(code, font.face.defaultWidth)) / 1000.0
        self[sign] = width
        return width


@cache
def widths(face: Face) -> Mapping[str, float]:
    """Advance of each sign, in em."""
    return _Widths(face)


def width(text: str, face: Face, size: float) -> float:
    """Points that `text` takes."""
    return size * sum(map(widths(face).__getitem__, text))


def _drawn(sign: str) -> bool:
    fonts = register()
    code = ord(sign)
    return any(code in fonts[face].face.charToGlyph for face in (Face.SANS, Face.MONO))


@lru_cache(maxsize=4096)
def _shown(sign: str) -> str:
    if sign in "\n\t\r":
        return " "
    if unicodedata.category(sign) not in _HIDDEN and _drawn(sign):
        return sign
    return f"⟨U+{ord(sign):04X}⟩"


def printable(text: str) -> str:
    """`text` with each sign that is hidden, turns text round, or has no glyph here as its code: ⟨U+202E⟩."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def runs(text: str, face: Face) -> list[tuple[Face, str]]:
    """`text` split where the face must be left for its fallback."""
    known = register()[face].face.charToGlyph
    if text.isascii() or all(ord(sign) in known for sign in text):
        return [(face, text)]
    found: list[tuple[Face, str]] = []
    for sign in text:
        of = face if ord(sign) in known else face.fallback
        if found and found[-1][0] is of:
            found[-1] = (of, found[-1][1] + sign)
        else:
            found.append((of, sign))
    return found
