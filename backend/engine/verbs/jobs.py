"""Jobs and prompts: list, cancel, try again, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb

if TYPE_CHECKING:
    from backend.engine.server import Engine


def list_jobs(engine: Engine, client: ClientConnection) -> list[dict[str, Any]]:
    """Jobs queued, running and lately ended, oldest first."""
    return [job.public() for job in engine.jobs.all()]


def cancel(engine: Engine, client: ClientConnection, job: str) -> dict[str, Any]:
    """Ask a job to stop; it is stopped by force after ten seconds."""
    found = engine.jobs.get(job)
    engine.jobs.cancel(found)
    return found.public()


def retry(engine: Engine, client: ClientConnection, job: str) -> dict[str, Any]:
    """The same job again, for this client."""
    return engine.jobs.retry(engine.jobs.get(job), client).public()


async def wait(engine: Engine, client: ClientConnection, job: str) -> dict[str, Any]:
    """The job once it has ended."""
    found = engine.jobs.get(job)
    await found.end
    return found.public()


def answer(engine: Engine, client: ClientConnection, id: str, answer: str | None) -> None:
    """Answer a prompt; null cancels it."""
    engine.prompts.answer(client, id, answer)


_JOB = {"job": Arg("word", longest=40)}

VERBS = (
    Verb("job.list", "Jobs queued, running and lately ended, oldest first.", list_jobs),
    Verb("job.cancel", "Ask a job to stop; it is stopped by force after ten seconds.", cancel, _JOB),
    Verb("job.retry", "Start the same job again.", retry, _JOB),
    Verb("job.wait", "Wait until a job has ended; it comes back with its result or error.", wait, _JOB),
    Verb(
        "prompt.answer",
        "Answer a prompt that was put to this client; null cancels it.",
        answer,
        {"id": Arg("word", longest=40), "answer": Arg("text", None)},
    ),
)
