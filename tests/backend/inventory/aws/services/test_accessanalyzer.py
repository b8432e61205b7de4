"""Access Analyzer, which the emulator lacks: read from a small server that speaks its protocol, pages and all."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import boto3
import pytest

from backend.demo.emulator import Emulator, client_maker
from tests.backend.inventory.aws.collecting import Collected, collect

OPERATIONS = ("accessanalyzer.ListAnalyzers", "accessanalyzer.ListFindings")
_ARN = "arn:aws:access-analyzer:eu-west-1:123456789012:analyzer"


def _analyzer(name: str, kind: str) -> dict[str, Any]:
    return {
        "arn": f"{_ARN}/{name}",
        "name": name,
        "type": kind,
        "status": "ACTIVE",
        "createdAt": "2026-01-02T03:04:05Z",
        "tags": {"Owner": "security"},
    }


def _finding(number: int, *, public: bool) -> dict[str, Any]:
    return {
        "id": f"f-{number}",
        "isPublic": public,
        "resource": f"arn:aws:s3:::bucket-{number}",
        "resourceType": "AWS::S3::Bucket",
        "status": "ACTIVE",
    }


class _Analyzer(BaseHTTPRequestHandler):
    asked: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        self._answer({"analyzers": [_analyzer("outside", "ACCOUNT"), _analyzer("unused", "ACCOUNT_UNUSED_ACCESS")]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).asked.append(body)
        if "nextToken" in body:
            self._answer({"findings": [_finding(3, public=True)]})
        else:
            self._answer({"findings": [_finding(1, public=True), _finding(2, public=False)], "nextToken": "more"})

    def _answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def found() -> Iterator[Collected]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Analyzer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
    url = f"http://127.0.0.1:{server.server_port}"
    yield collect(
        lambda service, region: session.client(service, region_name=region, endpoint_url=url),
        OPERATIONS,
        ("eu-west-1",),
    )
    server.shutdown()
    thread.join()
    server.server_close()


def test_findings_are_counted_over_all_pages(found: Collected) -> None:
    values = found.row("aws_accessanalyzer_analyzer", "outside")
    assert (values["external_access"], values["status"], values["kind"]) == (1, "ACTIVE", "ACCOUNT")
    assert (values["active_findings"], values["public_findings"]) == (3, 2)
    assert json.loads(values["public_resources"]) == ["arn:aws:s3:::bucket-1", "arn:aws:s3:::bucket-3"]
    assert found.bad() == set()


def test_an_analyzer_of_unused_access_is_not_asked_who_comes_from_outside(found: Collected) -> None:
    values = found.row("aws_accessanalyzer_analyzer", "unused")
    assert values["external_access"] == 0
    assert values["active_findings"] is None
    assert {one["analyzerArn"] for one in _Analyzer.asked} == {f"{_ARN}/outside"}
    assert all(one["filter"] == {"status": {"eq": ["ACTIVE"]}} for one in _Analyzer.asked)


def test_where_the_service_is_missing_nothing_is_made_up() -> None:
    with Emulator.start() as emulator:
        seen = collect(client_maker(emulator.url), OPERATIONS, ("eu-west-1",))
    assert seen.rows == []
    assert seen.bad() == {("accessanalyzer.ListAnalyzers", "unsupported")}
