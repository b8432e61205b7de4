from __future__ import annotations

import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from keyring.backend import KeyringBackend
from sqlite_utils import Database

from backend.credentials.aws_identity import AwsKeys
from backend.credentials.keystore import KeyStore
from backend.credentials.secret import Secret
from backend.workspace.schema import migrations


class DesktopKeyring(KeyringBackend):
    """A key store of the desktop, as far as `keyring` shows it to us."""

    priority = -1  # type: ignore[assignment]  # never found by itself: other tests have no key store

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False

    def _check(self) -> None:
        if self.locked:
            raise RuntimeError(f"locked; it holds {sorted(self.entries.values())}")

    def get_password(self, service: str, username: str) -> str | None:
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._check()
        self.entries[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        self._check()
        del self.entries[(service, username)]


@pytest.fixture
def desktop() -> DesktopKeyring:
    return DesktopKeyring()


@pytest.fixture
def key_store(desktop: DesktopKeyring) -> KeyStore:
    return KeyStore(desktop, "a desktop")


def connect(path: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(path, isolation_level=None)
    conn.execute("PRAGMA journal_mode=WAL")
    return conn


@pytest.fixture
def conn(workspace_path: Path) -> Iterator[sqlite3.Connection]:
    conn = connect(workspace_path)
    migrations.apply(Database(conn))
    yield conn
    conn.close()


class FakeAws:
    """A loopback endpoint that answers AWS's query protocol as a test says, and remembers what it was asked.

    For answers the emulator does not give: errors of signing in, and iam:SimulatePrincipalPolicy.
    """

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.answers: dict[str, Callable[[dict[str, str]], tuple[int, str]]] = {}
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                asked = dict(parse_qsl(body, keep_blank_values=True))
                asked["_authorization"] = self.headers.get("Authorization", "")
                fake.asked.append(asked)
                status, text = fake.answers[asked["Action"]](asked)
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self) -> None:
                fake.asked.append({"Action": "", "path": self.path})
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.be("arn:aws:iam::123456789012:user/reader")
        self.answers["AssumeRole"] = self._assume_role
        self.fail("ListAccountAliases", "AccessDenied", "no")

    def be(self, arn: str) -> None:
        """Call whoever asks by this ARN."""
        result = f"<Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId><Account>{arn.split(':')[4]}</Account>"
        text = f"<R><GetCallerIdentityResult>{result}</GetCallerIdentityResult></R>"
        self.answers["GetCallerIdentity"] = lambda _: (200, text)

    def _assume_role(self, asked: dict[str, str]) -> tuple[int, str]:
        found = "<AccessKeyId>ASIAROLEROLEROLE1234</AccessKeyId><SecretAccessKey>role-secret-canary</SecretAccessKey>"
        found += "<SessionToken>role-token-canary</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        user = f"<Arn>{asked['RoleArn']}/vedette</Arn><AssumedRoleId>AROA:vedette</AssumedRoleId>"
        result = f"<Credentials>{found}</Credentials><AssumedRoleUser>{user}</AssumedRoleUser>"
        return 200, f"<R><AssumeRoleResult>{result}</AssumeRoleResult></R>"

    def signer(self, action: str) -> str:
        """The access key id that signed the last call of an action."""
        asked = [asked for asked in self.asked if asked["Action"] == action][-1]
        return asked["_authorization"].partition("Credential=")[2].partition("/")[0]

    def fail(self, action: str, code: str, message: str, status: int = 403) -> None:
        text = f"<ErrorResponse><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error></ErrorResponse>"
        self.answers[action] = lambda _: (status, text)

    def actions(self) -> list[str]:
        return [asked["Action"] for asked in self.asked]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def fake_aws() -> Iterator[FakeAws]:
    server = FakeAws()
    yield server
    server.close()


@pytest.fixture
def closed_port() -> Iterator[str]:
    """An endpoint where nobody listens: bound, so that nobody else takes it, but not listening."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


@pytest.fixture
def aws_files(home: Path) -> Callable[..., None]:
    """Write ~/.aws/config and ~/.aws/credentials."""

    def write(config: str = "", credentials: str = "") -> None:
        folder = home / ".aws"
        folder.mkdir(exist_ok=True)
        (folder / "config").write_text(config)
        (folder / "credentials").write_text(credentials)

    return write


KEYS = AwsKeys("AKIAEXAMPLEEXAMPLE12", Secret("stored-secret-canary"), Secret("stored-token-canary")).to_secret()


@pytest.fixture
def keys() -> Secret:
    return KEYS
