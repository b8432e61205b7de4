"""Which failure means "nothing there", and which only that we did not see."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ParamValidationError

from backend.inventory.aws.answer_errors import failure
from backend.inventory.outcome import Outcome


def outcome(code: str, region: str) -> Outcome:
    error = ClientError({"Error": {"Code": code, "Message": "m"}}, "Op")
    return failure("ec2.DescribeVolumes", error, region).outcome


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"])
@pytest.mark.parametrize("region", ["eu-west-1", "global"])
def test_a_key_switched_off_during_a_scan_is_no_proof_of_emptiness(code: str, region: str) -> None:
    assert outcome(code, region) is Outcome.FAILED


def test_a_region_not_opted_into_is_empty() -> None:
    assert outcome("OptInRequired", "af-south-1") is Outcome.NOT_IN_REGION


@pytest.mark.parametrize(
    ("url", "region", "expected"),
    [
        ("https://macie2.mars-north-1.amazonaws.com/", "mars-north-1", Outcome.NOT_IN_REGION),
        ("https://macie2.eu-west-1.amazonaws.com/", "eu-west-1", Outcome.FAILED),  # the network is down
        ("http://127.0.0.1:5000/", "mars-north-1", Outcome.FAILED),  # an emulator that is down says nothing
        ("https://amazonaws.com.example.org/", "mars-north-1", Outcome.FAILED),
    ],
)
def test_a_missing_endpoint_means_no_service_only_where_the_sdk_knows_none(
    url: str, region: str, expected: Outcome
) -> None:
    error = EndpointConnectionError(endpoint_url=url, error="x")
    assert failure("macie2.GetMacieSession", error, region).outcome is expected


@pytest.mark.parametrize("error", [ParamValidationError(report="Invalid bucket name"), ValueError("x"), KeyError("y")])
def test_whatever_a_hostile_name_makes_the_sdk_raise_is_one_failed_call(error: Exception) -> None:
    assert failure("s3.GetBucketAcl", error, "eu-west-1").outcome is Outcome.FAILED
