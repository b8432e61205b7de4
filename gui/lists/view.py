"""The view of every long list: fixed rows, sorting in SQL, many selected, a menu on each cell."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from gui.lists.column import Column
from gui.lists.delegate import CellDelegate
from gui.lists.model import PagedModel, Place, shown
from gui.theme import tokens

_CLEAR = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows


class PagedView(QTableView):
    """Shows a `PagedModel`. Selection, current row and scroll position are kept by id over a refresh.

    `current_id` follows the cursor (None: nothing); `chosen` the number of selected rows; `sort_asked` a click on a
    header (sort key, descending); `filter_asked` a cell's field, value and whether to rule it out.
    """

    current_id = Signal(object)
    chosen = Signal(int)
    sort_asked = Signal(str, bool)
    filter_asked = Signal(str, str, bool)
    toggled = Signal(int)  # a group's header id
    activated_id = Signal(int)
    column_chosen = Signal(int, bool)  # the analyst showed or hid it
    reset_asked = Signal()

    def __init__(self, model: PagedModel, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("look", "list")
        self.setAccessibleName(name)
        self._kept: tuple[set[int], int | None, int, int | None, int] = (set(), None, 0, None, 0)
        self._told: int | None = None
        self._chosen_columns: set[int] = set()
        self.needs: dict[str, int] = {}  # column id -> pixels, over what the column itself declares
        self.cells = CellDelegate(self)
        self.setItemDelegate(self.cells)
        self._list = model
        self._tune()  # before the model: a header sets each of its sections anew, 50,000 of them in a second
        self.setModel(model)
        for at, column in enumerate(model.columns):
            self.setColumnWidth(at, column.width)
            self.setColumnHidden(at, not column.shown)
            if column.stretch:
                self.horizontalHeader().setSectionResizeMode(at, QHeaderView.ResizeMode.Stretch)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        self.selectionModel().currentRowChanged.connect(self._moved)
        self.selectionModel().selectionChanged.connect(lambda: self.chosen.emit(self.chosen_count()))

    def _tune(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        rows = self.verticalHeader()
        rows.setVisible(False)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(tokens.ROW_HEIGHT)
        rows.setDefaultSectionSize(tokens.ROW_HEIGHT)
        self.verticalScrollBar().setSingleStep(tokens.ROW_HEIGHT)
        head = self.horizontalHeader()
        head.setFixedHeight(30)
        head.setHighlightSections(False)
        head.setSectionsClickable(True)
        head.setSectionsMovable(True)
        head.setMinimumSectionSize(48)
        head.sectionClicked.connect(self._sort)
        head.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        head.customContextMenuRequested.connect(lambda at: self.choose_columns(head.mapToGlobal(at)))

    # -- selection -----------------------------------------------------------------------------------------------

    def chosen_count(self) -> int:
        """Selected rows, headers of groups included."""
        return sum(part.bottom() - part.top() + 1 for part in self._parts())

    def chosen_ids(self) -> list[int]:
        """Ids of the selected rows, top to bottom, headers (negative ids) included."""
        found: list[int] = []
        for part in sorted(self._parts(), key=lambda part: part.top()):
            for row in range(part.top(), part.bottom() + 1):
                key = self._list.id_at(row)
                if key is not None:
                    found.append(key)
        return found

    def _parts(self) -> list[QItemSelectionRange]:
        return list(self.selectionModel().selection().toList())

    def current(self) -> int | None:
        """The id under the cursor."""
        return self._list.id_at(self.currentIndex().row()) if self.currentIndex().isValid() else None

    def step(self, by: int) -> None:
        """Move the cursor by rows, whether or not the list has the focus."""
        count = self._list.rowCount()
        if count:
            at = self.currentIndex().row() if self.currentIndex().isValid() else (-1 if by > 0 else count)
            self.go(min(max(at + by, 0), count - 1))

    def go(self, row: int) -> None:
        """Put the cursor on a row and select only it."""
        index = self._list.index(row, self._first_shown())
        self.selectionModel().setCurrentIndex(index, _CLEAR)
        self.scrollTo(index)

    def _moved(self, current: QModelIndex, _: QModelIndex) -> None:
        self._tell(self._list.id_at(current.row()) if current.isValid() else None)

    def _tell(self, key: int | None) -> None:
        if key != self._told:
            self._told = key
            self.current_id.emit(key)

    def _keep(self) -> None:
        current = self.currentIndex()
        top = self.rowAt(0)
        offset = self.verticalScrollBar().value() - top * tokens.ROW_HEIGHT if top >= 0 else 0
        top_id = self._list.id_at(top) if top > 0 else None
        self._kept = (
            set(self.chosen_ids()),
            self.current(),
            current.row() if current.isValid() else -1,
            top_id,
            offset,
        )
        self.selectionModel().blockSignals(True)

    def _restore(self) -> None:
        chosen, current, row, top_id, offset = self._kept
        self.selectionModel().blockSignals(False)
        count = self._list.rowCount()
        top = self._list.row_of(top_id) if top_id is not None else None
        if top is not None:
            self.verticalScrollBar().setValue(top * tokens.ROW_HEIGHT + offset)
        at = self._list.row_of(current) if current is not None else None
        if at is None and row >= 0 and count:
            at = min(row, count - 1)  # the row went away: its place is taken by the next
        rows = sorted(found for found in (self._list.row_of(key) for key in chosen) if found is not None)
        if at is not None:
            flags = QItemSelectionModel.SelectionFlag.NoUpdate if rows else _CLEAR
            self.selectionModel().setCurrentIndex(self._list.index(at, self._first_shown()), flags)
        if rows:
            last = self._list.columnCount() - 1
            selection = QItemSelection()
            for first, end in _runs(rows):
                selection.select(self._list.index(first, 0), self._list.index(end, last))
            self.selectionModel().select(selection, _CLEAR)
        self._tell(self.current())
        self.chosen.emit(self.chosen_count())

    def _first_shown(self) -> int:
        return next((at for at in range(self._list.columnCount()) if not self.isColumnHidden(at)), 0)

    # -- columns -------------------------------------------------------------------------------------------------

    def _sort(self, section: int) -> None:
        column = self._list.columns[section]
        if column.sort:
            key, descending = self._list.sorted_by
            self.sort_asked.emit(column.sort, not descending if key == column.sort else column.sort_descending)

    def columns(self) -> tuple[Column, ...]:
        """All columns, hidden ones too."""
        return self._list.columns

    def choose(self, at: int, on: bool) -> None:
        """Show or hide a column whatever room there is."""
        self._chosen_columns.add(at)
        self.setColumnHidden(at, not on)
        self.column_chosen.emit(at, on)

    def forget_chosen(self) -> None:
        """Columns come and go with the room there is."""
        self._chosen_columns.clear()
        self.fit_columns()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit_columns()
        super().resizeEvent(event)

    def fit_columns(self) -> None:
        """Hide the columns there is no room for; those the analyst chose stay as chosen."""
        width = self.width()
        for at, column in enumerate(self._list.columns):
            need = self.needs.get(column.id, column.need)
            if at not in self._chosen_columns and column.shown and need:
                hidden = width < need
                if hidden != self.isColumnHidden(at):
                    self.setColumnHidden(at, hidden)

    def choose_columns(self, at: QPoint) -> None:
        """The menu that shows and hides columns."""
        self._columns_menu().popup(at)

    def _columns_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown_now = sum(not self.isColumnHidden(at) for at in range(len(self._list.columns)))
        for at, column in enumerate(self._list.columns):
            entry = menu.addAction(column.title)
            entry.setCheckable(True)
            entry.setChecked(not self.isColumnHidden(at))
            entry.setEnabled(self.isColumnHidden(at) or shown_now > 1)
            entry.toggled.connect(lambda on, at=at: self.choose(at, on))
        menu.addSeparator()
        menu.addAction("As they come").triggered.connect(self.reset_asked)
        return menu

    # -- cells ---------------------------------------------------------------------------------------------------

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        index = self.indexAt(event.pos())
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
        if not index.isValid():
            return
        at = event.globalPos()
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(index).center())
        self.cell_menu(index).popup(at)

    def cell_menu(self, index: QModelIndex) -> QMenu:
        """What can be done with one cell."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column, row = self._list.columns[index.column()], self._list.row_data(index.row())
        if isinstance(row, Place):
            return menu
        value = column.filter_value(row) if column.field else ""
        for text, out in (("Filter in", False), ("Filter out", True)):
            entry = menu.addAction(f"{text}: {column.field}:{shown(value)[:40]}" if value else text)
            entry.setEnabled(bool(value))
            entry.triggered.connect(lambda _=False, out=out: self.filter_asked.emit(column.field, value, out))
        menu.addSeparator()
        for text, copied in (
            ("Copy value", lambda: shown(column.value(row))),
            ("Copy row", lambda: "\t".join(shown(one.value(row)) for one in self._visible())),
            ("Copy row as JSON", lambda: row_json(row)),
        ):
            menu.addAction(text).triggered.connect(lambda _=False, copied=copied: _copy(copied()))
        return menu

    def copy_rows(self) -> None:
        """The selected rows as tab-separated text (the first 10,000)."""
        lines: list[str] = []
        for key in self.chosen_ids()[:10_000]:
            at = self._list.row_of(key)
            row = self._list.row_data(at) if at is not None else Place.GONE
            if not isinstance(row, Place):
                lines.append("\t".join(shown(column.value(row)) for column in self._visible()))
        _copy("\n".join(lines))

    def _visible(self) -> list[Column]:
        return [column for at, column in enumerate(self._list.columns) if not self.isColumnHidden(at)]

    # -- keys and clicks -----------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = self.current()
        plain_key = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if key is not None and plain_key and event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left) and key < 0:
            if (key in self.cells.expanded) != (event.key() == Qt.Key.Key_Right):
                self.toggled.emit(key)
            return
        if key is not None and plain_key and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if key < 0:
                self.toggled.emit(key)
            else:
                self.activated_id.emit(key)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        super().mousePressEvent(event)
        key = self._list.id_at(index.row()) if index.isValid() else None
        arrow = event.position().x() - self.columnViewportPosition(index.column()) < 28 if index.isValid() else False
        if key is not None and key < 0 and index.column() == 0 and arrow:
            self.toggled.emit(key)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        key = self._list.id_at(index.row()) if index.isValid() else None
        if key is None:
            return
        if key < 0:
            self.toggled.emit(key)
        else:
            self.activated_id.emit(key)


def row_json(row: Any) -> str:
    """A row object as indented JSON."""
    fields = {field.name: getattr(row, field.name) for field in dataclasses.fields(row)}
    return json.dumps(fields, indent=2, ensure_ascii=False, default=_as_json)


def _as_json(value: Any) -> Any:
    return dict(value) if hasattr(value, "items") else str(value)


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _runs(rows: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs
