"""The command line as a user runs it: a process of its own, with pipes or with a terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.backend.reads.fill import fill

COMMAND = (sys.executable, "-P", "-m", "backend.cli.main")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    # An engine leaves soon after its last client, so that no test leaves one behind.
    return {**os.environ, "VEDETTE_LINGER_SECONDS": "0.2", **more}


@pytest.fixture(scope="session")
def findings_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cli") / "filled.vedette"
    fill(path, findings=1_000)
    return path


@pytest.fixture
def vedette(findings_file: Path) -> Callable[..., Ran]:
    """Run it in a pipe, on the filled workspace unless another is named."""

    def run(*arguments: str, workspace: Path | None = None, **more: str) -> Ran:
        command = [*COMMAND, "--workspace", str(workspace or findings_file), *arguments]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            env=environment(**more),
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


class Terminal:
    """A process on a pseudo terminal."""

    def __init__(self, *arguments: str, **more: str) -> None:
        ours, theirs = pty.openpty()
        self._ours = ours
        env = environment(TERM="xterm", COLUMNS="160", **more)
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""
        self._at = 0

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def read_until(self, text: str, seconds: float = 60) -> None:
        """Read on until `text` has come after what was read before."""
        limit = time.monotonic() + seconds
        while (found := self.seen.find(text, self._at)) < 0:
            assert time.monotonic() < limit, f"no {text!r} in {self.seen!r}"
            if select.select([self._ours], [], [], 0.2)[0]:
                assert self._more(), f"no {text!r} in {self.seen!r}"
        self._at = found + len(text)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self, seconds: float = 60) -> int:
        limit = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < limit, self.seen
            if select.select([self._ours], [], [], 0.1)[0]:
                self._more()
        while select.select([self._ours], [], [], 0)[0] and self._more():
            pass
        os.close(self._ours)
        return self.process.returncode

    def _more(self) -> bool:
        try:
            data = os.read(self._ours, 65536)
        except OSError:  # the other side is closed
            return False
        self.seen += data.decode(errors="replace")
        return bool(data)
