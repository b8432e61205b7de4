"""What the console remembers between starts: looks, widths, query history. Never a secret."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QObject, QSettings

HISTORY = 50


class Preferences(QObject):
    """Typed values over the user's settings file; an unreadable value reads as its default."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "vedette", "console")

    def get(self, key: str, default: Any) -> Any:
        """The stored value if it is of the default's type."""
        text = self._file.value(key)
        if not isinstance(text, str):
            return default
        try:
            value = json.loads(text)
        except ValueError:
            return default
        return value if isinstance(value, type(default)) else default

    def put(self, key: str, value: Any) -> None:
        """Remember a JSON value."""
        self._file.setValue(key, json.dumps(value, ensure_ascii=True))

    def remember(self, key: str, text: str) -> None:
        """Put `text` at the head of a history list."""
        if text:
            past = [one for one in self.get(key, []) if one != text]
            self.put(key, [text, *past][:HISTORY])
