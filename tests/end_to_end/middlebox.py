"""A loopback HTTP proxy before the emulator: it counts requests, answers some itself, and rewrites some answers."""

from __future__ import annotations

import http.client
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "date", "server"}


@dataclass(frozen=True)
class Request:
    """What was asked. `service` and `region` are those of the signature."""

    service: str
    region: str
    method: str
    path: str
    query: str
    target: str  # Action of the query protocol, X-Amz-Target of the JSON one
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """One name for requests that ask the same thing."""
        keys = ",".join(sorted(parse_qs(self.query, keep_blank_values=True)))
        return f"{self.service} {self.region} {self.target or f'{self.method} {self.path}?{keys}'}"

    @property
    def bucket(self) -> str:
        """First part of the path: S3's bucket."""
        return unquote(self.path.lstrip("/").split("/")[0])


@dataclass(frozen=True)
class Answer:
    """What is sent back."""

    status: int
    body: bytes
    kind: str = "application/xml"


def refusal(code: str, message: str = "Access Denied", status: int = 403) -> Answer:
    """An error as S3 words it."""
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(status, body.encode())


class Middlebox:
    """The proxy. `answer(request)` may give an Answer of its own; `rewrite(request, body)` may change one."""

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self.requests: list[Request] = []
        self.answer: Callable[[Request], Answer | None] = lambda request: None
        self.rewrite: Callable[[Request, bytes], bytes] = lambda request, body: body
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False  # a client that keeps its connection would hold us
        self._thread = threading.Thread(target=lambda: self._server.serve_forever(0.05), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Middlebox:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def counts(self, since: int = 0) -> Counter[str]:
        """How often each thing was asked."""
        return Counter(request.key for request in self.requests[since:])

    def connection(self) -> http.client.HTTPConnection:
        """A connection to the emulator."""
        return http.client.HTTPConnection(self._upstream.hostname or "", self._upstream.port, timeout=60)


def _handler(box: Middlebox) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        upstream: http.client.HTTPConnection | None = None

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = _request(self.command, self.path, self.headers, body)
            box.requests.append(request)
            own = box.answer(request)
            if own is not None:
                self._send(own.status, [("Content-Type", own.kind)], own.body)
                return
            status, headers, answer = self._forward(body)
            self._send(status, headers, box.rewrite(request, answer))

        def _forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            if self.upstream is None:
                self.upstream = box.connection()
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            headers["Accept-Encoding"] = "identity"
            self.upstream.request(self.command, self.path, body=body, headers=headers)
            answer = self.upstream.getresponse()
            kept = [(name, value) for name, value in answer.getheaders() if name.lower() not in _HOP]
            return answer.status, kept, answer.read()

        def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # a killed worker closes in the middle of a word
                pass
            finally:
                if self.upstream is not None:
                    self.upstream.close()

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _serve  # noqa: N815

    return Handler


def _request(method: str, target: str, headers: Any, body: bytes) -> Request:
    scope = _SCOPE.search(headers.get("Authorization") or "")
    region, service = scope.groups() if scope else ("", "")
    parts = urlsplit(target)
    action = headers.get("X-Amz-Target") or ""
    if not action and b"Action=" in body and "x-www-form-urlencoded" in (headers.get("Content-Type") or ""):
        action = parse_qs(body.decode())["Action"][0]
    return Request(service, region, method, parts.path, parts.query, action, body)
