"""Text from outside, made safe to show: what cannot be seen, or turns text round, becomes its code."""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200c\u200d"  # inside emoji and several scripts; harmless between visible characters


def hidden(char: str) -> bool:
    """Whether `char` is a control, a direction mark, or has no picture of its own."""
    return unicodedata.category(char) in _HIDDEN and char not in _JOINERS


def visible(text: str, *, keep: str = "") -> str:
    """`text` with each hidden character as `<U+202E>`, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"<U+{ord(char):04X}>" if hidden(char) and char not in keep else char for char in text)
