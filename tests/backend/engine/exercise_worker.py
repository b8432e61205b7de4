"""The worker of the exercise kind: does the steps it is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

from backend.engine.worker import WorkerLink
from backend.errors import UserError


def run(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    got: dict[str, Any] = {}
    for step in args["steps"]:
        _step(step[0], step[1:], link, got)
    return got


def _step(word: str, rest: list[Any], link: WorkerLink, got: dict[str, Any]) -> None:  # noqa: C901
    if word == "progress":
        link.progress(rest[0], rest[1], rest[2])
    elif word == "batch":
        link.batch(rest[0])
    elif word == "large":  # keys, length of each
        link.batch({"keys": [f"{number:04d}" + "x" * rest[1] for number in range(rest[0])]})
    elif word == "batches":  # count, keys in each
        for number in range(rest[0]):
            link.batch({"keys": [f"b{number}-{one}" for one in range(rest[1])]})
            link.progress(number + 1, rest[0], "writing")
    elif word == "prompt":
        got["answer"] = link.prompt("passphrase", rest[0], attempt=1)
    elif word == "print":
        print(rest[0])  # noqa: T201
        os.write(1, b"raw on descriptor 1\n")
        subprocess.run(["/bin/echo", "from a child"], check=True)
    elif word == "stderr":
        sys.stderr.write(rest[0] + "\n")
    elif word == "fail":
        raise UserError(rest[0], "Do something else.")
    elif word == "bug":
        raise ZeroDivisionError(rest[0])
    elif word == "wait":
        got["cancelled"] = link.wait_cancelled(rest[0])
    elif word == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            signal.pause()
    elif word == "kill":
        os.kill(os.getpid(), getattr(signal, rest[0]))
    elif word == "garbage":
        link._out.write(b"\xff\xff\xff\xff garbage")
        link._out.flush()
        signal.pause()
    elif word == "orphan":
        child = subprocess.Popen(["/bin/sleep", "600"])
        link.batch({"keys": [f"orphan-{child.pid}"]})
    elif word == "pid":
        link.batch({"keys": [f"pid-{os.getpid()}"]})
    else:
        raise ValueError(word)
