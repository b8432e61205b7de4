"""An identity that may list but hardly read: what was not read is unknown and names the permission."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import Any

import pytest

from backend.inventory import catalog
from tests.end_to_end.conftest import Company, Desk
from tests.end_to_end.middlebox import Answer, Middlebox, Request, refusal

# What moto calls permissions whose names at AWS are others.
EMULATOR_WORDS = ["s3:GetBucketEncryption", "s3:GetPublicAccessBlock", "s3:ListBucket", "monitoring:DescribeAlarms"]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


class Outcomes:
    """What became of each call of the newest scan, read with plain SQL."""

    def __init__(self, desk: Desk) -> None:
        self.of_listing: dict[str, dict[str, str]] = defaultdict(dict)  # operation -> region -> outcome
        self.of_resource: dict[str, dict[str, str]] = defaultdict(dict)  # operation -> uid -> outcome
        query = (
            "SELECT operation, region, resource, outcome FROM api_call_outcome WHERE scan = (SELECT max(id) FROM scan)"
        )
        for operation, region, resource, outcome in desk.rows(query):
            kept, key = (self.of_resource, resource) if resource else (self.of_listing, region)
            kept[operation][key] = outcome

    def gaps(self, operation: str, uid: str) -> list[str]:
        """What keeps this operation from having told all about the resource; [] when nothing does."""
        if uid in self.of_resource[operation]:
            outcome = self.of_resource[operation][uid]
            return [] if outcome == "ok" else [f"{operation} of it: {outcome}"]
        asked = [*self.of_listing[operation].items(), *self.of_resource[operation].items()]
        return [f"{operation} {where}: {outcome}" for where, outcome in asked if outcome not in ("ok", "not_in_region")]


class Finding:
    def __init__(self, row: tuple[Any, ...]) -> None:
        self.rule, self.uid, self.resource_type, self.status, self.reason, evidence, missing, operations, definition = (
            row
        )
        self.evidence = json.loads(evidence)
        self.missing = json.loads(missing)
        self.operations = json.loads(operations)
        self.definition = json.loads(definition)


def findings(desk: Desk) -> list[Finding]:
    rows = desk.rows(
        "SELECT f.rule, f.resource, f.resource_type, f.status, f.reason, f.evidence, f.missing, r.operations,"
        " r.definition FROM finding f JOIN rule r ON r.id = f.rule WHERE f.presence = 'present'"
    )
    return [Finding(row) for row in rows]


def verdicts(desk: Desk) -> dict[tuple[str, str], str]:
    return {(one.rule, one.uid): one.status for one in findings(desk)}


@pytest.fixture
def limited(company: Company, desk: Desk) -> Desk:
    company.enforce(True)
    ran = desk.scan(company.url, keys=company.limited)
    assert ran.code == 0, ran.err
    return desk


@pytest.fixture
def full(company: Company, second_desk: Desk) -> Desk:
    company.enforce(False)
    assert second_desk.scan(company.url, keys=company.full).code == 0
    return second_desk


def gaps_of(one: Finding, outcomes: Outcomes) -> list[str]:
    """What the finding's rule asked and got no answer to, unless its answer is in the evidence all the same."""
    table = catalog.tables()[one.resource_type]
    found: list[str] = []
    for operation in one.operations:
        known = [one.evidence.get(column.name) for column in table.columns if column.operation == operation]
        if any(value is not None for value in known):
            continue  # a group without prefix lists needs no answer about them
        found += outcomes.gaps(operation, one.uid)
    return found


