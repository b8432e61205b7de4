"""Outside text is shown as it is, never as HTML, and never reordered."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.text import ElidedLabel, html_safe, label, plain


def test_reordering_characters_become_codes() -> None:
    assert plain("rtl-\u202etxt.exe") == "rtl-⟨U+202E⟩txt.exe"
    assert plain("a\u200bb\x07\x1b") == "a⟨U+200B⟩b⟨U+0007⟩⟨U+001B⟩"
    assert plain("two\nlines") == "two⟨U+000A⟩lines"
    assert plain("two\nlines", lines=True) == "two\nlines"
    assert plain("\ud800") == "⟨U+D800⟩"
    assert plain("größe 名前 💩") == "größe 名前 💩"


@given(st.text(st.characters(exclude_categories=[])))
def test_nothing_hidden_is_left(text: str) -> None:
    shown = plain(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in shown)
    assert "\u202e" not in shown
    assert plain(shown) == shown


def test_labels_are_plain_text(qapp: QApplication) -> None:
    hostile = "<b>bold</b><img src=x>"
    made = label(hostile)
    assert made.textFormat() is Qt.TextFormat.PlainText
    assert made.text() == hostile
    elided = ElidedLabel(hostile)
    assert elided.textFormat() is Qt.TextFormat.PlainText
    assert elided.accessibleName() == hostile


def test_tool_tips_are_escaped() -> None:
    assert html_safe("<script>&") == "<p>&lt;script&gt;&amp;</p>"
    assert html_safe("") == ""
