"""S3 read from the emulator: buckets in their regions, access points, and what a denial leaves open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from backend.demo.company import s3
from backend.demo.emulator import Emulator, client_maker
from backend.inventory.aws.services.s3 import ACCESS_POINT, BUCKET
from tests.backend.inventory.aws.collecting import ACCOUNT, REGIONS, Collected, collect
from tests.conftest import MotoServer

OPERATIONS = BUCKET.operations() | ACCESS_POINT.operations()


@pytest.fixture(scope="module")
def found() -> Iterator[Collected]:
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        s3.seed(aws, REGIONS)
        yield collect(aws, OPERATIONS)


def test_nothing_failed(found: Collected) -> None:
    assert found.bad() == set()


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        (
            "mf-prod-invoices",
            "eu-west-1",
            {
                "restrict_public_buckets": 1,
                "encryption_algorithm": "aws:kms",
                "versioning": "Enabled",
                "logging_bucket": "mf-access-logs",
                "object_ownership": "BucketOwnerEnforced",
                "policy_status_public": 0,
                "acl_public_read": 0,
            },
        ),
        ("mf-us-web-assets", "us-east-1", {"logging_bucket": "mf-us-access-logs", "website": 0}),
        ("mf-press-kit", "eu-west-1", {"policy_status_public": 1, "restrict_public_buckets": 0, "versioning": ""}),
        ("mf-legacy-shop-static", "eu-west-1", {"acl_public_read": 1, "acl_public_write": 0, "website": 1}),
        ("mf-hackathon-uploads", "eu-west-1", {"acl_public_write": 1, "versioning": "Suspended"}),
        ("mf-staging-uploads", "eu-west-1", {"policy": "", "encryption_algorithm": "", "logging_bucket": ""}),
    ],
)
def test_a_bucket_is_read_in_its_region(found: Collected, name: str, region: str, expected: dict[str, Any]) -> None:
    values = found.row("aws_s3_bucket", name, region)
    assert {key: values[key] for key in expected} == expected


def test_a_bucket_has_its_tags(found: Collected) -> None:
    assert json.loads(found.row("aws_s3_bucket", "mf-prod-invoices")["tags"]) == {
        "Environment": "production",
        "Owner": "grace.hollis@marlowe-finch.example",
    }


def test_an_access_point_is_read_once_with_policy_and_block(found: Collected) -> None:
    values = found.row("aws_s3_access_point", "mf-agency-preview")
    assert (values["bucket"], values["network_origin"]) == ("mf-press-kit", "Internet")
    assert (values["block_public_acls"], values["restrict_public_buckets"]) == (1, 0)
    assert json.loads(values["policy"])["Statement"][0]["Principal"] == "*"
    assert found.row("aws_s3_access_point", "mf-analytics")["policy"] == ""


def test_a_refused_policy_is_not_taken_for_none(emulator: MotoServer) -> None:
    emulator.client("s3", "us-east-1").create_bucket(Bucket="closed")
    iam = emulator.client("iam")
    iam.create_user(UserName="scanner")
    statement = {
        "Effect": "Allow",
        "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketAcl"],
        "Resource": "*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="scanner", PolicyName="scan", PolicyDocument=document)
    key = iam.create_access_key(UserName="scanner")["AccessKey"]
    emulator.enforce_iam()
    try:
        seen = collect(
            lambda service, region: emulator.client(
                service, region, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"]
            ),
            ("s3.ListBuckets", "s3.GetBucketAcl", "s3.GetBucketPolicy"),
        )
    finally:
        emulator.enforce_iam(after=None)
    values = seen.row("aws_s3_bucket", "closed")
    assert ("s3.GetBucketPolicy", "denied") in seen.bad()
    assert values.get("policy") is None
    assert values["acl_public_read"] == 0


def test_an_account_with_other_regions_sees_no_foreign_access_point() -> None:
    from backend.inventory import catalog
    from backend.inventory.collector import Scope

    listing = catalog.listing_of("aws_s3_access_point")
    here = f"arn:aws:s3:eu-west-1:{ACCOUNT}:accesspoint/here"
    there = f"arn:aws:s3:us-east-1:{ACCOUNT}:accesspoint/there"
    page = {"AccessPointList": [{"Name": "here", "AccessPointArn": here}, {"Name": "there", "AccessPointArn": there}]}
    assert [row.uid for row in listing.rows(page, Scope(ACCOUNT, "eu-west-1"))] == [here]
