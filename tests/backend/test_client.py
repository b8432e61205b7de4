"""The one door, as the console and the command line use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend import client as door
from backend.client import Client, EngineBug, UserError
from backend.engine.command import child_environment
from backend.workspace import file

EXERCISE = Path(__file__).resolve().parent / "engine" / "exercise_engine.py"


def _until(condition: Any) -> Any:
    limit = time.monotonic() + 20
    while time.monotonic() < limit:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError("not in time")


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def engine(workspace_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setenv("VEDETTE_KEY_STORE", "none")
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "0.3")
    file.create(workspace_path)
    command = [sys.executable, "-P", str(EXERCISE), str(workspace_path)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment())
    assert child.stdout is not None
    with child.stdout as stdout:
        assert b"ready" in stdout.readline()
    yield child.pid
    child.terminate()
    child.wait(20)


@pytest.fixture
def client(engine: int, workspace_path: Path) -> Iterator[Client]:
    client = Client.open(workspace_path, face="gui", who="maria")
    yield client
    other = client.hello["engine"]
    client.close()
    if other != engine:
        _until(lambda: not _is_running(other))


def test_it_loads_quickly_and_without_what_a_face_never_needs() -> None:
    script = (
        "import sys, time; begun = time.perf_counter(); import backend.client\n"
        "took = time.perf_counter() - begun\n"
        "heavy = {'boto3', 'botocore', 'sqlite_utils', 'cryptography', 'yaml', 'reportlab', 'backend.reads'}\n"
        "print(took, sorted(heavy & set(sys.modules)))"
    )
    command = [sys.executable, "-P", "-c", script]
    runs = [
        subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True).stdout.split(
            " ", 1
        )
        for _ in range(3)
    ]
    assert {heavy.strip() for _, heavy in runs} == {"[]"}
    assert min(float(took) for took, _ in runs) < 0.1


def test_reads_and_the_filter_come_through_the_door_when_asked_for() -> None:
    assert door.filter.parse("severity:high").root is not None
    assert door.reads.__name__ == "backend.reads"
    with pytest.raises(AttributeError):
        _ = door.nothing_of_the_kind


def test_hello_says_who_is_at_the_other_end(client: Client, engine: int, workspace_path: Path) -> None:
    assert client.hello["engine"] == engine
    assert client.hello["workspace"] == str(workspace_path.resolve())
    assert Path(client.hello["log"]).exists()
    assert client.connected
    assert not client.read_only


def test_errors_are_the_environments_or_our_bugs(client: Client) -> None:
    with pytest.raises(UserError, match=r"exercise\.big: “size” must be a whole number, not a text") as caught:
        client.call("exercise.big", size="x")
    assert not isinstance(caught.value, EngineBug)
    with pytest.raises(EngineBug, match=r"exercise\.bug: KeyError") as bug:
        client.call("exercise.bug")
    assert client.hello["log"] in str(bug.value)
    assert client.call("ping")


def test_many_threads_may_call_at_once(client: Client) -> None:
    answers: dict[int, int] = {}

    def ask(size: int) -> None:
        for _ in range(20):
            answers[size] = len(client.call("exercise.big", size=size))

    threads = [threading.Thread(target=ask, args=(size,)) for size in (1, 1000, 100_000, 1_000_000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == {1: 1, 1000: 1000, 100_000: 100_000, 1_000_000: 1_000_000}


def test_an_answer_too_large_for_a_frame_is_an_error_and_not_the_end(client: Client) -> None:
    with pytest.raises(EngineBug, match="exceeds the limit"):
        client.call("exercise.big", size=17 * 1024 * 1024)
    with pytest.raises(UserError, match="too much for one request"):
        client.call("exercise.put", key="k", value="x" * (17 * 1024 * 1024))
    assert client.call("ping")


def test_a_call_that_takes_too_long_is_given_up(client: Client) -> None:
    job = client.call("exercise.start", steps=[["wait", 60]])
    with pytest.raises(UserError, match=r"has not answered job\.wait within 0\.2 seconds"):
        client.call("job.wait", timeout=0.2, job=job["id"])
    client.call("job.cancel", job=job["id"])
    assert client.call("job.wait", job=job["id"])["state"] == "cancelled"


def test_callbacks_come_in_the_readers_thread_and_may_fail(client: Client) -> None:
    threads: set[str] = set()
    heard: list[dict[str, Any]] = []

    def fail(push: dict[str, Any]) -> None:
        threads.add(threading.current_thread().name)
        raise RuntimeError("a page of the console has a bug")

    client.on("changed", fail)
    unsubscribe = client.on("changed", lambda push: heard.append(push) if push["table"] == "setting" else None)
    client.call("exercise.put", key="a", value="1")
    _until(lambda: heard)
    assert threads == {"vedette-client"}
    unsubscribe()
    client.call("exercise.put", key="b", value="1")
    client.call("exercise.put", key="c", value="1")
    assert len(heard) == 1


def test_a_callback_that_would_wait_for_itself_is_told_so(client: Client) -> None:
    caught: list[BaseException] = []

    def call(_: dict[str, Any]) -> None:
        try:
            client.call("ping")
        except RuntimeError as error:
            caught.append(error)

    client.on("changed", call)
    client.call("exercise.put", key="a", value="1")
    _until(lambda: caught)
    assert "hand over to another thread" in str(caught[0])


def test_after_the_engine_died_the_next_call_joins_a_new_one_with_the_same_subscriptions(
    client: Client, engine: int
) -> None:
    heard: list[dict[str, Any]] = []
    client.on("connection", heard.append)
    client.on("changed", heard.append)
    os.kill(engine, signal.SIGKILL)
    _until(lambda: not client.connected)
    client.reconnect()
    assert client.connected
    assert client.hello["engine"] != engine
    client.call("view.save", page="findings", name="mine", query="severity:high")
    _until(lambda: [push for push in heard if push.get("table") == "saved_view"])
    assert [push["state"] for push in heard if push["push"] == "connection"] == ["lost", "back"]


def test_each_thread_reads_through_its_own_connection(client: Client) -> None:
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(client.reader().execute("SELECT 1").fetchone()))
    mine = client.reader()
    thread.start()
    thread.join(10)
    assert found == [(1,)]
    assert client.reader() is mine
    with pytest.raises(Exception, match="readonly"):
        mine.execute("DELETE FROM setting")


def test_a_closed_client_says_so(client: Client, engine: int) -> None:
    client.close()
    client.close()
    with pytest.raises(UserError, match="has closed the workspace"):
        client.call("ping")


def test_a_workspace_handed_over_is_read_without_an_engine(tmp_path: Path) -> None:
    path = tmp_path / "theirs.vedette"
    file.create(path)
    with Client.open_read_only(path) as client:
        assert client.read_only
        assert client.reader().execute("SELECT count(*) FROM finding").fetchone() == (0,)
        with pytest.raises(UserError, match=r"theirs\.vedette is opened read-only"):
            client.call("triage.set", findings=[1], state="open")
    assert not path.with_name("theirs.vedette.lock").exists()
    with pytest.raises(UserError, match="There is no workspace"):
        Client.open_read_only(tmp_path / "none.vedette")


def test_a_new_workspace_is_made_only_when_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "0")
    path = tmp_path / "new.vedette"
    with pytest.raises(UserError, match="There is no workspace"):
        Client.open(path, face="cli")
    with Client.open(path, face="cli", create=True) as client:
        assert client.call("job.list") == []
        engine = client.hello["engine"]
    _until(lambda: not _is_running(engine))
