"""What AWS and its configuration say about accounts: profiles, who we are, what we may not read, an organization."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from backend.credentials import aws_connection, organization
from backend.credentials.aws_permissions import missing_permissions
from backend.credentials.aws_profiles import list_profiles
from backend.credentials.aws_session import AwsSession
from backend.engine.worker import WorkerLink
from backend.inventory.aws.permissions import policy_for, terraform_for
from backend.inventory.aws.scan_worker import open_account


def profiles(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """{"profiles": [{name, kind, region, account, detail, mfa}]} of the user's AWS configuration."""
    return {"profiles": [asdict(profile) for profile in list_profiles()]}


def test(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """Who AWS says we are; with `permissions` (IAM actions), also which of them are denied.

    Returns the fields of `CallerIdentity`, `is_root`, and `permissions`: {method, allowed, denied, unchecked, note,
    sentence, policy, terraform}.
    """
    link.progress(0, 2, "signing in")
    session = open_account(args, link)
    try:
        identity = aws_connection.test_connection(session)
        found: dict[str, Any] = {**asdict(identity), "is_root": identity.is_root, "permissions": None}
        if args.get("permissions"):
            link.progress(1, 2, "checking permissions")
            report = missing_permissions(session, args["permissions"], identity)
            found["permissions"] = {
                **asdict(report),
                "sentence": report.sentence(),
                "policy": json.dumps(policy_for(args["permissions"]), indent=2),
                "terraform": terraform_for(args["permissions"]),
            }
        return found
    finally:
        session.close()


def members(args: dict[str, Any], link: WorkerLink) -> dict[str, Any]:
    """The accounts of an organization, and whether each can be entered when `enter` says to try.

    Returns {id, management, note, members: [{id, name, email, status, management, path, options, arn, error}]}.
    """
    link.progress(0, 0, "listing the organization")
    session = open_account(args, link)
    try:
        found = organization.list_organization(session)
        outcomes: dict[str, organization.MemberOutcome] = {}
        if args.get("enter"):
            active = [account for account in found.accounts if account.active]

            def entered(outcome: organization.MemberOutcome) -> None:
                outcomes[outcome.account.id] = outcome
                link.progress(len(outcomes), len(active), f"entered {outcome.account.name or outcome.account.id}")

            for account in active:
                if link.cancelled():
                    break
                organization.enter_members(session, found, [account], entered)
        return {
            "id": found.id,
            "management": found.management_account,
            "note": found.note,
            "members": [_member(session, account, outcomes.get(account.id)) for account in found.accounts],
        }
    finally:
        session.close()


def _member(
    session: AwsSession, account: organization.MemberAccount, outcome: organization.MemberOutcome | None
) -> dict[str, Any]:
    identity = organization.member_identity(session.identity, account.id, session.region)
    arn = outcome.identity.arn if outcome and outcome.identity else ""
    error = str(outcome.error) if outcome and outcome.error else ""
    return {**asdict(account), "options": identity.to_options(), "arn": arn, "error": error}
