"""Jobs: work of more than a moment, each in a worker of its own, which clients can watch, cancel and try again."""

from __future__ import annotations

import itertools
import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from backend.credentials.redaction import redact
from backend.engine.channel import Frame
from backend.engine.clients import ClientConnection
from backend.engine.kinds import KINDS, Handler, JobKind
from backend.engine.later import Later, drive
from backend.engine.process import Exit, WorkerProcess
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.engine.server import Engine

log = logging.getLogger(__name__)

State = Literal["queued", "running", "done", "failed", "cancelled"]
REMEMBERED = 100  # ended jobs that clients can still list


@dataclass(frozen=True)
class Outcome:
    """How a job ended. `error` is {message, next_step, kind} when it failed.

    `kind`: 'environment', 'bug', or 'worker' when its worker fell without a word.
    """

    state: State
    result: dict[str, Any] = field(default_factory=dict)
    error: dict[str, str] | None = None


@dataclass
class Job:
    """One job. `request` is what was asked, without secrets, so that it can be asked again."""

    id: str
    kind: JobKind
    title: str
    request: dict[str, Any]
    client: ClientConnection | None
    who: str
    subject: dict[str, Any]
    state: State = "queued"
    done: int = 0
    total: int = 0
    text: str = ""
    parts: dict[str, list[int]] = field(default_factory=dict)  # service -> [units done, units in all]
    created: int = field(default_factory=lambda: int(time.time()))
    started: int | None = None
    ended: int | None = None
    error: dict[str, str] | None = None
    result: dict[str, Any] = field(default_factory=dict)
    cancelling: bool = False
    again: bool = True  # whether `request` is all it takes to do it again
    secrets: list[Any] = field(default_factory=list)  # kept alive so that redaction knows them
    end: Later[Outcome] = field(default_factory=Later)
    handler: Handler = field(default_factory=Handler)
    process: WorkerProcess | None = None
    final: Outcome | None = None  # what the worker said last

    @property
    def active(self) -> bool:
        """Queued or running."""
        return self.state in ("queued", "running")

    def public(self) -> dict[str, Any]:
        """The job as clients see it."""
        names = (
            "id",
            "title",
            "state",
            "done",
            "total",
            "text",
            "parts",
            "created",
            "started",
            "ended",
            "error",
            "result",
            "who",
        )
        shown = {name: getattr(self, name) for name in names}
        face = self.client.face if self.client is not None else ""
        return {
            **shown,
            "kind": self.kind.name,
            "subject": self.subject,
            "cancelling": self.cancelling,
            "again": self.again,
            "client": face,
        }


