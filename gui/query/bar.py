"""The query bar: one line with colours, completion, history, and the error's place and sentence."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from gui.channel import door
from gui.channel.reader import Reader
from gui.preferences import Preferences
from gui.query.highlight import QueryHighlighter
from gui.query.popup import SuggestionPopup
from gui.text import label
from gui.theme.active import mono_font

PAUSE = 250  # ms without a key before the query is read
_HEIGHT = 34


class QueryBar(QWidget):
    """`asked` carries each new query that can be read; one that cannot is explained and not asked."""

    asked = Signal(str)

    def __init__(self, reader: Reader, preferences: Preferences, page: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._preferences = preferences
        self._history_key = f"{page}/queries"
        self._asked = ""
        self._completed = ""  # the text the suggestions belong to
        self.edit = _Line(self)
        self.edit.setAccessibleName("Query")
        self.edit.setPlaceholderText('Filter, e.g.  severity:>=high account:prod -service:s3 "public"')
        self.problem = label(look="error")
        self.problem.setAccessibleName("Query error")
        self.problem.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.edit)
        layout.addWidget(self.problem)
        self.setFocusProxy(self.edit)
        self._popup: SuggestionPopup | None = None
        self._completion: door.Completion | None = None
        self._pause = QTimer(self, singleShot=True, interval=PAUSE)
        self._pause.timeout.connect(self._read)
        self.edit.textChanged.connect(self._typed)
        self.edit.entered.connect(self._enter)
        self.edit.stepped.connect(self._step)
        self.edit.tabbed.connect(self._tab)
        self.edit.escaped.connect(self._escape)
        self.edit.left.connect(self._hide)
        self.edit.completing = lambda: self._popup is not None and self._popup.isVisible()

    def text(self) -> str:
        """The query as typed."""
        return self.edit.toPlainText()

    def put(self, text: str) -> None:
        """Write a query and ask it now."""
        if text != self.text():
            self.edit.setPlainText(text)
            self.edit.moveCursor(QTextCursor.MoveOperation.End)
        self._hide()
        self._read()

    def _typed(self) -> None:
        self.edit.colours.calm = True
        self._pause.start()
        if self.edit.hasFocus():
            self._complete()

    def _read(self) -> None:
        self._pause.stop()
        text = self.text().strip()
        error = door.problem(self.text(), door.FINDINGS)
        self.edit.colours.calm = error is None
        self.edit.colours.rehighlight()
        self.problem.setVisible(error is not None)
        if error is not None:
            self.problem.setText(f"Character {error.position + 1}: {error.message}")
            return
        if text != self._asked:
            self._asked = text
            self.asked.emit(text)

    # -- completion ----------------------------------------------------------------------------------------------

    def _complete(self) -> None:
        text, cursor = self.text(), self.edit.textCursor().position()

        def work(connection: object) -> door.Completion:
            def values(field: object, beginning: str) -> list[str]:
                return door.findings.values(connection, field, beginning)  # type: ignore[arg-type]

            return door.complete(text, cursor, door.FINDINGS, values)

        def done(found: door.Completion) -> None:
            if self.text() == text and self.edit.hasFocus():
                self._offer(found)

        self._reader.ask("query.complete", work, done, lambda _: self._hide())

    def _offer(self, found: door.Completion) -> None:
        if self._popup is None:
            self._popup = SuggestionPopup(self.window())
            self._popup.picked.connect(self._accept)
        self._completion = found
        self._completed = self.text()
        typed = self.text()[found.start : found.end]
        items = [one for one in found.suggestions if one.text != typed]
        cursor = QTextCursor(self.edit.document())
        cursor.setPosition(min(found.start, len(self.text())))
        left = self.edit.mapTo(self.window(), QPoint(self.edit.cursorRect(cursor).left(), self.edit.height() + 2))
        width = min(520, self.window().width() - left.x() - 8)
        self._popup.offer(items, left, width)

    def _accept(self, suggestion: door.Suggestion) -> None:
        if self._completion is None:
            return
        self._hide()
        cursor = self.edit.textCursor()
        cursor.setPosition(self._completion.start)
        cursor.setPosition(min(self._completion.end, len(self.text())), QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(suggestion.text + (" " if suggestion.kind == "value" else ""))
        self.edit.setTextCursor(cursor)
        self.edit.setFocus()

    def _open(self) -> bool:
        return self._popup is not None and self._popup.isVisible() and self._completed == self.text()

    def _hide(self) -> None:
        if self._popup is not None:
            self._popup.hide()

    # -- keys ----------------------------------------------------------------------------------------------------

    def _enter(self) -> None:
        if self._open() and self._popup is not None and self._popup.current() is not None:
            self._accept(self._popup.current())  # type: ignore[arg-type]
            return
        self._hide()
        self._read()
        if not self.problem.isVisible():
            self._preferences.remember(self._history_key, self._asked)

    def _tab(self) -> None:
        if self._popup is None or not self._popup.isVisible():
            return
        if self._completed != self.text():
            # Typed faster than the suggestions came: those of names need no read and are there at once.
            self._offer(door.complete(self.text(), self.edit.textCursor().position(), door.FINDINGS))
        chosen = self._popup.current() or self._popup.first()
        if chosen is not None:
            self._accept(chosen)

    def _escape(self) -> None:
        self._hide()

    def _step(self, by: int) -> None:
        if self._open() and self._popup is not None:
            self._popup.step(by)
            return
        past = self._preferences.get(self._history_key, [])
        at = past.index(self.text().strip()) if self.text().strip() in past else -1
        at -= by
        if at < 0:
            self.put("")
        elif at < len(past):
            self.put(str(past[at]))


class _Line(QPlainTextEdit):
    """One line of text with a highlighter."""

    entered = Signal()
    escaped = Signal()
    tabbed = Signal()
    left = Signal()
    stepped = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setWordWrapMode(QTextOption.WrapMode.NoWrap)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTabChangesFocus(True)
        self.setFixedHeight(_HEIGHT)
        self.setProperty("look", "query")
        self.setFont(mono_font(12))
        self.document().setDocumentMargin(4)
        self.colours = QueryHighlighter(self.document())
        self.completing: Callable[[], bool] = lambda: False

    def insertFromMimeData(self, source: QMimeData) -> None:
        self.insertPlainText(" ".join(source.text().split("\n")))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and self.completing():
            if event.type() is QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Escape:
                event.accept()
                return True
            if event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
                self.tabbed.emit()
                return True
        if event.type() is QEvent.Type.PaletteChange:
            self.colours.rehighlight()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key == Qt.Key.Key_Escape:
            self.escaped.emit()
            event.ignore()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if key == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()
