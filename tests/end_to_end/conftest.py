"""The product as it is used: commands, engines and workers as processes, before an emulator that holds a company."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.client import Client
from backend.demo import company as demo_company
from backend.demo.emulator import Emulator, client_maker
from tests.end_to_end.middlebox import Middlebox

REGIONS = ("eu-west-1", "us-east-1")
MFA_CODE = "918273"
PASSPHRASE = "four words are enough"
COMMAND = (sys.executable, "-P", "-m", "backend.cli.main")


def wait_until(condition: Callable[[], Any], seconds: float = 60) -> Any:
    """The first true value of `condition`; AssertionError when there is none in time."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if value := condition():
            return value
        time.sleep(0.005)
    raise AssertionError(f"not within {seconds} seconds")


def is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Keys:
    """A key pair of the emulated account."""

    id: str = "testing"
    secret: str = field(default="testing", repr=False)
    token: str = ""

    def environment(self) -> dict[str, str]:
        pair = {"AWS_ACCESS_KEY_ID": self.id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return {**pair, "AWS_SESSION_TOKEN": self.token} if self.token else pair


class Desk:
    """One analyst's workspace: its commands, its clients, and reads of the file behind their backs."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._clients: list[Client] = []
        self._engines: set[int] = set()
        self.environment = {"VEDETTE_PASSPHRASE": PASSPHRASE}  # of commands only
        self.asked: list[str] = []  # kinds of questions that consoles were asked
        self.said: list[str] = []  # all that commands have written, to look for secrets in

    def run(self, *arguments: str, keys: Keys | None = None, **more: str) -> Ran:
        """`vedette --workspace … ARGUMENTS`, in a pipe."""
        environment = {**os.environ, **self.environment, **(keys.environment() if keys else {}), **more}
        command = [*COMMAND, "--workspace", str(self.workspace), *arguments]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=110, env=environment, check=False
        )
        self.said += [done.stdout, done.stderr]
        return Ran(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: str, **more: Any) -> Any:
        """The JSON of a command that must succeed."""
        ran = self.run(*arguments, "--format", "json", **more)
        assert ran.code == 0, ran.err
        return ran.json()

    def scan(self, url: str, *more: str, keys: Keys | None = None, name: str = "company") -> Ran:
        """`vedette scan aws` of the emulated account in both regions."""
        arguments = ("--endpoint-url", url, "--region", REGIONS[0], "--regions", ",".join(REGIONS), "--name", name)
        return self.run("scan", "aws", *arguments, *more, keys=keys or Keys())

    def client(self, face: str = "gui", **options: Any) -> Client:
        client = Client.open(self.workspace, face=face, create=not self.workspace.exists(), **options)
        self._clients.append(client)
        client.on("prompt", lambda push: self._answer(client, push["prompt"]))
        self._engines.add(client.hello["engine"])
        return client

    def _answer(self, client: Client, prompt: dict[str, Any]) -> None:
        """As the analyst would: the vault's passphrase, or a code of the MFA device."""
        word = MFA_CODE if prompt["kind"] == "mfa" else self.environment["VEDETTE_PASSPHRASE"]
        self.asked.append(prompt["kind"])
        # Not in the reader's own thread, which would wait for itself.
        threading.Thread(target=lambda: client.call("prompt.answer", id=prompt["id"], answer=word)).start()

    def add(self, client: Client, url: str, keys: Keys | None = None, name: str = "company", **options: Any) -> int:
        """An account of the emulator; demo accounts' keys need no passphrase."""
        keys = keys or Keys()
        added = client.call(
            "account.add",
            timeout=60,
            name=name,
            kind=options.pop("kind", "keys"),
            options={"endpoint_url": url, "region": REGIONS[0], **options},
            keys={"access_key_id": keys.id, "secret_access_key": keys.secret},
            demo=True,
        )
        return int(added["account"])

    def rows(self, query: str, *parameters: Any) -> list[Any]:
        """Rows of the file, read by nobody's code but SQLite's."""
        conn = sqlite3.connect(f"file:{self.workspace}?mode=ro", uri=True)
        try:
            return conn.execute(query, parameters).fetchall()
        finally:
            conn.close()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        for pid in self._engines:
            if is_running(pid):
                os.kill(pid, 15)
        for pid in self._engines:
            wait_until(lambda pid=pid: not is_running(pid))  # type: ignore[misc]


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_KEY_STORE", "none")
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "0.3")  # no test leaves an engine behind


