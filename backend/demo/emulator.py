"""moto's server as a child process on loopback.

It is an extra (`demo`), never part of a frozen build. The child dies with us (PR_SET_PDEATHSIG): a killed demo leaves
no server behind.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from backend.errors import UserError

ACCOUNT = "123456789012"
_STARTS_WITHIN = 60.0  # seconds; a cold start on a slow disk took 9
_PR_SET_PDEATHSIG = 1


class Emulator:
    """A running emulator; `url` is its endpoint. Use as a context manager, or call `stop`."""

    def __init__(self, process: subprocess.Popen[bytes], url: str) -> None:
        self._process = process
        self.url = url

    @classmethod
    def start(cls) -> Emulator:
        """Start on a free port of loopback and wait until it answers.

        Raises:
            UserError: moto is not installed, or it did not come up.
        """
        if importlib.util.find_spec("moto") is None or importlib.util.find_spec("flask") is None:
            raise UserError(
                "The demo needs the AWS emulator, which is not installed.", "Run `make setup`, which installs it."
            )
        port = _free_port()
        # Without this moto would load 1,301 public AMIs and show their snapshots as the account's own.
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env={**kept, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_die_with_parent(),
        )
        emulator = cls(process, f"http://127.0.0.1:{port}")
        try:
            emulator._wait()
        except BaseException:
            emulator.stop()
            raise
        return emulator

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def stop(self) -> None:
        """End the server."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait(self) -> None:
        pause = threading.Event()
        for _ in range(int(_STARTS_WITHIN / 0.05)):
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/moto-api/", timeout=5):  # noqa: S310 - our own loopback URL
                    return
            except OSError:
                pause.wait(0.05)
        raise UserError("The AWS emulator did not start.", "Run `make setup` again; its packages may be incomplete.")


def client_maker(url: str) -> Callable[[str, str], Any]:
    """(service, region) -> boto3 client of the emulator, with the test keys it expects."""
    import boto3
    from botocore.config import Config

    session = boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing")  # noqa: S106
    config = Config(
        retries={"mode": "standard", "max_attempts": 2},
        max_pool_connections=16,
        s3={"addressing_style": "path"},
        inject_host_prefix=False,
    )
    made: dict[tuple[str, str], Any] = {}

    def client(service: str, region: str) -> Any:
        key = (service, region)
        if key not in made:
            made[key] = session.client(service, region_name=region, endpoint_url=url, config=config)
            if service == "s3control":
                made[key].meta.events.register("before-sign.s3-control.*", _without_account_in_host)
        return made[key]

    return client


def _without_account_in_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account's number before the host, a name that leads nowhere on loopback."""
    parts = urlsplit(request.url)
    host = parts.netloc.split(".", 1)
    if len(host) == 2 and host[0].isdigit() and len(host[0]) == 12:
        request.url = urlunsplit(parts._replace(netloc=host[1]))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent() -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    return lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
