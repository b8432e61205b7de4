"""The pool: denied calls never stop a scan, a cancelled unit never counts as finished, resuming adds up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from backend.demo.emulator import Emulator, client_maker
from backend.errors import UserError
from backend.inventory import plan as plans
from backend.inventory.aws import scan_worker
from tests.backend.inventory.aws.collecting import ACCOUNT, collect

MAY_LIST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketVersioning", "ec2:DescribeRegions"],
            "Resource": "*",
        }
    ],
}
S3 = {"s3.ListBuckets", "s3.GetBucketVersioning", "s3.GetBucketAcl", "s3.GetBucketPolicy"}


class Link:
    """A worker's link that keeps what it was told; `stop_after` cancels after so many batches."""

    def __init__(self, stop_after: int = 0) -> None:
        self.batches: list[dict[str, Any]] = []
        self.texts: list[str] = []
        self._stop_after = stop_after
        self._cancelled = threading.Event()

    def progress(self, done: int, total: int, text: str, parts: object = None) -> None:
        assert 0 <= done <= total
        self.texts.append(text)

    def batch(self, data: dict[str, Any]) -> None:
        self.batches.append(json.loads(json.dumps(data)))
        if self._stop_after and len(self.batches) >= self._stop_after:
            self._cancelled.set()

    def prompt(self, kind: str, text: str, **extra: Any) -> str:
        raise AssertionError("nobody asks in these tests")

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def all(self, key: str) -> list[dict[str, Any]]:
        return [one for batch in self.batches for one in batch.get(key, [])]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator.start() as running:
        yield running


def _buckets(url: str, count: int) -> None:
    s3 = client_maker(url)("s3", "us-east-1")
    for number in range(count):
        s3.create_bucket(Bucket=f"bucket-{number:03}")


def _limited(url: str) -> Any:
    """A client maker for an identity that may list, but hardly read."""
    import boto3
    import requests
    from botocore.config import Config

    iam = client_maker(url)("iam", "us-east-1")
    iam.create_user(UserName="limited")
    iam.put_user_policy(UserName="limited", PolicyName="list", PolicyDocument=json.dumps(MAY_LIST))
    key = iam.create_access_key(UserName="limited")["AccessKey"]
    requests.post(f"{url}/moto-api/reset-auth", data="0", headers={"Content-Type": "text/plain"}, timeout=5)
    session = boto3.session.Session(key["AccessKeyId"], key["SecretAccessKey"])
    config = Config(retries={"max_attempts": 1}, s3={"addressing_style": "path"}, max_pool_connections=16)
    return lambda service, region: session.client(service, region_name=region, endpoint_url=url, config=config)


def test_denied_details_leave_null_and_a_row_that_names_the_operation(emulator: Emulator) -> None:
    _buckets(emulator.url, 3)
    found = collect(_limited(emulator.url), S3)
    values = found.row("aws_s3_bucket", "bucket-001")
    assert values["versioning"] == ""
    assert "policy" not in values
    assert "acl_public_read" not in values
    denied = {(one["operation"], one["resource"]) for one in found.outcomes if one["outcome"] == "denied"}
    assert ("s3.GetBucketAcl", "arn:aws:s3:::bucket-001") in denied
    assert len(denied) == 9  # ACL, policy and, for the labels, tags of three buckets
    assert {one["operation"] for one in found.outcomes if one["outcome"] == "ok"} >= {"s3.ListBuckets"}


def test_a_denied_listing_is_recorded_and_the_rest_goes_on(emulator: Emulator) -> None:
    found = collect(_limited(emulator.url), S3 | {"sqs.ListQueues", "iam.GetAccountSummary"})
    assert ("iam.GetAccountSummary", "denied") in found.bad()
    assert ("sqs.ListQueues", "denied") in found.bad()
    assert {(unit["unit"], unit["region"]) for unit in found.units} >= {
        ("sqs.ListQueues", "eu-west-1"),
        ("sqs.ListQueues", "us-east-1"),
        ("s3.ListBuckets", "global"),
    }


