"""The account's own settings: mostly thought of, the password policy not quite, the account-wide S3 block never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Alias, organization, contact and password policy."""
    home = regions[0]
    iam = aws("iam", home)
    iam.create_account_alias(AccountAlias="marlowe-finch")
    iam.update_account_password_policy(
        MinimumPasswordLength=12,
        RequireSymbols=True,
        RequireNumbers=True,
        RequireUppercaseCharacters=True,
        RequireLowercaseCharacters=True,
        AllowUsersToChangePassword=True,
        PasswordReusePrevention=5,
    )
    aws("organizations", "us-east-1").create_organization(FeatureSet="ALL")
    aws("account", "us-east-1").put_alternate_contact(
        AlternateContactType="SECURITY",
        EmailAddress="security@marlowe-finch.example",
        Name="Security on call",
        PhoneNumber="+353 1 555 0142",
        Title="Security",
    )
