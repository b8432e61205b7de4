"""What the console remembers between starts: looks, widths, query history. Never a secret."""

from __future__ import annotations

import json
import re
from typing import Any

from PySide6.QtCore import QObject, QSettings

HISTORY = 50
_KEY_ID = re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{12,}\b")
_LONG = re.compile(r"[A-Za-z0-9+/=]{32,}")


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
        """Put `text` at the head of a history list; not what looks like a secret somebody searched for."""
        if text and not looks_secret(text):
            past = [one for one in self.get(key, []) if one != text]
            self.put(key, [text, *past][:HISTORY])


def looks_secret(text: str) -> bool:
    """An access key id, or a long run of upper and lower case letters and digits, as keys and tokens are."""
    if _KEY_ID.search(text):
        return True
    runs = _LONG.findall(text)
    return any(re.search("[a-z]", run) and re.search("[A-Z]", run) and re.search("[0-9]", run) for run in runs)