def test_no_pass_and_no_fail_rests_on_a_call_that_was_not_answered(limited: Desk, full: Desk, company: Company) -> None:
    known, outcomes = verdicts(full), Outcomes(limited)
    found = findings(limited)
    unknown = [one for one in found if one.status == "unknown"]
    assert len(unknown) > 200
    for one in found:
        if one.status == "unknown":
            continue
        assert known[one.rule, one.uid] == one.status  # the one who may read all says the same
        if gaps := gaps_of(one, outcomes):
            # Whatever the answer would have been: `a OR b` is settled by a alone, `NOT EXISTS` by one row that exists.
            settled = one.definition["more_rows_can_only"] == one.status
            others = [value for value in one.evidence.values() if value is not None]
            assert settled or (others and " of it: " in gaps[0]), (one.rule, one.uid, gaps)
    for one in unknown:
        assert one.missing, (one.rule, one.uid, one.reason)
        for lack in one.missing:
            operation = lack["operation"]
            assert operation in one.operations
            assert operation in one.reason or " more" in one.reason
            said = {*outcomes.of_resource[operation].values(), *outcomes.of_listing[operation].values()}
            assert lack["outcome"] in said | {"no answer", "not scanned"}, (one.rule, lack)
            if lack["outcome"] == "denied":
                assert lack["permissions"], lack
    assert {"s3:GetBucketPolicy", "s3:GetEncryptionConfiguration", "iam:GetAccountPasswordPolicy"} <= {
        permission for one in unknown for lack in one.missing for permission in lack["permissions"]
    }


def denied(desk: Desk) -> set[str]:
    query = (
        "SELECT DISTINCT operation FROM api_call_outcome WHERE scan = (SELECT max(id) FROM scan) AND outcome = 'denied'"
    )
    return {operation for (operation,) in desk.rows(query)}


def test_the_derived_policy_reads_all_that_the_rules_need(company: Company, desk: Desk, second_desk: Desk) -> None:
    company.enforce(True)
    assert second_desk.scan(company.url, keys=company.full).code == 0
    beyond_emulation = denied(second_desk)  # moto cannot check the signatures of some services: all are refused there
    assert "s3.GetBucketPolicy" not in beyond_emulation

    company.enforce(False)
    document = json.loads(second_desk.run("permissions", "aws").out)
    document["Statement"].append({"Effect": "Allow", "Action": EMULATOR_WORDS, "Resource": "*"})
    iam = company.aws("iam", "us-east-1")
    iam.put_user_policy(UserName="scan-limited", PolicyName="derived", PolicyDocument=json.dumps(document))
    company.enforce(True)
    try:
        assert desk.scan(company.url, keys=company.limited).code == 0
    finally:
        company.enforce(False)
        iam.delete_user_policy(UserName="scan-limited", PolicyName="derived")
    assert denied(desk) <= beyond_emulation
    of_policy = {key for key in verdicts(desk) if key[1].endswith("#derived")}
    assert {key: status for key, status in verdicts(desk).items() if key not in of_policy} == verdicts(second_desk)


def test_a_bucket_that_denies_us_makes_only_its_own_rules_unknown(company: Company, box: Middlebox, desk: Desk) -> None:
    uid = "arn:aws:s3:::mf-prod-invoices"

    def deny(request: Request) -> Answer | None:
        denied = request.service == "s3" and request.bucket == "mf-prod-invoices"
        return refusal("AccessDenied") if denied else None

    assert desk.scan(box.url).code == 0
    before = verdicts(desk)
    box.answer = deny
    assert desk.scan(box.url).code == 0
    after = {(one.rule, one.uid): one for one in findings(desk)}
    assert before.keys() == after.keys()
    changed = [one for key, one in after.items() if before[key] != one.status]
    assert {one.status for one in changed} == {"unknown"}
    for one in changed:
        # Of other resources only what looks for something among all buckets: one of them now holds what nobody knows.
        sql = " ".join((one.definition["where"], one.definition["pass"], one.definition["query"]))
        assert one.uid == uid or "from aws_s3_bucket" in sql.lower(), (one.rule, one.uid)
        assert any(lack["outcome"] == "denied" and lack["permissions"] for lack in one.missing)
    of_bucket = {rule: one for (rule, about), one in after.items() if about == uid}
    assert {one.status for one in of_bucket.values()} == {"unknown"}
    missing = of_bucket["aws-s3-bucket-public-access-block"].missing
    assert [lack["permissions"] for lack in missing] == [["s3:GetBucketPublicAccessBlock"]]
    # What was failing stays as it was decided: an unknown closes nothing.
    assert desk.rows("SELECT count(*) FROM finding WHERE resource = ? AND state = 'resolved'", uid) == [(0,)]
