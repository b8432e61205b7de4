"""IAM read from the emulator, and the credential report from a server that keeps us waiting."""

from __future__ import annotations

import base64
import json
import math
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from backend.demo.company import iam
from backend.demo.emulator import Emulator, client_maker
from backend.inventory.aws.api import Api
from backend.inventory.aws.services.iam_credential_report import ROOT_USER, credentials_of, fetch_report, read_report
from backend.inventory.outcome import CallFailed, Outcome
from backend.inventory.table import NEVER
from tests.backend.inventory.aws.collecting import REGIONS, Collected, collect
from tests.conftest import MotoServer

OPERATIONS = (
    "iam.GetAccountAuthorizationDetails",
    "iam.GetCredentialReport",
    "iam.ListServerCertificates",
    "iam.ListSAMLProviders",
)
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
OWN = "arn:aws:iam::123456789012"


@pytest.fixture(scope="module")
def found() -> Iterator[Collected]:
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        iam.seed(aws, REGIONS)
        for number in range(110):
            aws("iam", REGIONS[0]).create_user(UserName=f"seasonal-{number:03}")
        yield collect(aws, OPERATIONS)


def test_nothing_failed(found: Collected) -> None:
    assert found.bad() == set()


def test_a_hundred_and_thirty_users_cost_a_handful_of_calls(found: Collected) -> None:
    assert sum(1 for row in found.rows if row["table"] == "aws_iam_user") > 125
    assert found.calls <= 8


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ada.marlowe", {"password_enabled": 1, "mfa_active": 1, "access_key_1_active": 0, "path": "/"}),
        ("ines.calder", {"password_enabled": 1, "mfa_active": 0, "groups": '["administrators","engineers"]'}),
        ("theo.brandt", {"access_key_1_active": 1, "access_key_1_last_used_at": -math.inf}),
        ("svc-ci-legacy", {"password_enabled": 0, "access_key_1_active": 1, "access_key_2_active": 1}),
        ("svc-newsletter", {"inline_policies": f'["{OWN}:user/machines/svc-newsletter#send-mail"]'}),
        ("seasonal-007", {"password_enabled": 0, "policies": "[]", "permissions_boundary": ""}),
    ],
)
def test_a_user_has_its_credentials(found: Collected, name: str, expected: dict[str, Any]) -> None:
    values = found.row("aws_iam_user", name)
    assert {key: values[key] for key in expected} == expected


def test_a_user_has_the_policies_of_its_groups_too(found: Collected) -> None:
    values = found.row("aws_iam_user", "jonas.lind")
    assert json.loads(values["attached_policies"]) == [f"{OWN}:policy/mf-pass-any-role"]
    assert set(json.loads(values["policies"])) == {
        f"{OWN}:policy/mf-pass-any-role",
        f"{OWN}:policy/mf-run-instances",
        READ_ONLY,
    }


def test_every_policy_in_force_has_its_row(found: Collected) -> None:
    known = {row["uid"] for row in found.rows if row["table"] == "aws_iam_policy"}
    for row in found.rows:
        if row["table"] in ("aws_iam_user", "aws_iam_group", "aws_iam_role"):
            assert set(json.loads(row["values"]["policies"])) <= known


def test_of_the_policies_that_aws_offers_only_those_in_use_are_kept(found: Collected) -> None:
    of_aws = [row for row in found.rows if row["table"] == "aws_iam_policy" and row["values"]["kind"] == "aws"]
    assert 5 < len(of_aws) < 30
    assert all(row["values"]["attachments"] > 0 for row in of_aws)
    unattached = found.row("aws_iam_policy", "mf-old-break-glass")
    assert (unattached["kind"], unattached["attachments"]) == ("customer", 0)


