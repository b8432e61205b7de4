"""*Check again*: one finding's resource read anew, then judged; the outcome is said in one sentence."""

from __future__ import annotations

import sqlite3
from typing import Any

from gui.channel import door
from gui.console import Console
from gui.jobs.job import JobView, read_job

_SAID = {
    "pass": ("passes now", "notice-ok"),
    "fail": ("still fails", "notice-warn"),
    "unknown": ("could not be evaluated", "notice-warn"),
}


class CheckAgain:
    """Follows the reading job and the evaluation after it."""

    def __init__(self, console: Console, finding: int) -> None:
        self._console = console
        self._finding = finding

    def started(self, job: dict[str, Any]) -> None:
        """The reading has begun."""
        self._console.jobs.when_ended(read_job(job).id, self._read)

    def _read(self, job: JobView) -> None:
        if job.state != "done":
            return  # the window tells failures
        evaluation = str(job.result.get("evaluation", ""))
        if job.result.get("outcome") == "unreadable" or not evaluation:
            self._console.toasts.say(f"{job.title}: it could not be read, so nothing changed.", look="notice-warn")
            return
        self._console.jobs.when_ended(evaluation, self._judged)

    def _judged(self, job: JobView) -> None:
        if job.state != "done":
            return

        def read(connection: sqlite3.Connection) -> door.findings.FindingDetail | None:
            return door.findings.detail(connection, self._finding)

        self._console.link.reader.ask(f"check.{self._finding}", read, self._say)

    def _say(self, found: door.findings.FindingDetail | None) -> None:
        if found is None or found.row.presence == "gone":
            self._console.toasts.say("The resource is gone.", look="notice-ok")
            return
        words, look = _SAID[found.row.status]
        self._console.toasts.say(f"{found.row.name or found.row.resource} {words}: {found.row.reason}", look=look)
