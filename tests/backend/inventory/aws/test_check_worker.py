"""*Check again* asks all that the rule's answer hangs on, and reads hostile answers as unreadable, not as gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.inventory.aws import check_worker

KEY = "11111111-2222-3333-4444-555555555555"
ARN = f"arn:aws:kms:eu-west-1:123456789012:key/{KEY}"
ARGS = {
    "cloud_id": "123456789012", "table": "aws_kms_key", "uid": ARN, "region": "eu-west-1", "name": KEY,
    "operations": ["kms.ListKeys", "kms.GetKeyRotationStatus"],
}  # fmt: skip


class Link:
    """Keeps the one batch."""

    def batch(self, data: dict[str, Any]) -> None:
        self.sent = data


class FakeApi:
    """A key management service with one key."""

    calls = 0

    def __init__(self, keys: Any) -> None:
        self.keys = keys
        self.asked: list[str] = []

    def pages(self, operation: str, region: str, **arguments: Any) -> Iterator[Any]:
        yield {"Keys": self.keys} if operation == "kms.ListKeys" else {"Aliases": []}

    def call(self, operation: str, region: str, **arguments: Any) -> Any:
        self.asked.append(operation)
        if operation == "kms.ListAliases":
            return {"Aliases": []}
        if operation == "kms.DescribeKey":
            metadata = {"KeyId": KEY, "Arn": ARN, "KeyManager": "CUSTOMER", "KeyState": "Enabled", "Origin": "AWS_KMS"}
            return {"KeyMetadata": {**metadata, "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT"}}
        return {"KeyRotationEnabled": True}


def check(api: FakeApi) -> tuple[dict[str, Any], Link]:
    link = Link()
    return check_worker.check(ARGS, link, api), link  # type: ignore[arg-type]


def test_a_detail_that_hangs_on_an_earlier_one_is_read_again_too() -> None:
    api = FakeApi([{"KeyId": KEY, "KeyArn": ARN}])
    result, link = check(api)
    assert result["outcome"] == "read"
    assert {"kms.DescribeKey", "kms.GetKeyRotationStatus"} <= set(api.asked)
    assert link.sent["row"]["values"]["rotation_enabled"] == 1


@pytest.mark.parametrize("keys", [5, [None], [{"KeyId": 7, "KeyArn": 7}]])
def test_a_listing_nobody_can_read_does_not_make_the_resource_gone(keys: Any) -> None:
    result, link = check(FakeApi(keys))
    assert (result["outcome"], link.sent["row"]) == ("unreadable", None)
    assert link.sent["outcomes"][0]["code"] == "UnreadableAnswer"


def test_a_resource_that_is_listed_no_more_is_gone() -> None:
    assert check(FakeApi([]))[0]["outcome"] == "gone"
