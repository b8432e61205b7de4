"""The AWS CLI itself in a child process of its own, which runs one command after the other.

A new process for each of some two hundred commands would spend its time on imports.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

READY_TO_SEND = "the request is complete and would be sent"


@dataclass(frozen=True)
class Outcome:
    """What a command came to."""

    code: int
    out: str
    err: str


class AwsCli:
    """`run(["aws", "s3api", …])` with test keys; files of commands are looked up in `folder`."""

    def __init__(self, folder: Path, url: str = "http://127.0.0.1:9", *, send: bool = True) -> None:
        self.folder = folder
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }
        # The option, not AWS_ENDPOINT_URL: the CLI overlooks that for the older names of some services (SQS, RDS).
        self._before = ["--endpoint-url", url]
        self._child = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", __file__, "send" if send else "stop"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
            env=environment,
        )

    def run(self, words: list[str]) -> Outcome:
        """Run one command; the first word is `aws`."""
        assert words[0] == "aws"
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps([*self._before, *words[1:]]) + "\n")
        self._child.stdin.flush()
        answer = self._child.stdout.readline()
        assert answer, f"the AWS CLI's process ended at {words}"
        return Outcome(**json.loads(answer))

    def __enter__(self) -> AwsCli:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate(timeout=30)


def _main(send: bool) -> None:
    from awscli.clidriver import create_clidriver

    answers, driver = sys.stdout, None
    for line in sys.stdin:
        if driver is None:
            driver = create_clidriver()
            driver.session.register("before-sign.s3-control.*", _without_account_in_host)
            if not send:
                driver.session.register("before-call", _stop)
        out, err = io.TextIOWrapper(io.BytesIO(), write_through=True), io.StringIO()
        code: Any = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = driver.main(json.loads(line))
            except SystemExit as leaving:
                code = leaving.code
        text = out.buffer.getvalue().decode(errors="replace")
        answers.write(json.dumps({"code": int(code or 0), "out": text, "err": err.getvalue().strip()}) + "\n")
        answers.flush()
        if '"ec2", "modify-' in line:  # these leave handlers behind that trip over the next command
            driver = None


def _stop(**_: Any) -> None:
    raise RuntimeError(READY_TO_SEND)


def _without_account_in_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account's number before the host, a name that leads nowhere on loopback."""
    request.url = re.sub(r"//\d{12}\.", "//", request.url)


if __name__ == "__main__":
    _main(sys.argv[1] == "send")
