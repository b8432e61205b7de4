"""Colours of a query while it is typed; the part at fault is underlined."""

from __future__ import annotations

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from gui.channel import door
from gui.theme.active import colour

_ROLES = {
    "field": "accent",
    "operator": "muted",
    "value": "text",
    "string": "ok",
    "wildcard": "medium",
    "text": "text",
    "keyword": "unknown",
    "paren": "muted",
    "error": "fail",
}


class QueryHighlighter(QSyntaxHighlighter):
    """Colours one line; what is still being typed at the end is not called wrong (`calm`)."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self.calm = True

    def highlightBlock(self, text: str) -> None:
        for span in door.spans(text, door.FINDINGS):
            style = QTextCharFormat()
            wrong = span.style == "error"
            if wrong and self.calm:
                style.setForeground(colour("text"))
            else:
                style.setForeground(colour(_ROLES.get(span.style, "text")))
            if wrong and not self.calm:
                style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
                style.setUnderlineColor(colour("fail"))
            self.setFormat(span.start, span.end - span.start, style)
