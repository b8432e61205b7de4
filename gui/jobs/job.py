"""A job as the engine tells of it, and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gui.moments import count, duration, now


@dataclass(frozen=True, slots=True)
class JobView:
    """`done` and `total` count the same things; total 0: not known yet.

    `parts`: (service, done, in all), those with most left first.
    """

    id: str
    kind: str
    title: str
    state: str
    done: int
    total: int
    text: str
    started: int | None
    ended: int | None
    error: str
    next_step: str
    bug: bool
    cancelling: bool
    subject: Mapping[str, Any]
    result: Mapping[str, Any]
    parts: tuple[tuple[str, int, int], ...] = ()

    @property
    def active(self) -> bool:
        """Queued or running."""
        return self.state in ("queued", "running")

    def remaining(self) -> str:
        """What is left, in counts; never an estimate that the numbers do not carry."""
        if self.state == "queued":
            return "Waiting for its turn"
        if self.cancelling:
            return "Stopping…"
        if not self.total:
            return self.text or "Starting…"
        return f"{count(max(0, self.total - self.done))} of {count(self.total)} left"

    def took(self) -> str:
        """How long it ran, or has run so far."""
        if self.started is None:
            return ""
        return duration((self.ended or now()) - self.started)

    def outcome(self) -> str:
        """One line about how it stands."""
        if self.active:
            return self.remaining()
        words = {"done": "Done", "failed": "Failed", "cancelled": "Cancelled"}
        return f"{words.get(self.state, self.state)} after {self.took()}" if self.took() else words.get(self.state, "")


def read_job(data: Mapping[str, Any]) -> JobView:
    """The engine's dict as a `JobView`; what is missing reads as empty."""
    error = data.get("error") or {}
    if not isinstance(error, Mapping):
        error = {"message": str(error)}
    return JobView(
        id=str(data.get("id", "")),
        kind=str(data.get("kind", "")),
        title=str(data.get("title", "")),
        state=str(data.get("state", "")),
        done=int(data.get("done") or 0),
        total=int(data.get("total") or 0),
        text=str(data.get("text") or ""),
        started=data.get("started"),
        ended=data.get("ended"),
        error=str(error.get("message", "")),
        next_step=str(error.get("next_step", "")),
        bug=error.get("kind") == "bug",
        cancelling=bool(data.get("cancelling")),
        subject=data.get("subject") or {},
        result=data.get("result") or {},
        parts=_parts(data.get("parts")),
    )


def _parts(found: Any) -> tuple[tuple[str, int, int], ...]:
    """Most left first; what is done comes last, by name."""
    if not isinstance(found, Mapping):
        return ()
    parts = [(str(name), int(counts[0]), int(counts[1])) for name, counts in found.items() if len(counts) == 2]
    return tuple(sorted(parts, key=lambda part: (part[1] - part[2], part[0])))
