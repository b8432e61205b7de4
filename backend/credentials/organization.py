"""The accounts of an AWS Organization, and a session in each of them by one named role."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from backend.credentials.aws_connection import CallerIdentity, test_connection
from backend.credentials.aws_errors import SDK_ERRORS, explain, is_denied
from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.aws_session import AwsSession
from backend.credentials.prompt import Prompt, nobody
from backend.errors import UserError

MOST_UNITS = 100  # organizational units walked for their paths; two calls each


@dataclass(frozen=True)
class MemberAccount:
    """One account as the organization lists it. Names are outside text."""

    id: str  # 12 digits
    name: str
    email: str
    status: str  # ACTIVE, SUSPENDED, PENDING_CLOSURE …
    management: bool
    path: str  # '/Root/Workloads/Prod'; '' when units may not be read or are too many

    @property
    def active(self) -> bool:
        """Whether its API answers at all."""
        return self.status == "ACTIVE"


@dataclass(frozen=True)
class Organization:
    """What the management account (or a delegated administrator) sees of its organization."""

    id: str
    management_account: str
    accounts: tuple[MemberAccount, ...]
    note: str  # what could not be read; '' when nothing


@dataclass(frozen=True)
class MemberOutcome:
    """Whether a member could be entered: who we are there, or why not."""

    account: MemberAccount
    identity: CallerIdentity | None
    error: UserError | None


def list_organization(session: AwsSession) -> Organization:
    """All accounts, by name. `UserError` when the account has no organization or we may not list it."""
    client = session.client("organizations")
    try:
        about = client.describe_organization()["Organization"]
        listed = [a for page in client.get_paginator("list_accounts").paginate() for a in page["Accounts"]]
    except ClientError as error:
        raise _no_organization(error, session) from error
    except SDK_ERRORS as error:
        raise explain(error, session.identity, session.region) from error
    paths, note = _paths(client)
    management = str(about.get("MasterAccountId", ""))
    accounts = [
        MemberAccount(
            str(a["Id"]),
            str(a.get("Name", "")),
            str(a.get("Email", "")),
            str(a.get("Status") or a.get("State") or "ACTIVE"),
            a["Id"] == management,
            paths.get(a["Id"], ""),
        )
        for a in listed
    ]
    accounts.sort(key=lambda a: (not a.management, a.name.casefold(), a.id))
    return Organization(str(about["Id"]), management, tuple(accounts), note)


def select(
    accounts: Iterable[MemberAccount], include: Iterable[str] = (), exclude: Iterable[str] = ()
) -> list[MemberAccount]:
    """The active accounts that some `include` pattern names (none: all) and no `exclude` pattern does.

    A pattern is an account id, or a glob over the name or the path of units ('prod-*', '/Root/Sandbox/*'). `UserError`
    for a pattern that names no account: a typo would otherwise scan less, or more, than was meant.
    """
    accounts, include, exclude = list(accounts), list(include), list(exclude)
    for pattern in (*include, *exclude):
        if not any(_named(a, pattern) for a in accounts):
            raise UserError(
                f"No account of the organization is called '{pattern}'.", "Give an id, or a glob over names."
            )
    chosen = [a for a in accounts if not include or any(_named(a, p) for p in include)]
    return [a for a in chosen if a.active and not any(_named(a, p) for p in exclude)]


def member_identity(parent: AwsIdentity, account: str, region: str = "") -> AwsIdentity:
    """How to enter a member: the parent's settings with the member role in place of the parent's own."""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return replace(
        parent,
        kind="member",
        role_arn=f"arn:{partition}:iam::{account}:role/{parent.member_role.lstrip('/')}",
        external_id=parent.member_external_id,
        mfa_serial="",
        duration=3600,  # AWS's limit for a role assumed from a role
        member_account=account,
    )


def member_session(
    parent: AwsSession, account: str, management_account: str = "", prompt: Prompt = nobody
) -> AwsSession:
    """A session in a member. The management account is entered as ourselves: it has no such role by default."""
    if account == management_account:
        return parent
    return parent.assume(member_identity(parent.identity, account, parent.region), prompt)


def enter_members(
    parent: AwsSession,
    organization: Organization,
    accounts: Iterable[MemberAccount],
    progress: Callable[[MemberOutcome], None] = lambda outcome: None,
) -> list[MemberOutcome]:
    """Try to enter each account; one that refuses, or is not active, is an outcome and stops nothing."""
    outcomes = []
    for account in accounts:
        outcomes.append(_enter(parent, organization, account))
        progress(outcomes[-1])
    return outcomes


def _enter(parent: AwsSession, organization: Organization, account: MemberAccount) -> MemberOutcome:
    if not account.active:
        why = UserError(f"Account {account.id} is {account.status.lower().replace('_', ' ')}, so it cannot be scanned.")
        return MemberOutcome(account, None, why)
    try:
        session = member_session(parent, account.id, organization.management_account)
        identity = test_connection(session)
    except UserError as error:
        return MemberOutcome(account, None, error)
    if identity.account != account.id:
        wrong = UserError(
            f"The role of account {account.id} led into account {identity.account}.", "Check the endpoint."
        )
        return MemberOutcome(account, None, wrong)
    return MemberOutcome(account, identity, None)


def _named(account: MemberAccount, pattern: str) -> bool:
    return account.id == pattern or any(text and fnmatchcase(text, pattern) for text in (account.name, account.path))


def _paths(client: Any) -> tuple[dict[str, str], str]:
    """Account id -> path of units, by walking the tree; ({}, why) when that is denied or too long."""
    paths: dict[str, str] = {}
    try:
        roots = [r for page in client.get_paginator("list_roots").paginate() for r in page["Roots"]]
        waiting = [(r["Id"], "/" + str(r.get("Name", "Root"))) for r in roots]
        walked = 0
        while waiting:
            parent, path = waiting.pop()
            walked += 1
            if walked > MOST_UNITS:
                return {}, f"The organization has more than {MOST_UNITS} units, so paths are left out."
            for page in client.get_paginator("list_accounts_for_parent").paginate(ParentId=parent):
                paths.update({a["Id"]: path for a in page["Accounts"]})
            for page in client.get_paginator("list_organizational_units_for_parent").paginate(ParentId=parent):
                waiting += [(u["Id"], f"{path}/{u.get('Name', u['Id'])}") for u in page["OrganizationalUnits"]]
    except SDK_ERRORS as error:
        reason = "may not be read" if is_denied(error) else "could not be read"
        return {}, f"Organizational units {reason}, so paths are left out."
    return paths, ""


def _no_organization(error: ClientError, session: AwsSession) -> UserError:
    code = error.response.get("Error", {}).get("Code", "")
    if code == "AWSOrganizationsNotInUseException":
        return UserError(
            f"The account of {session.identity.label()} belongs to no AWS Organization.", "Add it as a single account."
        )
    if is_denied(error):
        return UserError(
            f"The organization may not be listed by {session.identity.label()}.",
            "Sign in to the management account or a delegated administrator, with "
            "organizations:DescribeOrganization and organizations:ListAccounts.",
        )
    return explain(error, session.identity, session.region)
