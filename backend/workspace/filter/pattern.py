r"""Values with wildcards, as one canonical text.

In a pattern `*` stands for any run of characters and `?` for one; `\*`, `\?` and `\\` are the characters
themselves. Everything else is literal.
"""

from __future__ import annotations

WILD = "*?"
_SPECIAL = "*?\\"


def escape(text: str) -> str:
    """The pattern that matches exactly `text`."""
    return "".join("\\" + char if char in _SPECIAL else char for char in text)


def pieces(pattern: str) -> list[tuple[str, bool]]:
    """The characters of a pattern, each with whether it is a wildcard."""
    found: list[tuple[str, bool]] = []
    chars = iter(pattern)
    for char in chars:
        if char == "\\":
            found.append((next(chars, "\\"), False))
        else:
            found.append((char, char in WILD))
    return found


def literal(pattern: str) -> str | None:
    """The one text a pattern without wildcards matches; None when it has wildcards."""
    parts = pieces(pattern)
    return None if any(wild for _, wild in parts) else "".join(char for char, _ in parts)


def like(pattern: str) -> str:
    r"""For `LIKE ? ESCAPE '\'`."""
    out: list[str] = []
    for char, wild in pieces(pattern):
        if wild:
            out.append("%" if char == "*" else "_")
        else:
            out.append("\\" + char if char in "%_\\" else char)
    return "".join(out)


def glob(pattern: str) -> str:
    """For `GLOB ?` (compares with case, and can use an index for a fixed beginning)."""
    return "".join(f"[{char}]" if not wild and char in "*?[" else char for char, wild in pieces(pattern))
