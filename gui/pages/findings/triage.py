"""Triage from the console: state, mute, assignee, undo. Each decision is one call, and says how to take it back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from backend.client import UserError
from gui.console import Console
from gui.moments import plural

UNDONE = 20  # decisions remembered for Ctrl+Z


class Triage(QObject):
    """Sends decisions; `decided` follows each that changed something."""

    decided = Signal()

    def __init__(self, console: Console, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._console = console
        self._undo: list[tuple[str, str]] = []

    def can_undo(self) -> bool:
        """Whether Ctrl+Z has something to take back."""
        return bool(self._undo)

    def set_state(self, ids: Sequence[int], state: str) -> None:
        """`open` or `in_progress`."""
        words = {"open": "reopened", "in_progress": "set in progress"}
        self._send(ids, words[state], state=state)

    def mute(self, ids: Sequence[int], reason: str, note: str, until: int | None) -> None:
        """Mute with a reason, perhaps a note and an end (epoch seconds; None: without end)."""
        self._send(ids, "muted", state="muted", reason=reason, note=note, until=until)

    def assign(self, ids: Sequence[int], assignee: str) -> None:
        """Give to somebody ('': to nobody)."""
        self._send(ids, f"assigned to {assignee}" if assignee else "assigned to nobody", assignee=assignee)

    def undo(self) -> None:
        """Take the last decision back."""
        if not self._undo:
            return
        token, words = self._undo.pop()

        def done(result: dict[str, Any]) -> None:
            left = int(result.get("skipped", 0) or 0)
            more = f" {plural(left, 'finding')} changed since and stayed." if left else ""
            self._console.toasts.say(f"Taken back: {words}.{more}")
            self.decided.emit()

        self._console.link.call("triage.undo", {"token": token}, done)

    def comment(self, finding: int, text: str, then: Callable[[], None]) -> None:
        """Add a comment to one finding."""
        self._console.link.call("comment.add", {"finding": finding, "text": text}, lambda _: then())

    def _send(self, ids: Sequence[int], words: str, **decision: Any) -> None:
        if self._console.link.read_only:
            self._console.toasts.error(
                UserError("This workspace is read-only.", "Open your own workspace to triage its findings.")
            )
            return
        if not ids:
            return

        def done(result: dict[str, Any]) -> None:
            changed, skipped = int(result.get("changed", 0)), int(result.get("skipped", 0) or 0)
            if not changed:
                self._console.toasts.say("Nothing to change: that does not apply to what is selected.")
                return
            said = f"{plural(changed, 'finding')} {words}"
            more = f" {plural(skipped, 'finding')} left as they were." if skipped else ""
            token = str(result.get("undo", ""))
            if token:
                self._undo = [*self._undo, (token, said)][-UNDONE:]
            self._console.toasts.say(f"{said}.{more}", action="Undo" if token else "", run=self.undo)
            self.decided.emit()

        self._console.link.call("triage.set", {"findings": list(ids), **decision}, done)
