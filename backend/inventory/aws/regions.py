"""Which regions a scan covers: those enabled for the account, or those the analyst chose."""

from __future__ import annotations

from collections.abc import Iterable

import boto3

from backend.errors import UserError
from backend.inventory.aws.api import Api
from backend.inventory.collector import GLOBAL
from backend.inventory.outcome import CallFailed


def regions_in_scope(
    api: Api, chosen: Iterable[str], declared: Iterable[str] = (), partition: str = "aws"
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(regions to scan, regions left out): the enabled ones, cut down to `chosen` when given.

    `declared` are those that the analyst says the account uses; none says all that are enabled. What is declared and
    not chosen is left out, and rules over the whole account then know that they did not see it.

    Where DescribeRegions is denied, the regions that are enabled in every account (no opt-in) stand in, and the
    denial is recorded by the collector of `aws_account_region`.

    Raises:
        UserError: a chosen region does not exist or is not enabled.
    """
    wanted = tuple(dict.fromkeys(chosen))
    try:
        answer = api.call("ec2.DescribeRegions", GLOBAL)
        enabled = {
            region["RegionName"]
            for region in answer.get("Regions", [])
            if region.get("OptInStatus", "opt-in-not-required") != "not-opted-in" and "RegionName" in region
        }
    except CallFailed:
        enabled = set(wanted) or always_enabled(partition)
    unknown = [region for region in wanted if region not in enabled]
    if unknown:
        raise UserError(
            f"Region {', '.join(unknown)} is not enabled in this account.",
            f"Enabled are: {', '.join(sorted(enabled))}.",
        )
    scope = wanted or tuple(sorted(enabled))
    return scope, tuple(sorted((set(declared) or enabled) - set(scope)))


def always_enabled(partition: str = "aws") -> set[str]:
    """Regions of a partition that need no opt-in, as far as botocore's own table tells."""
    opt_in = {
        "af-south-1", "ap-east-1", "ap-east-2", "ap-south-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-6", "ap-southeast-7", "ca-west-1", "eu-central-2", "eu-south-1", "eu-south-2", "il-central-1",
        "me-central-1", "me-south-1", "mx-central-1",
    }  # fmt: skip
    known = boto3.session.Session().get_available_regions("ec2", partition_name=partition)
    return {region for region in known if region not in opt_in}
