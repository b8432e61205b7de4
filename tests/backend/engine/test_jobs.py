"""Jobs with real workers, as a client sees them."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.errors import UserError


def _pid(stage: Any, until: Any, prefix: str = "pid-") -> int:
    """The process id that a worker wrote as a setting."""
    found = until(lambda: [key for key in stage.settings() if key.startswith(prefix)])
    return int(found[0].removeprefix(prefix))


def test_a_job_reports_its_progress_and_its_rows_are_there(stage: Any, until: Any) -> None:
    stage.exercise()
    client, heard = stage.watched()
    job = stage.run(client, ["batches", 20, 3])
    assert (job["state"], job["done"], job["total"], job["text"]) == ("done", 20, 20, "writing")
    assert len([key for key in stage.settings() if key.startswith("b")]) == 60
    until(lambda: [one for one in heard if one["push"] == "job" and one["job"]["state"] == "done"])
    written = sum(one["counts"].get("written", 0) for one in heard if one["push"] == "changed")
    assert written == 60


def test_what_a_worker_prints_never_gets_between_its_frames(stage: Any) -> None:
    stage.exercise()
    client = stage.client()
    job = stage.run(client, ["print", "a stray line"], ["batch", {"keys": ["after"]}])
    assert job["state"] == "done"
    assert "after" in stage.settings()
    log = Path(client.hello["log"]).read_text()
    for line in ("a stray line", "raw on descriptor 1", "from a child"):
        assert line in log


def test_a_secret_on_standard_error_is_masked_in_the_log(stage: Any) -> None:
    stage.exercise()
    client = stage.client()
    stage.run(client, ["stderr", "key AKIAIOSFODNN7EXAMPLE secret wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"])
    log = Path(client.hello["log"]).read_text()
    assert "secret" in log
    assert "wJalrXUtnFEMI" not in log
    assert "AKIAIOSFODNN7EXAMPLE" not in log


@pytest.mark.parametrize(
    ("step", "kind", "message"),
    [
        (["fail", "The bucket is gone."], "environment", "The bucket is gone."),
        (["bug", "x"], "bug", "ZeroDivisionError: x"),
        (
            ["kill", "SIGKILL"],
            "worker",
            "The worker of “Exercise” was killed (SIGKILL), perhaps because memory ran out.",
        ),
        (["kill", "SIGSEGV"], "worker", "The worker of “Exercise” was ended by SIGSEGV."),
        (["garbage"], "worker", "sent something that cannot be read"),
        (["batch", {"keys": ["half"], "fail": "boom"}], "bug", "RuntimeError: boom"),
    ],
)
def test_a_failed_job_says_why_and_the_engine_lives(stage: Any, step: list[Any], kind: str, message: str) -> None:
    engine = stage.exercise()
    client = stage.client()
    job = stage.run(client, ["batch", {"keys": ["kept"]}], step)
    assert job["state"] == "failed"
    assert job["error"]["kind"] == kind
    assert message in job["error"]["message"]
    assert client.call("ping")["engine"] == engine
    settings = stage.settings()
    assert "kept" in settings
    assert "half" not in settings  # the failed batch is rolled back as a whole


def test_a_failed_job_can_be_tried_again(stage: Any) -> None:
    stage.exercise()
    client = stage.client()
    failed = stage.run(client, ["batch", {"keys": ["again"]}], ["fail", "Not now."])
    again = client.call("job.retry", job=failed["id"])
    assert again["id"] != failed["id"]
    ended = client.call("job.wait", job=again["id"])
    assert (ended["title"], ended["error"]["message"]) == ("Exercise", "Not now.")
    with pytest.raises(UserError, match="There is no job nonsense"):
        client.call("job.retry", job="nonsense")


def test_a_willing_worker_is_cancelled_at_once(stage: Any, until: Any) -> None:
    stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["pid"], ["wait", 60], ["batch", {"keys": ["tidied"]}]])
    _pid(stage, until)
    client.call("job.cancel", job=job["id"])
    ended = client.call("job.wait", job=job["id"])
    assert ended["state"] == "cancelled"
    assert "tidied" in stage.settings()  # what it still hands over is kept


def test_a_stubborn_worker_and_its_children_are_killed(stage: Any, until: Any, running: Any) -> None:
    stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["pid"], ["orphan"], ["stubborn"]])
    worker, orphan = _pid(stage, until), _pid(stage, until, "orphan-")
    client.call("job.cancel", job=job["id"])
    assert client.call("job.wait", job=job["id"])["state"] == "cancelled"
    until(lambda: not running(worker) and not running(orphan))


def test_a_queued_job_is_cancelled_without_having_begun(stage: Any, until: Any) -> None:
    stage.exercise()
    client = stage.client()
    first = [client.call("exercise.start", steps=[["wait", 60]]) for _ in range(3)]
    queued = client.call("exercise.start", steps=[["batch", {"keys": ["never"]}]])
    until(lambda: [job["state"] for job in client.call("job.list")] == ["running"] * 3 + ["queued"])
    assert client.call("job.cancel", job=queued["id"])["state"] == "cancelled"
    for job in first:
        client.call("job.cancel", job=job["id"])
        client.call("job.wait", job=job["id"])
    assert "never" not in stage.settings()


def test_a_worker_dies_with_its_engine(stage: Any, until: Any, running: Any) -> None:
    engine = stage.exercise()
    client = stage.client()
    client.call("exercise.start", steps=[["pid"], ["stubborn"]])
    worker = _pid(stage, until)
    stage.kill(engine)
    until(lambda: not running(worker))


def test_a_worker_yields_to_the_engine_and_is_alone_in_its_group(stage: Any, until: Any) -> None:
    stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["pid"], ["wait", 60]])
    worker = _pid(stage, until)
    assert psutil.Process(worker).nice() > psutil.Process().nice()
    assert os.getpgid(worker) == worker
    assert "hunter" not in " ".join(psutil.Process(worker).cmdline())
    client.call("job.cancel", job=job["id"])
    client.call("job.wait", job=job["id"])


def test_a_prompt_goes_to_the_client_that_began_the_job_and_no_other(stage: Any, until: Any) -> None:
    stage.exercise()
    (client, heard), (_other, other_heard) = stage.watched("gui"), stage.watched("cli")
    job = client.call("exercise.start", steps=[["prompt", "MFA code of arn:x"]])
    (push,) = until(lambda: [one for one in heard if one["push"] == "prompt"])
    assert push["prompt"]["text"] == "MFA code of arn:x"
    assert push["prompt"]["job"] == job["id"]
    client.call("prompt.answer", id=push["prompt"]["id"], answer="123456")
    assert client.call("job.wait", job=job["id"])["result"] == {"answer": "123456"}
    assert not [one for one in other_heard if one["push"] == "prompt"]


def test_a_prompt_nobody_can_answer_fails_its_job_saying_so(stage: Any, until: Any) -> None:
    stage.exercise()
    client, heard = stage.watched("gui")
    watcher = stage.client()
    job = client.call("exercise.start", steps=[["prompt", "MFA code of arn:x"]])
    until(lambda: [one for one in heard if one["push"] == "prompt"])
    client.close()
    ended = watcher.call("job.wait", job=job["id"])
    assert ended["state"] == "failed"
    assert ended["error"]["message"] == "The console or command line that was asked has gone: MFA code of arn:x"
    assert ended["error"]["kind"] == "environment"


def test_a_prompt_can_be_cancelled(stage: Any, until: Any) -> None:
    stage.exercise()
    client, heard = stage.watched()
    job = client.call("exercise.start", steps=[["prompt", "Passphrase?"]])
    (push,) = until(lambda: [one for one in heard if one["push"] == "prompt"])
    client.call("prompt.answer", id=push["prompt"]["id"])
    assert client.call("job.wait", job=job["id"])["error"]["message"] == "The question was cancelled: Passphrase?"


def test_a_batch_too_large_for_a_frame_arrives_in_parts(stage: Any) -> None:
    stage.exercise()
    client = stage.client()
    keys = [f"{number:04d}" + "x" * 20_000 for number in range(1000)]  # 20 MB
    # Too large for a request as well, so the worker makes it itself.
    job = stage.run(client, ["large", len(keys), 20_000])
    assert job["error"] is None
    assert len([key for key in stage.settings() if len(key) > 10_000]) == len(keys)


def test_a_flood_waits_in_its_pipe_while_clients_are_served(stage: Any) -> None:
    engine = stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["batches", 3000, 50]])
    slowest = 0.0
    for _ in range(50):
        begun = time.monotonic()
        client.call("ping")
        slowest = max(slowest, time.monotonic() - begun)
    assert slowest < 1
    assert psutil.Process(engine).memory_info().rss < 150_000_000
    assert client.call("job.wait", timeout=60, job=job["id"])["state"] == "done"


def test_jobs_of_several_clients_are_seen_by_all(stage: Any, until: Any) -> None:
    stage.exercise()
    client, _ = stage.watched("gui")
    _, heard = stage.watched("cli")
    done = threading.Event()
    stage.clients[1].on("job", lambda push: done.set() if push["job"]["state"] == "done" else None)
    stage.run(client, ["batches", 3, 1], title="Theirs")
    assert done.wait(10)
    assert {one["job"]["title"] for one in heard if one["push"] == "job"} == {"Theirs"}
    assert {one["job"]["client"] for one in heard if one["push"] == "job"} == {"gui"}


def test_signals_of_the_terminal_do_not_reach_a_worker(stage: Any, until: Any, running: Any) -> None:
    stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["pid"], ["wait", 60]])
    worker = _pid(stage, until)
    os.kill(worker, signal.SIGINT)
    client.call("job.cancel", job=job["id"])
    assert client.call("job.wait", job=job["id"])["error"] is None


def test_a_full_disk_fails_the_job_in_one_sentence_and_nothing_else(stage: Any) -> None:
    stage.exercise()
    client = stage.client()
    client.call("exercise.full")
    job = stage.run(client, ["batches", 1000, 100])
    assert job["state"] == "failed"
    assert job["error"]["kind"] == "environment"
    assert "full" in job["error"]["message"]
    assert client.call("ping")
    assert client.reader().execute("PRAGMA integrity_check").fetchone()[0] == "ok"
