"""Values of columns as a person reads them: scalars in a table, documents pretty-printed and folded under a summary."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.details.sections import Code, pairs
from gui.moments import iso, plural
from gui.parts.layouts import column
from gui.text import plain
from gui.theme import icons

_FIRST, _LAST = 946_684_800, 4_102_444_800  # 2000 and 2100: what a column of time may hold
_TIMES = ("_at", "_date", "_used", "_changed", "_rotated", "_after", "_before", "_until", "_time")
_INLINE = 90  # characters of a list that still reads as one line


def shown(name: str, value: Any) -> tuple[str, str]:
    """(text, look) of a scalar or a short list: what was not collected, is empty or is a time says so."""
    if value is None:
        return "not collected", "missing"
    if value == "":
        return "empty", "muted"
    if isinstance(value, bool):
        return ("yes" if value else "no"), "mono"
    if isinstance(value, (int, float)):
        if value == float("inf"):
            return "never", "mono"
        if name.endswith(_TIMES) and _FIRST < value < _LAST:
            return iso(int(value)), "mono"
        return (f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)), "mono"
    if isinstance(value, (list, dict)):
        if not value:
            return "none", "muted"
        items = value if isinstance(value, list) else [f"{key}={one}" for key, one in value.items()]
        return ", ".join(str(one) for one in items), "mono"
    return str(value), "mono"


def document(value: Any) -> Any:
    """The list or object in `value`, also where it is JSON text; None for all that is neither."""
    if isinstance(value, (list, dict)):
        return value
    if isinstance(value, str) and value[:1] in "[{" and value[-1:] in "]}":
        try:
            found = json.loads(value)
        except ValueError:
            return None
        return found if isinstance(found, (list, dict)) else None
    return None


def is_short(found: Any) -> bool:
    """Whether a document reads well on one line: a few plain values."""
    items = found if isinstance(found, list) else list(found.values())
    if any(isinstance(one, (list, dict)) for one in items):
        return False
    return len(shown("", found)[0]) <= _INLINE


def summary(found: Any) -> str:
    """What a folded document is: `2 statements: 1 Allow, 1 Deny`, `12 items`, `4 members`."""
    statements = found.get("Statement") if isinstance(found, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if isinstance(statements, list) and all(isinstance(one, dict) for one in statements):
        effects = [str(one.get("Effect", "?")) for one in statements]
        told = ", ".join(f"{effects.count(one)} {one}" for one in dict.fromkeys(effects))
        return f"{plural(len(statements), 'statement')}: {told}" if effects else "no statement"
    return plural(len(found), "item") if isinstance(found, list) else plural(len(found), "member")


def values(rows: Iterable[tuple[str, Any]], width: int = 150) -> QWidget:
    """(name, value) one below the other: scalars side by side with their names, documents folded below theirs."""
    made = QWidget()
    box: QVBoxLayout = column(space=6)
    scalars: list[tuple[str, str, str]] = []

    def flush() -> None:
        if scalars:
            box.addWidget(pairs(list(scalars), width))
            scalars.clear()

    for name, value in rows:
        found = document(value)
        if found is None or not found or is_short(found):
            scalars.append((name, *shown(name, value if found is None else found)))
        else:
            flush()
            box.addWidget(Folded(name, found))
    flush()
    made.setLayout(box)
    return made


class Folded(QWidget):
    """A document behind a line that says what it is; Enter, Space or a click opens it. Built when it is opened."""

    def __init__(self, name: str, found: Any, *, title: str = "", text: str = "") -> None:
        super().__init__()
        self._name = name
        self._text = text or json.dumps(found, indent=2, ensure_ascii=False)
        self._said = title or f"{plain(name)}   {summary(found)}"
        self.head = QPushButton(self._said.replace("&", "&&"))
        self.head.setProperty("look", "fold")
        self.head.setCheckable(True)
        self.head.setAutoDefault(False)
        self.head.setCursor(Qt.CursorShape.PointingHandCursor)
        self.head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.head.toggled.connect(self._fold)
        self._box = column(self.head, space=4)
        self.code: Code | None = None
        self.setLayout(self._box)
        self._fold(False)

    def _fold(self, open_: bool) -> None:
        icons.attach(self.head, "chevron-down" if open_ else "chevron-right", "muted", 12)
        lines = self._text.count("\n") + 1
        self.head.setAccessibleName(f"{self._said}, {plural(lines, 'line')}, {'open' if open_ else 'folded'}")
        if open_ and self.code is None:
            self.code = Code(self._text, self._name)
            self._box.addWidget(self.code)
        if self.code is not None:
            self.code.setVisible(open_)
