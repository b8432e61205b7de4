"""An AWS Organization: list it, leave a member out, scan the others; one refusal is one outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import boto3
import pytest

from tests.end_to_end.conftest import Desk, Keys
from tests.end_to_end.middlebox import Answer, Middlebox, Request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


@pytest.fixture
def members(emulator: Any) -> dict[str, str]:
    """Three members, each with a bucket of its own: name -> account id."""
    client = emulator.client("organizations")
    client.create_organization(FeatureSet="ALL")
    made = {}
    for name in ("shop", "data", "locked"):
        status = client.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]
        made[name] = status["AccountId"]
        role = f"arn:aws:iam::{made[name]}:role/OrganizationAccountAccessRole"
        given = emulator.client("sts").assume_role(RoleArn=role, RoleSessionName="seed")["Credentials"]
        session = boto3.session.Session(
            given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"], region_name="us-east-1"
        )
        session.client("s3", endpoint_url=emulator.url).create_bucket(Bucket=f"bucket-of-{name}")
    emulator.client("s3", "us-east-1").create_bucket(Bucket="bucket-of-management")
    return made


@pytest.fixture
def organization(emulator: Any) -> Iterator[Middlebox]:
    with Middlebox(emulator.url) as box:
        yield box


def test_an_organization_is_listed_chosen_and_scanned(
    desk: Desk, organization: Middlebox, members: dict[str, str]
) -> None:
    def answer(request: Request) -> Answer | None:
        arn = parse_qs(request.body.decode()).get("RoleArn", [""])[0] if request.target == "AssumeRole" else ""
        if members["locked"] in arn:
            error = (
                "<Error><Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error>"
            )
            return Answer(403, f"<ErrorResponse>{error}</ErrorResponse>".encode(), "text/xml")
        return None

    organization.answer = answer
    add = ("accounts", "add", "acme", "--organization", "--member-role", "OrganizationAccountAccessRole")
    add = (*add, "--endpoint-url", organization.url, "--region", "us-east-1", "--keys-from-environment")
    assert desk.run(*add, keys=Keys()).code == 0

    ran = desk.run("accounts", "organization", "acme", "--enter", "--format", "json")
    assert ran.code == 0, ran.err
    listed = {one["name"]: one for one in ran.json()}
    assert {name: listed[name]["id"] for name in members} == members
    assert listed["shop"]["arn"].startswith(f"arn:aws:sts::{members['shop']}:assumed-role/")
    assert "may not assume" in listed["locked"]["error"]
    management = next(one["name"] for one in listed.values() if one["management"])

    assert desk.run("accounts", "exclude", "data").code == 0
    ran = desk.run("scan", "aws", "--account", "acme", "--regions", "us-east-1", "--format", "json")
    assert ran.code == 0, ran.err
    scans = {row["account_name"]: row for row in ran.json()}
    assert {name: row["state"] for name, row in scans.items()} == {
        "shop": "done",
        management: "done",
        "locked": "failed",
    }
    lines = [line for line in ran.err.splitlines() if line]
    assert len(lines) == 1
    assert "locked" in lines[0]
    assert "may not assume" in lines[0]

    batches = desk.rows("SELECT DISTINCT batch FROM scan")
    assert len(batches) == 1
    assert batches[0][0]
    own = {members["shop"]: "bucket-of-shop", "123456789012": "bucket-of-management"}
    assert dict(desk.rows("SELECT account, name FROM aws_s3_bucket")) == own
    found = desk.json("findings", "--all")
    assert {one["account"] for one in found} == set(own)
    assert {(one["account"], one["name"]) for one in found if one["name"].startswith("bucket-of-")} == set(own.items())
    assert {one["account_name"] for one in found} == {"shop", management}
    assert desk.rows("SELECT DISTINCT account FROM api_call_outcome ORDER BY 1") == sorted((one,) for one in own)

    # The one left out comes in later; the others' findings stay as they are.
    assert desk.run("accounts", "select", "data").code == 0
    ran = desk.run("scan", "aws", "--account", "data", "--regions", "us-east-1", "--format", "json")
    assert ran.code == 0, ran.err
    assert {one["account"] for one in desk.json("findings", "--all")} == {*own, members["data"]}
