"""Rows, columns and cards with the spacing of the token table."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from gui.text import label, plain
from gui.theme import icons, tokens

Items = QWidget | QLayout | int | None


def row(*items: Items, space: int = tokens.SPACE_2, margin: int = 0) -> QHBoxLayout:
    """Widgets side by side; None stretches, a number is a gap in pixels."""
    made = QHBoxLayout()
    _fill(made, items, space, margin)
    return made


def column(*items: Items, space: int = tokens.SPACE_2, margin: int = 0) -> QVBoxLayout:
    """Widgets one below the other; None stretches, a number is a gap in pixels."""
    made = QVBoxLayout()
    _fill(made, items, space, margin)
    return made


def _fill(made: QHBoxLayout | QVBoxLayout, items: tuple[Items, ...], space: int, margin: int) -> None:
    made.setContentsMargins(margin, margin, margin, margin)
    made.setSpacing(space)
    for item in items:
        if item is None:
            made.addStretch(1)
        elif isinstance(item, int):
            made.addSpacing(item)
        elif isinstance(item, QWidget):
            # A narrow one would make the column narrow when its texts are asked how high they are.
            narrow = item.sizePolicy().horizontalPolicy() is QSizePolicy.Policy.Maximum
            if narrow and isinstance(made, QVBoxLayout):
                made.addWidget(item, 0, Qt.AlignmentFlag.AlignLeft)
            else:
                made.addWidget(item)
        else:
            made.addLayout(item)


def framed(inner: QLayout, look: str = "card") -> QFrame:
    """A frame of a look around a layout."""
    made = QFrame()
    made.setProperty("look", look)
    made.setLayout(inner)
    return made


def card(title: str, *items: Items, aside: QWidget | None = None) -> QFrame:
    """A card with a title, perhaps something at its right, and content."""
    head = row(label(title, "title"), None, aside) if aside is not None else row(label(title, "title"), None)
    made = framed(column(head, *items, space=tokens.SPACE_3, margin=tokens.SPACE_4))
    made.setAccessibleName(title)
    return made


def scrolled(inner: QLayout, name: str) -> QScrollArea:
    """A layout that scrolls when the window is too small for it."""
    body = QWidget()
    body.setProperty("look", "clear")
    body.setLayout(inner)
    made = QScrollArea()
    made.setAccessibleName(name)
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setWidget(body)
    return made


def rule() -> QFrame:
    """A thin line between parts."""
    made = QFrame()
    made.setProperty("look", "rule")
    made.setFixedHeight(1)
    return made


def button(text: str, look: str = "", icon: str = "", tip: str = "", name: str = "") -> QPushButton:
    """A button with text; `name` is its accessible name where the text alone does not say it."""
    made = QPushButton(plain(text).replace("&", "&&"))
    made.setAutoDefault(False)
    made.setAccessibleName(name or text)
    made.setToolTip(tip)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if look:
        made.setProperty("look", look)
    if icon:
        icons.attach(made, icon, "on_accent" if look == "primary" else "muted", 15)
    return made


def tool(icon: str, name: str, size: int = 16) -> QToolButton:
    """A small button with an icon alone; `name` is its accessible name and tool tip."""
    made = QToolButton()
    made.setProperty("look", "plain")
    made.setAccessibleName(name)
    made.setToolTip(name)
    icons.attach(made, icon, "muted", size)
    return made


def copies(made: QAbstractButton, text: str) -> QAbstractButton:
    """Let a button put `text` into the clipboard, and say so for a moment."""

    def copy() -> None:
        QGuiApplication.clipboard().setText(text)
        icons.attach(made, "check", "ok", made.iconSize().width() or 16)

    made.clicked.connect(copy)
    return made


def clear(layout: QLayout) -> None:
    """Take everything out of a layout and delete it."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            continue
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)
            inner.deleteLater()
