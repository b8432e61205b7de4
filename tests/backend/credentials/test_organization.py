from __future__ import annotations

from typing import Any

import pytest

from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.aws_session import AwsSession, open_session
from backend.credentials.organization import (
    MemberAccount,
    MemberOutcome,
    Organization,
    enter_members,
    list_organization,
    member_identity,
    member_session,
    select,
)
from backend.credentials.secret import Secret
from backend.errors import UserError

HOSTILE = "=cmd()<b>\u202e"


@pytest.fixture
def company(emulator: Any) -> dict[str, str]:
    """An organization of four members in two units; account names by id of what the emulator made."""
    client = emulator.client("organizations")
    client.create_organization(FeatureSet="ALL")
    made = {}
    for name in ("prod-shop", "prod-data", "sandbox", HOSTILE):
        status = client.create_account(AccountName=name, Email=f"{len(made)}@example.com")["CreateAccountStatus"]
        made[name] = status["AccountId"]
    root = client.list_roots()["Roots"][0]["Id"]
    workloads = client.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"]["Id"]
    prod = client.create_organizational_unit(ParentId=workloads, Name="Prod")["OrganizationalUnit"]["Id"]
    for name in ("prod-shop", "prod-data"):
        client.move_account(AccountId=made[name], SourceParentId=root, DestinationParentId=prod)
    client.close_account(AccountId=made["sandbox"])
    return made


@pytest.fixture
def session(emulator: Any, keys: Secret) -> AwsSession:
    identity = AwsIdentity(
        "organization",
        endpoint_url=emulator.url,
        region="eu-west-1",
        member_role="audit/Reader",
        member_external_id="vedette-org",
    )
    return open_session(identity, keys)


def test_accounts_are_listed_with_status_and_path(session: AwsSession, company: dict[str, str]) -> None:
    organization = list_organization(session)
    assert organization.management_account == "123456789012"
    assert organization.note == ""
    assert organization.accounts[0].management
    listed = {a.name: a for a in organization.accounts}
    assert {n: listed[n].id for n in company} == company
    assert listed["prod-shop"].path == "/Root/Workloads/Prod"
    assert listed[HOSTILE].path == "/Root"
    assert (listed["sandbox"].status, listed["sandbox"].active) == ("SUSPENDED", False)


def test_accounts_are_chosen_by_id_name_and_path(session: AwsSession, company: dict[str, str]) -> None:
    accounts = list_organization(session).accounts

    def names(include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> set[str]:
        return {a.name for a in select(accounts, include, exclude)}

    everybody = {a.name for a in accounts if a.name != "sandbox"}
    assert names() == everybody
    assert names(("prod-*",)) == {"prod-shop", "prod-data"}
    assert names(("/Root/Workloads/*",), (company["prod-data"],)) == {"prod-shop"}
    assert names(exclude=("prod-*",)) == everybody - {"prod-shop", "prod-data"}
    assert names(("sandbox",)) == set()
    with pytest.raises(UserError, match="called 'prdo-\\*'"):
        names(("prdo-*",))


def test_each_member_is_entered_and_has_its_own_state(
    session: AwsSession, company: dict[str, str], emulator: Any
) -> None:
    organization = list_organization(session)
    seen: list[MemberOutcome] = []
    outcomes = {o.account.name: o for o in enter_members(session, organization, organization.accounts, seen.append)}
    assert len(seen) == len(organization.accounts)
    shop = outcomes["prod-shop"]
    assert shop.identity is not None
    assert shop.identity.arn == f"arn:aws:sts::{company['prod-shop']}:assumed-role/Reader/vedette"
    management = outcomes[organization.accounts[0].name]
    assert management.identity is not None
    assert management.identity.account == organization.management_account
    assert "is suspended" in str(outcomes["sandbox"].error)
    member = member_session(session, company["prod-shop"], organization.management_account)
    member.client("sqs").create_queue(QueueName="of-the-shop")
    assert "of-the-shop" in str(member.client("sqs").list_queues()["QueueUrls"])
    other = member_session(session, company["prod-data"], organization.management_account)
    assert "QueueUrls" not in other.client("sqs").list_queues()
    assert "QueueUrls" not in session.client("sqs").list_queues()
    assert member_session(session, organization.management_account, organization.management_account) is session
    assert member.client("s3control").list_access_points(AccountId=company["prod-shop"])["AccessPointList"] == []


def test_a_member_is_entered_with_the_members_role_and_external_id(fake_aws: Any, keys: Secret) -> None:
    parent = AwsIdentity(
        "organization",
        role_arn="arn:aws:iam::123456789012:role/Hub",
        external_id="hub",
        mfa_serial="arn:aws:iam::123456789012:mfa/phone",
        endpoint_url=fake_aws.url,
        member_external_id="spoke",
        duration=7200,
    )
    asked: list[str] = []

    def phone(kind: str, text: str, **extra: Any) -> str:
        asked.append(kind)
        return "123456"

    session = open_session(parent, keys, phone)
    member_session(session, "222222222222").sign_in()
    member_session(session, "333333333333").sign_in()
    calls = [a for a in fake_aws.asked if a["Action"] == "AssumeRole"]
    assert [(c["RoleArn"].split(":", 4)[4], c["ExternalId"], c["DurationSeconds"]) for c in calls] == [
        ("123456789012:role/Hub", "hub", "7200"),
        ("222222222222:role/OrganizationAccountAccessRole", "spoke", "3600"),
        ("333333333333:role/OrganizationAccountAccessRole", "spoke", "3600"),
    ]
    assert asked == ["mfa"]
    assert fake_aws.signer("AssumeRole") == "ASIAROLEROLEROLE1234"
    identity = member_identity(parent, "222222222222", "cn-north-1")
    assert identity.role_arn.startswith("arn:aws-cn:iam::222222222222:")
    assert (identity.kind, identity.member_account) == ("member", "222222222222")
    identity.check()


def test_one_member_that_refuses_stops_no_other(fake_aws: Any, keys: Secret) -> None:
    granted = fake_aws.answers["AssumeRole"]
    refused = "<E><Error><Code>AccessDenied</Code><Message>is not authorized</Message></Error></E>"
    fake_aws.answers["AssumeRole"] = lambda a: (403, refused) if "2222" in a["RoleArn"] else granted(a)
    session = open_session(AwsIdentity("organization", endpoint_url=fake_aws.url), keys)
    fake_aws.be("arn:aws:sts::333333333333:assumed-role/OrganizationAccountAccessRole/vedette")
    accounts = tuple(MemberAccount(n * 12, n, "", "ACTIVE", management=False, path="") for n in ("2", "3", "4"))
    outcomes = enter_members(session, Organization("o-1", "111111111111", accounts, ""), accounts)
    assert "may not assume arn:aws:iam::222222222222:role/" in str(outcomes[0].error)
    assert outcomes[1].identity is not None
    assert "led into account 333333333333" in str(outcomes[2].error)


def test_an_account_without_organization_is_told(emulator: Any, session: AwsSession) -> None:
    with pytest.raises(UserError, match="belongs to no AWS Organization"):
        list_organization(session)