class Jobs:
    """All jobs of this engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers = itertools.count(1)
        self._jobs: dict[str, Job] = {}
        self._ending = False

    def start(
        self,
        kind: str,
        title: str,
        request: dict[str, Any],
        client: ClientConnection | None,
        subject: dict[str, Any] | None = None,
        handler: Handler | None = None,
        again: bool = True,
    ) -> Job:
        """A new job, begun as soon as its kind has a place free. `subject` names what it is about ({"scan": 3}).

        `again` False: it cannot be tried again from its request alone (a passphrase came with it).
        """
        # The process id keeps a job of an earlier engine from being taken for one of ours.
        id = f"{os.getpid()}-{next(self._numbers)}"
        who = client.who if client is not None else ""
        job = Job(id, KINDS[kind], title, request, client, who, dict(subject or {}))
        job.again = again
        job.handler = handler or job.kind.make_handler()
        self._jobs[id] = job
        self._moved(job)
        self._engine.loop.call_later(0, self._pump)
        return job

    def get(self, id: str) -> Job:
        """The job; `UserError` when there is none (any more)."""
        try:
            return self._jobs[id]
        except KeyError:
            raise UserError(
                f"There is no job {id}.", "It may have ended long ago, or with an earlier engine."
            ) from None

    def all(self) -> list[Job]:
        """Every job still remembered, oldest first."""
        return list(self._jobs.values())

    def active(self, kind: str = "") -> list[Job]:
        """Jobs queued or running, of one kind or of all."""
        return [job for job in self._jobs.values() if job.active and (not kind or job.kind.name == kind)]

    def cancel(self, job: Job) -> None:
        """Stop it: a queued one at once, a running one as `WorkerProcess.cancel` does. Nothing when it has ended."""
        if not job.active or job.cancelling:
            return
        job.cancelling = True
        if job.process is None:
            self._finish(job, Outcome("cancelled"))
            return
        self._engine.prompts.withdraw(job.id)
        job.process.cancel()
        self._moved(job)

    def retry(self, job: Job, client: ClientConnection) -> Job:
        """The same again, as a new job. `UserError` while it still runs."""
        if job.active:
            raise UserError(f"“{job.title}” is still running.", "Cancel it first.")
        if not job.again:
            raise UserError(f"“{job.title}” cannot be repeated: a secret came with it.", "Start it anew.")
        return self.start(job.kind.name, job.title, job.request, client, job.subject)

    def close(self) -> None:
        """The engine ends: so do all workers, now."""
        self._ending = True
        for job in self.active():
            if job.process is not None:
                job.process.destroy()

    # -- one job's way

    def _pump(self) -> None:
        if self._ending:
            return
        for job in self.active():
            running = sum(1 for other in self.active(job.kind.name) if other.state == "running")
            if job.state == "queued" and running < job.kind.at_once:
                self._begin(job)

    def _begin(self, job: Job) -> None:
        job.state, job.started = "running", int(time.time())
        self._moved(job)
        drive(job.handler.begin(self._engine, job)).then(lambda prepared: self._launch(job, prepared))

    def _launch(self, job: Job, prepared: Later[dict[str, Any]]) -> None:
        if not job.active or self._ending:  # cancelled while it waited for the vault
            return
        try:
            arguments = {"workspace": str(self._engine.workspace), **prepared.result()}
            job.process = WorkerProcess(
                self._engine.loop,
                job.kind.worker,
                {"args": arguments},
                lambda frame: self._frame(job, frame),
                lambda end: self._exited(job, end),
            )
        except Exception as error:  # noqa: BLE001 -- described to the clients
            self._finish(job, Outcome("failed", error=describe_error(error)))

    def _frame(self, job: Job, frame: Frame) -> None:
        if not job.active or job.final is not None:
            return
        try:
            self._take(job, frame)
        except Exception as error:
            # Our handler failed, or was given what it does not expect: the worker's further work is for nothing.
            if not isinstance(error, UserError):
                log.exception("a batch of %s could not be taken", job.title)
            job.final = Outcome("failed", error=describe_error(error))
            if job.process is not None:
                job.process.kill()

    def _take(self, job: Job, frame: Frame) -> None:
        if "batch" in frame:
            with self._engine.writer.transaction():
                job.handler.batch(self._engine, job, frame["batch"])
        elif "progress" in frame:
            progress = frame["progress"]
            job.done, job.total = int(progress["done"]), int(progress["total"])
            job.text = str(progress["text"])[:500]
            job.parts = {str(name): [int(one) for one in counts] for name, counts in progress.get("parts", {}).items()}
            self._moved(job)
        elif "prompt" in frame:
            self._ask(job, dict(frame["prompt"]))
        elif "done" in frame:
            job.final = Outcome("cancelled" if job.cancelling else "done", dict(frame["done"]))
            self._expect_end(job)
        elif "error" in frame:
            error = {name: str(frame["error"].get(name, "")) for name in ("message", "next_step", "kind")}
            job.final = Outcome("cancelled") if job.cancelling else Outcome("failed", error=error)
            self._expect_end(job)
        else:
            raise ValueError(f"a worker's frame holds none of the known words, but {sorted(frame)[:5]}")

    def _ask(self, job: Job, prompt: dict[str, Any]) -> None:
        number = prompt.pop("id", 0)
        kind, text = str(prompt.pop("kind")), str(prompt.pop("text"))

        def answered(answer: Later[str]) -> None:
            if job.process is None:
                return
            try:
                job.process.send({"answer": answer.result(), "id": number})
            except UserError as error:
                refused = {"message": error.message, "next_step": error.next_step}
                job.process.send({"refused": refused, "id": number})

        self._engine.prompts.ask(job.client, kind, text, prompt, owner=job.id).then(answered)

    def _expect_end(self, job: Job) -> None:
        if job.process is not None:
            job.process.expect_end()

    def _exited(self, job: Job, exit: Exit) -> None:
        if job.final is not None:
            self._finish(job, job.final)
        elif job.cancelling:
            self._finish(job, Outcome("cancelled"))
        else:
            message = f"The worker of “{job.title}” {exit.sentence}."
            next_step = f"Try it again; what it said before is in {self._engine.log_file}."
            self._finish(job, Outcome("failed", error={"message": message, "next_step": next_step, "kind": "worker"}))

    def _finish(self, job: Job, outcome: Outcome) -> None:
        if not job.active:
            return
        job.state, job.result, job.error, job.ended = outcome.state, outcome.result, outcome.error, int(time.time())
        job.process = None
        job.secrets.clear()
        self._engine.prompts.withdraw(job.id)
        try:
            job.handler.end(self._engine, job, outcome)
        except Exception as error:
            log.exception("the end of %s could not be recorded", job.title)
            if job.state == "done":
                job.state, job.error = "failed", describe_error(error)
                outcome = Outcome("failed", outcome.result, job.error)
        self._moved(job)
        self._forget()
        job.end.resolve(outcome)
        self._engine.loop.call_later(0, self._pump)
        self._engine.lifetime.check()

    def _forget(self) -> None:
        ended = [job.id for job in self._jobs.values() if not job.active]
        for id in ended[:-REMEMBERED]:
            del self._jobs[id]

    def _moved(self, job: Job) -> None:
        self._engine.pushes.job(job.id, job.public)


def describe_error(error: BaseException) -> dict[str, str]:
    """An exception as clients are told of it: the user's environment in its own words, our bug by its name."""
    if isinstance(error, UserError):
        return {"message": error.message, "next_step": error.next_step, "kind": "environment"}
    message = redact(f"{type(error).__name__}: {error}")[:2000]
    return {"message": message, "next_step": "", "kind": "bug"}
