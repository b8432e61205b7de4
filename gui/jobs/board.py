"""All jobs the console knows of, kept current by the engine's pushes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.channel.link import EngineLink
from gui.jobs.job import JobView, read_job

KEPT = 50
IN_PASSING = frozenset({"profile.list", "rule.check", "check", "report.verify", "audit.verify"})


class JobBoard(QObject):
    """`moved` carries a job's new state, `ended` the same once, when it stops being active."""

    moved = Signal(object)
    ended = Signal(object)

    def __init__(self, link: EngineLink, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link = link
        self._jobs: dict[str, JobView] = {}
        self._waiting: dict[str, list[Callable[[JobView], None]]] = {}
        link.job.connect(self.take)
        link.connection.connect(lambda state, _: self.load() if state == "back" else None)

    def load(self) -> None:
        """Ask the engine for the jobs it has."""
        if not self._link.read_only:
            self._link.call("job.list", on_ok=self._take_all, on_error=lambda _: None)

    def take(self, data: dict[str, Any]) -> None:
        """The newest word on one job."""
        job = read_job(data)
        before = self._jobs.get(job.id)
        self._jobs[job.id] = job
        for ended in [one.id for one in self._jobs.values() if not one.active][:-KEPT]:
            del self._jobs[ended]
        self.moved.emit(job)
        if before is not None and before.active and not job.active:
            self.ended.emit(job)
        if not job.active:
            for then in self._waiting.pop(job.id, []):
                then(job)

    def _take_all(self, jobs: list[dict[str, Any]]) -> None:
        for job in jobs:
            self.take(job)

    def when_ended(self, job: str, then: Callable[[JobView], None]) -> None:
        """Call once when the job has ended; at once when it has already."""
        known = self._jobs.get(job)
        if known is not None and not known.active:
            then(known)
        else:
            self._waiting.setdefault(job, []).append(then)

    def all(self) -> list[JobView]:
        """Active ones first, newest first within; what the console itself asked in passing is left out."""
        newest = [job for job in self._jobs.values() if job.kind not in IN_PASSING][::-1]
        return sorted(newest, key=lambda job: not job.active)

    def active(self, kind: str = "") -> list[JobView]:
        """Those that are queued or running."""
        found = [job for job in self._jobs.values() if job.active and job.kind not in IN_PASSING]
        return [job for job in found if not kind or job.kind == kind]

    def cancel(self, id: str) -> None:
        """Ask the engine to stop it."""
        self._link.call("job.cancel", {"job": id})

    def retry(self, id: str) -> None:
        """Ask the engine to start the same again."""
        self._link.call("job.retry", {"job": id})
