"""A table model over ids and an LRU of row pages: a million rows open as fast as a hundred."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Sequence
from enum import Enum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from gui.channel.reader import Reader
from gui.lists.column import Column, Look
from gui.lists.source import Ids, ListSource
from gui.text import html_safe, plain

Index = QModelIndex | QPersistentModelIndex
PAGE = 128  # rows; also what one read asks for
KEPT = 48  # pages
ROW_ROLE = Qt.ItemDataRole.UserRole + 1
COLUMN_ROLE = Qt.ItemDataRole.UserRole + 2
_NOWHERE = QModelIndex()


class Place(Enum):
    """A row that is not there."""

    LOADING = "…"
    GONE = "(no longer there)"


class PagedModel(QAbstractTableModel):
    """Rows of one `ListSource`. `refreshed` follows each new set of ids; `failed` carries a read's exception."""

    refreshed = Signal()
    failed = Signal(object)

    def __init__(self, reader: Reader, source: ListSource, columns: Sequence[Column], parent: QObject | None = None):
        super().__init__(parent)
        self._reader = reader
        self._source = source
        self.columns = tuple(columns)
        self._ids: array[int] = array("q")
        self._headers: dict[int, Any] = {}
        self._at: dict[int, int] | None = None
        self._pages: OrderedDict[int, dict[int, Any]] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self.loaded = False
        self.sorted_by: tuple[str, bool] = ("", False)

    # -- what the list holds -------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Read the ids anew; rows on screen stay until they arrive."""
        self._reader.ask(f"{self._source.kind}.ids", self._source.ids, self._take, self.failed.emit)

    def id_at(self, row: int) -> int | None:
        """The id of a row."""
        return self._ids[row] if 0 <= row < len(self._ids) else None

    def row_of(self, key: int) -> int | None:
        """Where an id is now."""
        if self._at is None:
            self._at = {one: row for row, one in enumerate(self._ids)}
        return self._at.get(key)

    def headers(self) -> dict[int, Any]:
        """The rows of the groups' headers, by their negative ids."""
        return self._headers

    def row_data(self, row: int) -> Any:
        """The row object, or a `Place` while it loads or when it is gone."""
        key = self._ids[row]
        if key < 0:
            return self._headers.get(key, Place.GONE)
        number = row // PAGE
        page = self._pages.get(number)
        if page is not None:
            self._pages.move_to_end(number)
            return page.get(key, Place.GONE)
        self._load(number)
        page = self._pages.get(number)
        return Place.LOADING if page is None else page.get(key, Place.GONE)

    def _take(self, found: Ids) -> None:
        ids = found.ids if isinstance(found.ids, array) else array("q", found.ids)
        self._generation += 1
        self._asked.clear()
        self._pages.clear()
        self._headers = dict(found.headers)
        if ids == self._ids and self.loaded:
            if ids:
                self.dataChanged.emit(self.index(0, 0), self.index(len(ids) - 1, len(self.columns) - 1))
        else:
            self.beginResetModel()
            self._ids, self._at = ids, None
            self.loaded = True
            self.endResetModel()
        self.refreshed.emit()

    def _load(self, number: int) -> None:
        if number in self._asked:
            return
        ids = [key for key in self._ids[number * PAGE : (number + 1) * PAGE] if key >= 0]
        source, generation = self._source, self._generation
        now = self._reader.quick(f"{source.kind}.rows", lambda connection: source.rows(connection, ids))
        if now is not None:
            self._keep(number, now)
            return
        self._asked.add(number)

        def arrived(rows: dict[int, Any]) -> None:
            if generation != self._generation:
                return
            self._asked.discard(number)
            self._keep(number, rows)
            last = min((number + 1) * PAGE, len(self._ids)) - 1
            self.dataChanged.emit(self.index(number * PAGE, 0), self.index(last, len(self.columns) - 1))

        slot = f"{source.kind}.rows.{number}"
        self._reader.ask(slot, lambda connection: source.rows(connection, ids), arrived, self.failed.emit)

    def _keep(self, number: int, rows: dict[int, Any]) -> None:
        self._pages[number] = rows
        while len(self._pages) > KEPT:
            self._pages.popitem(last=False)

    # -- Qt ------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._ids)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        # Without a look at the row: Ctrl+A asks this of every one of them.
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._ids):
            return None
        column = self.columns[index.column()]
        if role == COLUMN_ROLE:
            return column
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, ROW_ROLE, _ACCESSIBLE, _ALIGNMENT):
            return None
        if role == _ALIGNMENT:
            return _RIGHT if column.look is Look.NUMBER else _LEFT
        row = self.row_data(index.row())
        if role == ROW_ROLE:
            return row
        if isinstance(row, Place):
            return row.value if index.column() == 0 or role == _ACCESSIBLE else ""
        if role == Qt.ItemDataRole.ToolTipRole:
            return html_safe(column.tip(row)) or None
        return shown(column.value(row))

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            key, descending = self.sorted_by
            column = self.columns[section]
            return f"{column.title} {'↓' if descending else '↑'}" if key and column.sort == key else column.title
        if role == _ALIGNMENT:
            return _RIGHT if self.columns[section].look is Look.NUMBER else _LEFT
        return None


_ACCESSIBLE = Qt.ItemDataRole.AccessibleTextRole
_ALIGNMENT = Qt.ItemDataRole.TextAlignmentRole
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def shown(value: Any) -> str:
    """A cell's value as safe text; a share (part, whole) reads `3 of 40`."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        part, whole = value
        return f"{part} of {whole}"
    return plain(str(value))