def test_an_inline_policy_knows_whose_it_is(found: Collected) -> None:
    values = found.row("aws_iam_policy", "mf-config/fix-permissions-later")
    assert values["kind"] == "inline"
    assert values["principal"] == f"{OWN}:role/mf-config"
    assert (values["principal_kind"], values["principal_name"]) == ("role", "mf-config")
    assert json.loads(values["policy"])["Statement"][0]["Action"] == ["*"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mf-prod-stock", {"trusted_services": '["ecs-tasks.amazonaws.com"]', "trusted_principals": "[]"}),
        ("mf-shared-preview", {"trusted_services": "[]", "trusted_principals": '["*"]', "service_linked": 0}),
        ("mf-jumphost", {"instance_profiles": '["mf-jumphost"]', "last_used_at": -math.inf}),
        ("mf-deploy", {"permissions_boundary": f"{OWN}:policy/mf-boundary-developers"}),
        ("AWSServiceRoleForAutoScaling", {"service_linked": 1, "policies": "[]"}),
    ],
)
def test_a_role_says_who_may_be_it(found: Collected, name: str, expected: dict[str, Any]) -> None:
    values = found.row("aws_iam_role", name)
    assert {key: values[key] for key in expected} == expected


def test_certificates_and_identity_providers(found: Collected) -> None:
    expires = found.row("aws_iam_server_certificate", "shop.marlowe-finch.example-2011")["expires_at"]
    assert datetime.fromtimestamp(expires, UTC).year == 2012
    assert found.row("aws_iam_saml_provider", "mf-entra-id")["valid_until"] > expires


def test_a_report_without_the_root_user_leaves_all_of_it_unknown(found: Collected) -> None:
    values = found.row("aws_iam_root_user", "root")
    assert values["credentials_as_of"] is not None
    assert values["password_last_used_at"] is None
    assert values["mfa_active"] is None


def test_a_refused_report_costs_the_credentials_and_not_the_users(emulator: MotoServer) -> None:
    client = emulator.client("iam")
    client.create_user(UserName="scanner")
    allowed = {"Effect": "Allow", "Action": "iam:GetAccountAuthorizationDetails", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    client.put_user_policy(UserName="scanner", PolicyName="scan", PolicyDocument=document)
    key = client.create_access_key(UserName="scanner")["AccessKey"]
    emulator.enforce_iam()
    try:
        seen = collect(
            lambda service, region: emulator.client(
                service, region, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"]
            ),
            OPERATIONS[:2],
        )
    finally:
        emulator.enforce_iam(after=None)
    outcomes = {(one["operation"], one["outcome"]) for one in seen.outcomes}
    assert ("iam.GetAccountAuthorizationDetails", "ok") in outcomes
    assert ("iam.GetCredentialReport", "denied") in outcomes
    assert ("iam.GenerateCredentialReport", "denied") in outcomes
    values = seen.row("aws_iam_user", "scanner")
    assert values["policies"] == f'["{OWN}:user/scanner#scan"]'
    assert values.get("password_enabled") is None
    assert values.get("mfa_active") is None
    assert not [row for row in seen.rows if row["table"] == "aws_iam_root_user"]


HEAD = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,cert_1_active,cert_2_active"
)
LINES = (
    "<root_account>,arn:aws:iam::1:root,2019-01-01T00:00:00+00:00,not_supported,2026-02-03T04:05:06+00:00,"
    "not_supported,not_supported,true,false,N/A,N/A,true,2020-01-01T00:00:00+00:00,N/A,false,false",
    "ada,arn:aws:iam::1:user/ada,2024-01-01T00:00:00+00:00,TRUE,no_information,2024-01-02T00:00:00+00:00,N/A,"
    "FALSE,true,2024-01-03T00:00:00+00:00,2024-01-04T00:00:00+00:00,false,N/A,N/A,false,TRUE",
)


def test_a_report_is_read_with_its_root_line() -> None:
    made = datetime(2026, 3, 1, tzinfo=UTC)
    report = read_report({"Content": "\n".join([HEAD, *LINES]).encode(), "GeneratedTime": made})
    root, ada = credentials_of(report, ROOT_USER), credentials_of(report, "ada")
    assert root is not None
    assert ada is not None
    assert root["password_last_used_at"] == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC).timestamp()
    assert (root["mfa_active"], root["access_key_1_active"], root["access_key_2_active"]) == (True, False, True)
    assert "password_enabled" not in root
    assert (ada["password_enabled"], ada["mfa_active"], ada["signing_certificate_active"]) == (True, False, True)
    assert ada["password_last_used_at"] == -NEVER
    assert ada["access_key_2_created_at"] == -NEVER
    assert ada["credentials_as_of"] == made.timestamp()
    assert credentials_of(report, "made-a-minute-ago") is None


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: f"{HEAD}\n{text}".encode())))
def test_no_report_is_too_strange_to_read(content: bytes) -> None:
    report = read_report({"Content": content})
    for user in report.lines:
        credentials_of(report, user)


