"""Opening a workspace in the background: its engine may have to start, and a large file to be brought forward."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from gui.channel.link import EngineLink

if TYPE_CHECKING:
    from backend.client import Client


class Opening(QObject):
    """Runs `open_client` on a thread of its own and attaches the client to `link`; `failed` carries why it could not.

    May be started again after a failure. A client that comes after `close` is closed at once.
    """

    failed = Signal(object)
    _ended = Signal(object, object)

    def __init__(self, link: EngineLink, open_client: Callable[[], Client], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._open = link, open_client
        self._lock = threading.Lock()
        self._running = self._closed = False
        self._ended.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin; nothing while it runs already."""
        if not self._running and not self._closed:
            self._running = True
            threading.Thread(target=self._run, name="opening", daemon=True).start()

    def close(self) -> None:
        """Nobody waits any more."""
        with self._lock:
            self._closed = True

    def _run(self) -> None:
        client, error = None, None
        try:
            client = self._open()
        except Exception as caught:  # noqa: BLE001 - carried to the GUI thread and shown there
            error = caught
        with self._lock:  # so that a client is either handed over or closed, never neither
            if not self._closed:
                self._ended.emit(client, error)
                return
        if client is not None:
            client.close()

    def _take(self, client: Client | None, error: Exception | None) -> None:
        self._running = False
        if client is None:
            self.failed.emit(error)
        elif self._closed:
            client.close()
        else:
            self._link.attach(client, client.reader)
