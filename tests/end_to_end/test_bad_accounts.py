"""What goes wrong with accounts and with AWS's answers: one sentence that names the account, and the rest goes on."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

import pytest

from tests.end_to_end.conftest import REGIONS, Company, Desk, free_port
from tests.end_to_end.middlebox import Answer, Middlebox, Request

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

HOSTILE = "mf-'q\"uote-\U0001f4a3\u202e=cmd()"


def expired(request: Request) -> Answer | None:
    body = b"<ErrorResponse><Error><Code>ExpiredToken</Code><Message>expired</Message></Error></ErrorResponse>"
    return Answer(403, body, "text/xml")


def test_bad_accounts_are_named_one_by_one_and_the_others_are_scanned(
    company: Company, box: Middlebox, desk: Desk, home: Path
) -> None:
    box.answer = expired
    (home / ".aws").mkdir()
    (home / ".aws" / "config").write_text("[profile present]\nregion = eu-west-1\n")
    client = desk.client()
    closed = f"http://127.0.0.1:{free_port()}"
    good = desk.add(client, company.url, name="good")
    bad = {
        desk.add(client, box.url, name="expired"): ("The session token of", "has expired"),
        desk.add(client, closed, name="no network"): ("Nothing answers at the endpoint", closed),
    }
    missing = client.call("account.add", name="no profile", kind="profile", options={"profile": "nobody"})["account"]
    bad[missing] = ("There is no AWS profile 'nobody'",)

    jobs = client.call("scan.start", accounts=[good, *bad])
    assert len(jobs) == 4
    states = {}
    for job in jobs:
        ended = client.call("job.wait", timeout=150, job=job["id"])
        states[ended["subject"]["account"]] = ended
    assert states.pop(good)["state"] == "done"
    for account, words in bad.items():
        ended = states[account]
        assert ended["state"] == "failed"
        assert ended["error"]["kind"] == "environment", ended["error"]
        for word in words:
            assert word in ended["error"]["message"], ended["error"]
        assert "Traceback" not in ended["error"]["message"]
    assert desk.rows("SELECT count(*) FROM finding")[0][0] > 100

    wrong = desk.add(client, company.url, name="wrong region", regions=["mars-north-1"])
    (job,) = client.call("scan.start", accounts=[wrong])
    ended = client.call("job.wait", timeout=100, job=job["id"])
    assert ended["state"] == "failed"
    assert "mars-north-1 is not enabled" in ended["error"]["message"]

    # The command line says the same: one line for each account, and the summary of the one that went well.
    client.close()
    ran = desk.run("scan", "aws", "--account", "good", "--account", "no network", "--regions", REGIONS[1])
    assert ran.code == 0, ran.err
    lines = [line for line in ran.err.splitlines() if line]
    assert len(lines) == 1
    assert "no network" in lines[0]
    ran = desk.run("scan", "aws", "--account", "no profile")
    assert ran.code == 1
    assert ran.err.count("There is no AWS profile 'nobody'") == 1
    assert "Traceback" not in ran.err


def test_what_aws_answers_may_be_hostile_or_broken(
    company: Company, box: Middlebox, desk: Desk, tmp_path: Path
) -> None:
    def rewrite(request: Request, body: bytes) -> bytes:
        if request.service == "s3" and request.path == "/" and request.method == "GET":
            return body.replace(b"<Name>mf-press-kit<", f"<Name>{escape(HOSTILE)}<".encode())
        return body

    def answer(request: Request) -> Answer | None:
        if request.service == "s3" and request.bucket == "mf-prod-invoices" and request.query.startswith("policy"):
            if "policyStatus" in request.query:
                return None
            return Answer(200, b"{this is no JSON", "application/json")
        return None

    box.answer, box.rewrite = answer, rewrite
    ran = desk.scan(box.url, "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.json()[0]["state"] == "done"

    found = desk.json("findings", "--all")
    hostile = [one for one in found if one["name"] == HOSTILE]
    assert hostile
    assert {one["status"] for one in found if one["name"] == "mf-web-assets"} & {"pass", "fail"}
    broken = {one["rule"]: one for one in found if one["name"] == "mf-prod-invoices"}
    assert {one["status"] for one in hostile} == {"unknown"}  # no API takes such a name
    assert broken["aws-s3-bucket-public-access-block"]["status"] in ("pass", "fail")
    assert {broken[rule]["status"] for rule in POLICY_RULES} == {"unknown"}

    # The name is shown as codes where it could mislead, and is no formula in a sheet.
    table = desk.run("findings", "--all", "--limit", "5000").out
    assert "\u202e" not in table
    for format in ("csv", "json", "sarif", "ocsf", "pdf"):
        path = tmp_path / f"hostile.{format}"
        ran = desk.run("report", "-o", str(path), "--passed")
        assert ran.code == 0, ran.err
    rows = (tmp_path / "hostile.csv").read_text(encoding="utf-8-sig")
    assert not any(cell.startswith(("=", "+", "@")) for line in rows.splitlines() for cell in line.split(","))
    assert HOSTILE in {one["name"] for one in json.loads((tmp_path / "hostile.json").read_text())}


POLICY_RULES = ("aws-s3-bucket-tls-only", "aws-s3-bucket-no-foreign-account")
