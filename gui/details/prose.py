"""Reasons as prose: lists in them read as lists, and a long one is folded to its beginning."""

from __future__ import annotations

import json
import re

from PySide6.QtWidgets import QWidget

from gui.details.sections import paragraph
from gui.parts.layouts import button, column

# Not the value of a member: a document quoted in a reason stays as it is.
_LIST = re.compile(r'(?<!":)(?<!": )\["(?:[^"\\\[\]]|\\.)*"(?:, ?"(?:[^"\\\[\]]|\\.)*")*\]')
_EMPTY = re.compile(r"(?<= )\[\](?=[ ,;.)]|$)(?<!\": \[\])")
LONG = 360  # characters after which a reason is folded


def readable(reason: str) -> str:
    """`reason` with JSON lists of texts in it as words: `["s3:putobject", "x"]` reads `s3:putobject, x`."""

    def words(found: re.Match[str]) -> str:
        try:
            return ", ".join(json.loads(found[0]))
        except (ValueError, TypeError):
            return found[0]

    said = _LIST.sub(words, reason) if '["' in reason else reason
    return _EMPTY.sub("none", said) if "[]" in said else said


class Reason(QWidget):
    """A reason; a long one shows its beginning and a button for the rest."""

    def __init__(self, text: str) -> None:
        super().__init__()
        whole = readable(text)
        cut = whole if len(whole) <= LONG else f"{whole[:LONG].rsplit(' ', 1)[0]} …"
        self.said = paragraph(cut)
        box = column(self.said, space=2)
        if cut is not whole:
            self.more = button("Show all of it", "link")
            self.more.clicked.connect(lambda: self._unfold(whole))
            box.addWidget(self.more)
        self.setLayout(box)

    def _unfold(self, whole: str) -> None:
        self.said.show_text(whole)
        self.more.hide()
        self.said.setFocus()
