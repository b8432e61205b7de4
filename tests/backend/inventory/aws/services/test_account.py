"""The account and its regions, read from the emulator."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from backend.demo.company import account
from backend.demo.emulator import Emulator, client_maker
from backend.inventory.aws.services.account import ACCOUNT, REGION
from backend.inventory.collector import Row
from tests.backend.inventory.aws.collecting import ACCOUNT as NUMBER
from tests.backend.inventory.aws.collecting import REGIONS, Collected, collect

OPERATIONS = ACCOUNT.operations() | REGION.operations()


@pytest.fixture(scope="module")
def bare() -> Iterator[Collected]:
    with Emulator.start() as emulator:
        yield collect(client_maker(emulator.url), OPERATIONS)


@pytest.fixture(scope="module")
def found() -> Iterator[Collected]:
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        account.seed(aws, REGIONS)
        aws("s3control", REGIONS[0]).put_public_access_block(
            AccountId=NUMBER, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "IgnorePublicAcls": True}
        )
        yield collect(aws, OPERATIONS)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("alias", "marlowe-finch"),
        ("management_account", NUMBER),
        ("root_access_keys", 0),
        ("root_password_present", 1),
        ("password_policy_set", 1),
        ("password_minimum_length", 12),
        ("password_reuse_prevention", 5),
        ("password_max_age_days", math.inf),
        ("password_requires_symbols", 1),
        ("password_users_may_change", 1),
        ("password_hard_expiry", 0),
        ("s3_ignore_public_acls", 1),
        ("s3_restrict_public_buckets", 0),
        ("security_contact_email", "security@marlowe-finch.example"),
    ],
)
def test_the_account_is_read(found: Collected, column: str, value: Any) -> None:
    assert found.row("aws_account", NUMBER)[column] == value


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("alias", ""),
        ("organization_id", ""),
        ("password_policy_set", 0),
        ("password_minimum_length", 8),
        ("password_reuse_prevention", 0),
        ("s3_block_public_policy", 0),
        ("security_contact_email", ""),
    ],
)
def test_what_was_never_set_has_the_meaning_aws_gives_it(bare: Collected, column: str, value: Any) -> None:
    assert bare.row("aws_account", NUMBER)[column] == value


def test_what_was_not_answered_is_not_collected(bare: Collected) -> None:
    values = bare.row("aws_account", NUMBER)
    assert ("account.GetContactInformation", "unsupported") in bare.bad()
    assert values.get("contact_name") is None
    assert values.get("contact_phone") is None


def test_every_region_has_its_row(found: Collected) -> None:
    assert {row["name"] for row in found.rows if row["table"] == "aws_account_region"} == set(REGIONS)


@pytest.mark.parametrize(
    ("summary", "present", "mfa"),
    [
        ({"AccountPasswordPresent": 0, "AccountMFAEnabled": 0}, 0, 0),
        ({"AccountPasswordPresent": 1, "AccountMFAEnabled": 1}, 1, 1),
        ({"AccountMFAEnabled": 1}, 1, 1),
        ({}, 1, None),
    ],
)
def test_a_member_account_may_have_no_root_password(summary: dict[str, int], present: int, mfa: int | None) -> None:
    from backend.inventory import catalog

    detail = next(one for one in catalog.details("aws_account") if one.operation == "iam.GetAccountSummary")
    row = Row(ACCOUNT, "arn", NUMBER, "global", NUMBER)
    row.fill(detail.operation, detail.columns({"SummaryMap": summary}, row))
    assert row.values["root_password_present"] == present
    assert row.values["root_mfa_enabled"] == mfa