class _Iam(BaseHTTPRequestHandler):
    """Answers GenerateCredentialReport and GetCredentialReport as the test says, and counts."""

    waits = 0
    may_generate = True
    asked: ClassVar[list[str]] = []
    on_wait: Callable[[], None] = staticmethod(lambda: None)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        action = parse_qs(body)["Action"][0]
        kind = type(self)
        kind.asked.append(action)
        if action == "GenerateCredentialReport":
            if kind.may_generate:
                self._answer(200, f"<{action}Response><{action}Result><State>STARTED</State></{action}Result>"
                                  f"</{action}Response>")  # fmt: skip
            else:
                self._error(403, "AccessDenied")
        elif kind.waits > 0:
            kind.waits -= 1
            kind.on_wait()
            self._error(404, "ReportInProgress")
        else:
            content = base64.b64encode("\n".join([HEAD, *LINES]).encode()).decode()
            self._answer(200, f"<{action}Response><{action}Result><Content>{content}</Content>"
                              f"<ReportFormat>text/csv</ReportFormat></{action}Result></{action}Response>")  # fmt: skip

    def _error(self, status: int, code: str) -> None:
        self._answer(status, f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>")

    def _answer(self, status: int, body: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def waiting() -> Iterator[tuple[type[_Iam], Api, threading.Event]]:
    handler = type("_IamOfThisTest", (_Iam,), {"asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    stop = threading.Event()
    session = boto3.session.Session(aws_access_key_id="test", aws_secret_access_key="test")
    api = Api(
        lambda service, region: session.client(
            service,
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
            config=Config(retries={"max_attempts": 0}),
        ),
        "us-east-1",
        stop=stop,
    )
    yield handler, api, stop
    server.shutdown()
    thread.join()
    server.server_close()


def _drain(api: Api) -> tuple[Any, list[CallFailed]]:
    failures: list[CallFailed] = []
    asking = fetch_report(api)
    while True:
        try:
            failures.append(next(asking))
        except StopIteration as end:
            return end.value, failures


def test_a_report_in_the_making_is_waited_for(waiting: tuple[type[_Iam], Api, threading.Event]) -> None:
    handler, api, _ = waiting
    handler.waits = 1
    report, failures = _drain(api)
    assert set(report.lines) == {ROOT_USER, "ada"}
    assert failures == []
    assert handler.asked == ["GenerateCredentialReport", "GetCredentialReport", "GetCredentialReport"]


def test_a_report_that_somebody_else_made_will_do(waiting: tuple[type[_Iam], Api, threading.Event]) -> None:
    handler, api, _ = waiting
    handler.may_generate = False
    report, failures = _drain(api)
    assert set(report.lines) == {ROOT_USER, "ada"}
    assert [(one.operation, one.outcome) for one in failures] == [("iam.GenerateCredentialReport", Outcome.DENIED)]


def test_nobody_waits_for_a_report_that_was_never_begun(waiting: tuple[type[_Iam], Api, threading.Event]) -> None:
    handler, api, _ = waiting
    handler.may_generate, handler.waits = False, 99
    report, failures = _drain(api)
    assert report is None
    assert [one.operation for one in failures] == ["iam.GenerateCredentialReport", "iam.GetCredentialReport"]
    assert handler.asked.count("GetCredentialReport") == 1


def test_cancelling_ends_the_wait(waiting: tuple[type[_Iam], Api, threading.Event]) -> None:
    handler, api, stop = waiting
    handler.waits = 99
    handler.on_wait = staticmethod(stop.set)
    with pytest.raises(CallFailed) as raised:
        _drain(api)
    assert raised.value.outcome is Outcome.CANCELLED