def test_an_unreachable_endpoint_fails_each_call_and_ends() -> None:
    found = collect(client_maker("http://127.0.0.1:9"), {"sqs.ListQueues"}, regions=("eu-west-1",))
    assert found.rows == []
    assert found.bad() == {("sqs.ListQueues", "failed")}


def _scan(url: str, link: Link, done: Any = ()) -> dict[str, Any]:
    args = {"cloud_id": ACCOUNT, "regions": ["eu-west-1"], "operations": sorted(S3), "done": done, "threads": 4}
    return scan_worker.scan(args, link, client_maker(url), "us-east-1")


def test_a_scan_begins_with_who_we_are_and_ends_with_counts(emulator: Emulator) -> None:
    _buckets(emulator.url, 5)
    link = Link()
    result = _scan(emulator.url, link)
    begin = link.batches[0]["begin"]
    assert begin["regions"] == ["eu-west-1"]
    assert begin["identity"].startswith("arn:aws:")
    assert set(begin["operations"]) >= S3
    assert result["resources"] == 5
    assert result["calls"] == link.batches[-1]["calls"]
    assert len(link.all("rows")) == 5
    assert link.texts[-1] == "5 resources read"


def test_a_cancelled_unit_is_not_finished_and_a_resumed_scan_reads_it_whole(emulator: Emulator) -> None:
    _buckets(emulator.url, 5)
    link = Link(stop_after=1)
    link._cancelled.set()
    _scan(emulator.url, link)
    assert [unit for unit in link.all("units") if unit["unit"] == "s3.ListBuckets"] == []
    again = Link()
    _scan(emulator.url, again, done=[[unit["unit"], unit["region"]] for unit in link.all("units")])
    assert len(again.all("rows")) == 5
    finished = Link()
    _scan(emulator.url, finished, done=[["s3.ListBuckets", "global"]])
    assert finished.all("rows") == []


def test_another_account_behind_the_same_credentials_is_refused(emulator: Emulator) -> None:
    args = {"cloud_id": "999999999999", "regions": ["eu-west-1"], "operations": sorted(S3)}
    with pytest.raises(UserError, match="now belong to account 123456789012, not 999999999999"):
        scan_worker.scan(args, Link(), client_maker(emulator.url), "us-east-1")


def test_a_region_that_is_not_enabled_is_named(emulator: Emulator) -> None:
    args = {"cloud_id": ACCOUNT, "regions": ["mars-north-1"], "operations": sorted(S3)}
    with pytest.raises(UserError, match="mars-north-1 is not enabled"):
        scan_worker.scan(args, Link(), client_maker(emulator.url), "us-east-1")


def test_expired_credentials_stop_the_scan_with_one_sentence(emulator: Emulator) -> None:
    from botocore.exceptions import ClientError

    _buckets(emulator.url, 2)
    make = client_maker(emulator.url)

    def expiring(service: str, region: str) -> Any:
        client = make(service, region)

        def expire(**_: Any) -> None:
            raise ClientError({"Error": {"Code": "ExpiredToken", "Message": "expired"}}, "GetBucketAcl")

        client.meta.events.register("before-call.s3.GetBucketAcl", expire)
        return client

    args = {"cloud_id": ACCOUNT, "regions": ["eu-west-1"], "operations": sorted(S3)}
    with pytest.raises(UserError, match="ran out during the scan"):
        scan_worker.scan(args, Link(), expiring, "us-east-1")


def test_a_plan_brings_what_a_wanted_detail_hangs_on() -> None:
    operations = plans.plan({"kms.GetKeyRotationStatus"}).operations()
    assert operations == ["kms.DescribeKey", "kms.GetKeyRotationStatus", "kms.ListAliases", "kms.ListKeys"]


def test_a_plan_reads_the_tags_of_what_it_collects() -> None:
    assert "s3.GetBucketTagging" in plans.plan({"s3.GetBucketAcl"}).operations()
    assert "s3.GetBucketTagging" not in plans.plan({"sqs.ListQueues"}).operations()
