"""What every test stands on: a home of its own, no way out of this machine, a real AWS emulator."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

_HOST_ENVIRONMENT = dict(os.environ)  # as the machine has it, before the next lines: make fresh needs its registries

_FOREIGN = re.compile(
    r"(AWS|AZURE|GOOGLE|KUBE|VEDETTE|XDG|SSH|MOTO|QT|PYTHON_KEYRING)(_|$).*|PYTHONPATH|DISPLAY|WAYLAND_DISPLAY"
    r"|DBUS_SESSION_BUS_ADDRESS|COLUMNS|LINES|NO_COLOR|FORCE_COLOR|(http|https|all|no)_proxy",
    re.IGNORECASE,
)
for _name in [name for name in os.environ if _FOREIGN.fullmatch(name)]:
    del os.environ[_name]
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"  # boto3 would otherwise ask 169.254.169.254 for credentials

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


def _loopback_only(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect" and isinstance(arguments[1], tuple):
        host = str(arguments[1][0])
        if host and not host.startswith("127.") and host not in ("::1", "localhost", "0.0.0.0"):
            raise AssertionError(f"A test tried to reach {host}: only this machine may be reached.")


sys.addaudithook(_loopback_only)


def _make_home(environment: pytest.MonkeyPatch) -> Path:
    """A short path, since a Unix socket's may have 107 bytes and pytest's own folders come near."""
    home = Path(tempfile.mkdtemp(prefix="vedette-test-", dir="/tmp"))
    environment.setenv("HOME", str(home))
    for variable, folder in {
        "XDG_CONFIG_HOME": ".config",
        "XDG_DATA_HOME": ".local/share",
        "XDG_STATE_HOME": ".local/state",
        "XDG_CACHE_HOME": ".cache",
        "XDG_RUNTIME_DIR": "run",
    }.items():
        (home / folder).mkdir(parents=True, mode=0o700)
        environment.setenv(variable, str(home / folder))
    return home


@pytest.fixture(scope="session", autouse=True)
def _session_home() -> Iterator[Path]:
    """The home that session fixtures and their children see: never the developer's own."""
    with pytest.MonkeyPatch.context() as environment:
        home = _make_home(environment)
        yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, _session_home: Path) -> Iterator[Path]:
    """An empty home folder, with the XDG folders in it: no ~/.aws, no key store, no settings of an earlier test."""
    path = _make_home(monkeypatch)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def workspace_path(tmp_path: Path) -> Path:
    """Where a test may create its workspace; nothing is there yet."""
    return tmp_path / "test.vedette"


@pytest.fixture(scope="session")
def host_environment() -> dict[str, str]:
    """The environment that pytest was started with."""
    return dict(_HOST_ENVIRONMENT)


class MotoServer:
    """A running AWS emulator (moto) of our own on a loopback port."""

    def __init__(self, url: str) -> None:
        self.url = url

    def _post(self, path: str, body: bytes = b"") -> None:
        request = urllib.request.Request(f"{self.url}/moto-api/{path}", data=body, method="POST")
        request.add_header("Content-Type", "text/plain")  # as a form, the body would be parsed away
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()

    def reset(self) -> None:
        """Forget every account's resources, and let everybody do everything again."""
        self._post("reset")
        self.enforce_iam(after=None)

    def enforce_iam(self, after: int | None = 0) -> None:
        """Check IAM policies from the `after`-th call on, so that AccessDenied is real; None switches that off."""
        self._post("reset-auth", b"inf" if after is None else str(after).encode())

    def client(
        self, service: str, region: str = "eu-west-1", *, access_key: str = "test", secret_key: str = "test"
    ) -> Any:
        """A boto3 client of `service` that talks to this emulator."""
        import boto3

        return boto3.session.Session().client(
            service,
            region_name=region,
            endpoint_url=self.url,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
        )


@pytest.fixture(scope="session")
def moto_server(_session_home: Path) -> Iterator[MotoServer]:
    """One emulator for the whole run. A test that needs an empty account takes `emulator` or calls `reset()`."""
    environment = {**os.environ, "MOTO_EC2_LOAD_DEFAULT_AMIS": "false", "PYTHONUNBUFFERED": "1"}
    environment |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    log = _session_home / "moto.log"
    with log.open("wb") as sink:
        command = [sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
        server = subprocess.Popen(command, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, env=environment)
    try:
        yield MotoServer(_wait_for_url(server, log))
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for_url(server: subprocess.Popen[bytes], log: Path) -> str:
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        if found := re.search(r"Running on (http://127\.0\.0\.1:\d+)", log.read_text(errors="replace")):
            return found[1]
        if server.poll() is not None:
            break
        time.sleep(0.02)
    raise RuntimeError(f"The AWS emulator did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture
def emulator(moto_server: MotoServer) -> MotoServer:
    """The emulator with nothing in it and no policy enforced."""
    moto_server.reset()
    return moto_server
