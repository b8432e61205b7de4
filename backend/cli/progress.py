"""Jobs watched from the command line: bars on a terminal, silence in a pipe, and Ctrl-C that cancels.

The first Ctrl-C asks the engine to cancel and waits; the second leaves at once (the engine goes on cancelling).
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from backend.cli.output import say
from backend.errors import UserError
from backend.reads.visible import visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from backend.client import Client

ENDED = ("done", "failed", "cancelled")
_bars: Progress | None = None


class Interrupted(Exception):
    """The user stopped it, and it did stop."""


def wait(client: Client, jobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The jobs once all have ended, in order; evaluations they start are waited for, and fail them too.

    Raises:
        Interrupted: after Ctrl-C, once the jobs have been cancelled.
        KeyboardInterrupt: after a second Ctrl-C.
    """
    watch = _Watch(client, jobs)
    try:
        with _drawing(watch):
            watch.until_ended()
    except KeyboardInterrupt:  # also one that comes while the bars are drawn for the first time
        say("Cancelling; what was read so far stays. Ctrl-C again leaves at once.")
        watch.cancel()
        watch.until_ended()
        raise Interrupted from None
    return [watch.outcome(job["id"]) for job in jobs]


def one(client: Client, job: dict[str, Any]) -> dict[str, Any]:
    """The result of one job; UserError in its own words when it failed or was cancelled."""
    ended = wait(client, [job])[0]
    raise_error(ended)
    result = ended.get("result")
    return result if isinstance(result, dict) else {}


def raise_error(job: dict[str, Any]) -> None:
    """Raise what stopped a job, if something did."""
    error = job.get("error")
    if job["state"] == "done":
        return
    if not error:
        raise UserError(f"{job['title']}: {job['state']}.")
    if error.get("kind") == "bug":
        from backend.client import EngineBug

        raise EngineBug(f"{job['title']}: {error['message']}")
    raise UserError(f"{job['title']}: {error['message']}", error.get("next_step", ""))


@contextlib.contextmanager
def paused() -> Iterator[None]:
    """No bars while the block talks to the user."""
    bars = _bars
    if bars is not None:
        bars.stop()
    try:
        yield
    finally:
        if bars is not None:
            bars.start()


class _Watch:
    """The newest state of some jobs, from the engine's pushes."""

    def __init__(self, client: Client, jobs: Sequence[dict[str, Any]]) -> None:
        self.client = client
        self.jobs: dict[str, dict[str, Any]] = {job["id"]: job for job in jobs}
        self.changed = threading.Event()
        self.bars: Progress | None = None
        self._tasks: dict[str, Any] = {}

    def until_ended(self) -> None:
        while active := [id for id, job in self.jobs.items() if job["state"] not in ENDED]:
            ended = _interruptible(lambda id=active[0]: self.client.call("job.wait", timeout=None, job=id))
            self.take(ended)
            following = (ended.get("result") or {}).get("evaluation")
            if following and following not in self.jobs:
                self.jobs[following] = {"id": following, "state": "queued", "title": "Evaluate the rules"}

    def outcome(self, id: str) -> dict[str, Any]:
        """The job as it ended; a scan whose findings could not be judged has not done what it was asked."""
        job = self.jobs[id]
        following = self.jobs.get((job.get("result") or {}).get("evaluation") or "")
        if job["state"] != "done" or following is None or following["state"] == "done":
            return job
        return {**job, **{key: following[key] for key in ("title", "state", "error")}}

    def cancel(self) -> None:
        for id, job in self.jobs.items():
            if job["state"] not in ENDED:
                with contextlib.suppress(UserError):
                    self.client.call("job.cancel", job=id)

    def take(self, job: dict[str, Any]) -> None:
        if job["id"] not in self.jobs:
            return
        self.jobs[job["id"]] = job
        if self.bars is None:
            return
        task = self._tasks.get(job["id"])
        if task is None:
            task = self._tasks[job["id"]] = self.bars.add_task(visible(job["title"]), total=None, text="")
        total = job.get("total") or None
        done = total if job["state"] == "done" and total else job.get("done", 0)
        text = job["state"] if job["state"] in ENDED else visible(str(job.get("text", "")))
        self.bars.update(task, total=total, completed=done, text=text)


@contextlib.contextmanager
def _drawing(watch: _Watch) -> Iterator[None]:
    """Bars on standard error while the block runs, when that is a terminal."""
    global _bars
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[text]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), refresh_per_second=10) as bars:
        _bars = watch.bars = bars
        unsubscribe = watch.client.on("job", lambda push: watch.take(push["job"]))
        for job in list(watch.jobs.values()):
            watch.take(job)
        try:
            yield
        finally:
            unsubscribe()
            _bars = watch.bars = None


def _interruptible(call: Any) -> dict[str, Any]:
    """The result of `call`, made in a thread: waiting for a lock would not notice Ctrl-C on every system."""
    found: list[Any] = []
    failed: list[BaseException] = []
    ended = threading.Event()

    def run() -> None:
        try:
            found.append(call())
        except BaseException as error:  # noqa: BLE001 -- raised again in the waiting thread
            failed.append(error)
        finally:
            ended.set()

    threading.Thread(target=run, name="vedette-wait", daemon=True).start()
    while not ended.wait(0.5):
        pass
    if failed:
        raise failed[0]
    return found[0] if isinstance(found[0], dict) else {}
