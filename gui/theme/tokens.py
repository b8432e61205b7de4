"""The token table: every colour, distance, radius and type size of the console, for dark and for light.

Nothing else in `gui` writes a colour. `TEXT_ON` names which text role may stand on which ground; a test computes
that each such pair has a contrast of at least 4.5:1.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

SPACE_1, SPACE_2, SPACE_3, SPACE_4, SPACE_5, SPACE_6 = 4, 8, 12, 16, 24, 32
RADIUS_SMALL, RADIUS, RADIUS_LARGE = 4, 6, 10
ROW_HEIGHT = 34
CONTROL_HEIGHT = 30
TEXT_SMALL, TEXT_BODY, TEXT_STRONG, TEXT_TITLE, TEXT_PAGE, TEXT_FIGURE = 11, 13, 14, 16, 19, 30
"""Type scale in pixels."""

# The first family that is installed wins; DejaVu's condensed cut is the closest to a screen face on a bare Debian.
UI_FAMILIES = ("Inter", "Noto Sans", "Segoe UI", "Cantarell", "Ubuntu", "DejaVu Sans Condensed", "DejaVu Sans")
MONO_FAMILIES = ("JetBrains Mono", "Noto Sans Mono", "Cascadia Mono", "Ubuntu Mono", "DejaVu Sans Mono")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colour roles of one theme, as `#rrggbb`."""

    name: str
    window: str  # behind everything
    surface: str  # cards, lists, panes
    raised: str  # headers, popups, inputs
    sunken: str  # code, tracks of bars
    rail: str
    hover: str
    selection: str
    line: str
    line_strong: str
    text: str
    muted: str  # secondary text
    faint: str  # tertiary text, still readable
    accent: str
    accent_ground: str
    on_accent: str
    accent_fill: str  # the primary button
    accent_fill_hover: str
    focus: str
    critical: str
    high: str
    medium: str
    low: str
    info: str
    ok: str
    fail: str
    unknown: str
    warn: str
    critical_ground: str
    high_ground: str
    medium_ground: str
    low_ground: str
    info_ground: str
    ok_ground: str
    fail_ground: str
    unknown_ground: str
    warn_ground: str
    critical_fill: str  # bars and arcs: larger than text, so they may be livelier
    high_fill: str
    medium_fill: str
    low_fill: str
    info_fill: str
    ok_fill: str
    fail_fill: str
    unknown_fill: str
    warn_fill: str
    bar_fill: str

    def colour(self, role: str) -> str:
        """The colour of a role by its name; raises KeyError for a name that is no role."""
        if role not in ROLES:
            raise KeyError(role)
        return str(getattr(self, role))


ROLES = frozenset(field.name for field in fields(Tokens)) - {"name"}

DARK = Tokens(
    name="dark",
    window="#0e1217",
    surface="#141a21",
    raised="#1b222b",
    sunken="#0b0f13",
    rail="#0b0f13",
    hover="#1a222b",
    selection="#1d314a",
    line="#222b35",
    line_strong="#36424f",
    text="#e4e9ef",
    muted="#a0acb8",
    faint="#93a0ad",
    accent="#6db0ff",
    accent_ground="#16283d",
    on_accent="#ffffff",
    accent_fill="#2467bd",
    accent_fill_hover="#2c74d0",
    focus="#7fbaff",
    critical="#ff7a9c",
    high="#ff9466",
    medium="#eec253",
    low="#79bcf5",
    info="#a6b2be",
    ok="#55cb94",
    fail="#ff8585",
    unknown="#c3a6f9",
    warn="#f0b849",
    critical_ground="#3a1624",
    high_ground="#37200f",
    medium_ground="#30270f",
    low_ground="#12283b",
    info_ground="#222a33",
    ok_ground="#10291f",
    fail_ground="#381b1d",
    unknown_ground="#271f39",
    warn_ground="#33270d",
    critical_fill="#f2658a",
    high_fill="#f0834f",
    medium_fill="#dcae3c",
    low_fill="#5fa8ea",
    info_fill="#8795a3",
    ok_fill="#3fb57e",
    fail_fill="#ee6d6d",
    unknown_fill="#a98be8",
    warn_fill="#dda53a",
    bar_fill="#4d8fdd",
)

LIGHT = Tokens(
    name="light",
    window="#f3f5f8",
    surface="#ffffff",
    raised="#f8fafb",
    sunken="#e9edf2",
    rail="#e9edf2",
    hover="#eef2f6",
    selection="#dbe8fa",
    line="#dde3e9",
    line_strong="#b5bfca",
    text="#17212b",
    muted="#4a5764",
    faint="#586572",
    accent="#1459b8",
    accent_ground="#e3eefc",
    on_accent="#ffffff",
    accent_fill="#1a62c6",
    accent_fill_hover="#1553ab",
    focus="#1a62c6",
    critical="#a90f3c",
    high="#9f3f02",
    medium="#765300",
    low="#1a5fa3",
    info="#4f5c69",
    ok="#0f6b41",
    fail="#b02525",
    unknown="#6440ab",
    warn="#7d5600",
    critical_ground="#fde4eb",
    high_ground="#fdeadd",
    medium_ground="#faf0d2",
    low_ground="#e2effb",
    info_ground="#e9edf2",
    ok_ground="#ddf3e7",
    fail_ground="#fde5e5",
    unknown_ground="#eee7fb",
    warn_ground="#faeecd",
    critical_fill="#d3265c",
    high_fill="#dd6a18",
    medium_fill="#b98308",
    low_fill="#3a86d2",
    info_fill="#7b8895",
    ok_fill="#219a5e",
    fail_fill="#d64a4a",
    unknown_fill="#8560cf",
    warn_fill="#b98308",
    bar_fill="#3a7fd6",
)

SEVERITIES = ("critical", "high", "medium", "low", "info")
_GROUNDS = ("window", "surface", "raised", "hover", "selection")
_MARKS = (*SEVERITIES, "ok", "fail", "unknown", "warn")

TEXT_ON: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "muted", "faint", "accent") for ground in (*_GROUNDS, "sunken", "rail")),
    *((mark, ground) for mark in _MARKS for ground in _GROUNDS),
    *((mark, f"{mark}_ground") for mark in _MARKS),
    ("accent", "accent_ground"),
    ("text", "accent_ground"),
    ("on_accent", "accent_fill"),
    ("on_accent", "accent_fill_hover"),
)
"""(text role, ground role) pairs that occur in the console."""

EDGE_ON: tuple[tuple[str, str], ...] = (
    *(("focus", ground) for ground in ("window", "surface", "raised")),
    *((f"{mark}_fill", "surface") for mark in (*_MARKS, "bar")),
)
"""(edge role, ground role): at least 3:1, as WCAG asks of focus rings and of the shapes of charts."""


def contrast(first: str, second: str) -> float:
    """WCAG contrast ratio of two `#rrggbb` colours: 1 (the same) .. 21 (black on white)."""
    high, low = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
