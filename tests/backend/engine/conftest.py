"""Real engines for tests: started, watched and ended by process id."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.client import Client
from backend.engine.command import child_environment
from backend.workspace import file

EXERCISE = Path(__file__).resolve().parent / "exercise_engine.py"


def wait_until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """The first true value of `condition`; AssertionError when there is none in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        value = condition()
        if value:
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} seconds")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class Stage:
    """A workspace, its engines and clients."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.clients: list[Client] = []
        self.engines: set[int] = set()
        self._children: list[subprocess.Popen[bytes]] = []
        file.create(workspace)

    def exercise(self) -> int:
        """Start an engine with the exercise kinds; its process id."""
        command = [sys.executable, "-P", str(EXERCISE), str(self.workspace)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment())
        self._children.append(child)
        assert child.stdout is not None
        with child.stdout as stdout:
            assert b"ready" in stdout.readline()
        self.engines.add(child.pid)
        return child.pid

    def client(self, face: str = "cli", **options: Any) -> Client:
        client = Client.open(self.workspace, face=face, **options)
        self.engines.add(client.hello["engine"])
        self.clients.append(client)
        return client

    def watched(self, face: str = "cli") -> tuple[Client, list[dict[str, Any]]]:
        """A client, and the list that its pushes go to."""
        client = self.client(face)
        heard: list[dict[str, Any]] = []
        for push in ("changed", "job", "prompt", "prompt_gone", "missed", "connection"):
            client.on(push, heard.append)
        return client, heard

    def run(self, client: Client, *steps: list[Any], title: str = "Exercise") -> dict[str, Any]:
        """Run an exercise job to its end; the job."""
        job = client.call("exercise.start", steps=list(steps), title=title)
        ended: dict[str, Any] = client.call("job.wait", timeout=60, job=job["id"])
        return ended

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        os.kill(pid, number)
        wait_until(lambda: not is_running(pid))

    def replace(self, client: Client) -> None:
        """Kill the client's engine, and have it join a new one."""
        self.kill(client.hello["engine"])
        wait_until(lambda: not client.connected)
        client.reconnect()
        self.engines.add(client.hello["engine"])

    def settings(self) -> set[str]:
        conn = file.open_reader(self.workspace)
        try:
            return {row[0] for row in conn.execute("SELECT key FROM setting")}
        finally:
            conn.close()

    def close(self) -> None:
        for client in self.clients:
            client.close()
        for pid in self.engines:
            if is_running(pid):
                os.kill(pid, signal.SIGTERM)
        for pid in self.engines:
            wait_until(lambda pid=pid: not is_running(pid))  # type: ignore[misc]
        for child in self._children:
            child.wait(10)


@pytest.fixture
def stage(workspace_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    monkeypatch.setenv("VEDETTE_KEY_STORE", "none")
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "5")
    stage = Stage(workspace_path)
    yield stage
    stage.close()


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


@pytest.fixture
def running() -> Callable[[int], bool]:
    return is_running