@pytest.fixture
def desk(workspace_path: Path) -> Iterator[Desk]:
    desk = Desk(workspace_path)
    yield desk
    desk.close()


@pytest.fixture
def second_desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path / "second.vedette")
    yield desk
    desk.close()


@dataclass(frozen=True)
class Company:
    """The emulated account. `limited` may list everything and read the details of nothing."""

    emulator: Emulator
    full: Keys
    limited: Keys

    @property
    def url(self) -> str:
        return self.emulator.url

    def aws(self, service: str, region: str = REGIONS[0]) -> Any:
        return client_maker(self.url)(service, region)

    def enforce(self, on: bool) -> None:
        """Whether IAM policies count."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset-auth", data=b"0" if on else b"inf", method="POST")
        request.add_header("Content-Type", "text/plain")
        urllib.request.urlopen(request, timeout=30).close()


MAY_LIST = [
    "apigateway:GET", "autoscaling:Describe*", "cloudtrail:DescribeTrails", "cloudtrail:ListTrails",
    "cloudfront:ListDistributions", "cloudwatch:DescribeAlarms", "dynamodb:ListTables", "ec2:Describe*",
    "ecr:DescribeRepositories", "ecs:ListClusters", "eks:ListClusters", "elasticloadbalancing:DescribeLoadBalancers",
    "elasticfilesystem:DescribeFileSystems", "iam:ListUsers", "iam:GetAccountAuthorizationDetails", "kms:ListKeys",
    "kms:ListAliases", "lambda:ListFunctions", "logs:DescribeLogGroups", "rds:DescribeDBInstances",
    "rds:DescribeDBClusters", "s3:ListAllMyBuckets", "s3:GetBucketLocation", "secretsmanager:ListSecrets",
    "sns:ListTopics", "sqs:ListQueues", "sts:GetCallerIdentity",
]  # fmt: skip


def policy(*actions: str) -> str:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/moto-api/", timeout=5).close()
    except OSError:
        return False
    return True


def _user(iam: Any, name: str, document: str) -> Keys:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="scan", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Keys(key["AccessKeyId"], key["SecretAccessKey"])


@pytest.fixture(scope="session")
def _company(_session_home: Path) -> Iterator[Company]:
    # By default certificates would be issued a minute later, in the middle of a test.
    port = free_port()
    emulator = Emulator(
        subprocess.Popen(
            [sys.executable, "-P", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
            env={
                **os.environ,
                "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
                "MOTO_ACM_VALIDATION_WAIT": "0",
                "MOTO_IAM_LOAD_MANAGED_POLICIES": "true",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ),
        f"http://127.0.0.1:{port}",
    )
    with emulator:
        wait_until(lambda: answers(emulator.url))
        aws = client_maker(emulator.url)
        demo_company.seed(aws)
        iam = aws("iam", "us-east-1")
        yield Company(emulator, _user(iam, "scan-full", policy("*")), _user(iam, "scan-limited", policy(*MAY_LIST)))


@pytest.fixture
def company(_company: Company) -> Iterator[Company]:
    """The demo company's account, shared by all tests: whoever changes it puts it back."""
    yield _company
    _company.enforce(False)


@pytest.fixture
def box(company: Company) -> Iterator[Middlebox]:
    """A proxy before the company's account."""
    with Middlebox(company.url) as box:
        yield box


@pytest.fixture(scope="session")
def _scanned(_company: Company, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one scan of the company, made once."""
    desk = Desk(tmp_path_factory.mktemp("scanned") / "scanned.vedette")
    settings = {"VEDETTE_KEY_STORE": "none", "VEDETTE_LINGER_SECONDS": "0.3"}
    arguments = ("--endpoint-url", _company.url, "--region", REGIONS[0], "--regions", ",".join(REGIONS))
    ran = desk.run("scan", "aws", *arguments, "--name", "company", keys=Keys(), **settings)
    assert ran.code == 0, ran.err
    wait_until(lambda: not desk.workspace.with_name(desk.workspace.name + "-wal").exists())
    return desk.workspace


@pytest.fixture
def scanned(_scanned: Path, desk: Desk) -> Desk:
    """A desk with a copy of it."""
    shutil.copyfile(_scanned, desk.workspace)
    return desk
