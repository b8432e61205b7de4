"""The engine as a QObject: its pushes are signals on the GUI thread, its verbs are calls that never block it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from gui.channel.reader import Connect, Reader

EVERYTHING = "*"
FRAME = 33  # ms: changes are told 30 times a second at most
OnOk = Callable[[Any], None]
OnError = Callable[[Exception], None]


class EngineClient(Protocol):
    """What the console uses of `backend.client.Client`."""

    @property
    def read_only(self) -> bool: ...

    def call(self, verb: str, /, timeout: float | None = None, **args: Any) -> Any: ...

    def on(self, push: str, callback: Callable[[dict[str, Any]], None]) -> Any: ...

    def close(self) -> None: ...


class EngineLink(QObject):
    """Signals and calls of one workspace: from the start, or from `attach` on where it opens in the background.

    `attached` says that there is a client now; `changed` names the tables written since the last frame (`EVERYTHING`
    after a gap); `job` and `prompt` carry the engine's dicts.
    """

    attached = Signal()
    changed = Signal(set)
    job = Signal(dict)
    prompt = Signal(dict)
    prompt_gone = Signal(str)
    connection = Signal(str, str)  # "lost" or "back", reason
    failed = Signal(object)  # an error of a call nobody else takes
    _pushed = Signal()
    _answered = Signal(object, object, object)

    def __init__(
        self, client: EngineClient | None = None, connect: Connect | None = None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._client: EngineClient | None = None
        self._reader: Reader | None = None
        self._calls = ThreadPoolExecutor(max_workers=4, thread_name_prefix="engine-call")
        self._lock = threading.Lock()
        self._pushes: deque[tuple[str, dict[str, Any]]] = deque()
        self._tables: set[str] = set()
        self._closed = False
        self._frame = QTimer(self, singleShot=True, interval=FRAME)
        self._frame.timeout.connect(self._tell)
        self._pushed.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        if client is not None and connect is not None:
            self.attach(client, connect)

    def attach(self, client: EngineClient, connect: Connect) -> None:
        """The workspace is open: reads and calls work from now on."""
        self._client = client
        self._reader = Reader(connect, self)
        self._reader.failed.connect(self.failed)
        for push in ("changed", "job", "prompt", "prompt_gone", "missed", "connection"):
            client.on(push, self._taker(push))
        self.attached.emit()

    @property
    def is_attached(self) -> bool:
        """Whether the workspace is open."""
        return self._client is not None

    @property
    def client(self) -> EngineClient:
        """The client of the open workspace."""
        assert self._client is not None
        return self._client

    @property
    def reader(self) -> Reader:
        """Page reads of the open workspace."""
        assert self._reader is not None
        return self._reader

    @property
    def read_only(self) -> bool:
        """Whether the workspace was handed over and only reads work."""
        return self._client is not None and self._client.read_only

    def call(
        self,
        verb: str,
        args: dict[str, Any] | None = None,
        on_ok: OnOk | None = None,
        on_error: OnError | None = None,
        *,
        timeout: float | None = 30.0,
    ) -> None:
        """Ask the engine for `verb`; exactly one of the callbacks runs later, on the GUI thread."""
        if self._closed or self._client is None:
            return
        client, values = self._client, dict(args or {})

        def run() -> None:
            result, error = None, None
            try:
                result = client.call(verb, timeout=timeout, **values)
            except Exception as caught:  # noqa: BLE001 - carried to the GUI thread and shown there
                error = caught
            if not self._closed:
                self._answered.emit((on_ok, on_error), result, error)

        self._calls.submit(run)

    def close(self) -> None:
        """End reads and calls, then the connection."""
        self._closed = True
        self._frame.stop()
        if self._reader is not None:
            self._reader.close()
        if self._client is not None:
            self._client.close()
        self._calls.shutdown(wait=True, cancel_futures=True)

    def _taker(self, push: str) -> Callable[[dict[str, Any]], None]:
        def take(frame: dict[str, Any]) -> None:  # on the client's reader thread
            with self._lock:
                first = not self._pushes
                self._pushes.append((push, frame))
            if first and not self._closed:
                self._pushed.emit()

        return take

    def _drain(self) -> None:
        with self._lock:
            pushes, self._pushes = self._pushes, deque()
        newest: dict[Any, dict[str, Any]] = {}
        for push, frame in pushes:
            if push == "changed":
                self._tables.add(str(frame.get("table", "")))
            elif push == "job":
                job = frame.get("job", frame)
                newest[job.get("id")] = job  # only the newest word on a job counts
            elif push == "prompt":
                self.prompt.emit(frame.get("prompt", frame))
            elif push == "prompt_gone":
                self.prompt_gone.emit(str(frame.get("id", "")))
            elif push == "missed":
                self._tables.add(EVERYTHING)
            else:
                state = str(frame.get("state", ""))
                self._tables.add(EVERYTHING)
                self.connection.emit(state, str(frame.get("reason", "")))
        for job in newest.values():
            self.job.emit(job)
        if self._tables and not self._frame.isActive():
            self._frame.start()

    def _tell(self) -> None:
        tables, self._tables = self._tables, set()
        if tables and not self._closed:
            self.changed.emit(tables)

    def _deliver(self, takers: tuple[OnOk | None, OnError | None], result: Any, error: Exception | None) -> None:
        on_ok, on_error = takers
        if self._closed:
            return
        if error is None:
            if on_ok is not None:
                on_ok(result)
        elif on_error is not None:
            on_error(error)
        else:
            self.failed.emit(error)
