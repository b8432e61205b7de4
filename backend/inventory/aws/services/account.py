"""The account and its regions: anchor tables that always have their rows, so rules about absence can hang on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.collector import GLOBAL, Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed
from backend.inventory.table import NEVER, ResourceTable, flag, integer, real, text

_IDENTITY = "sts.GetCallerIdentity"
_SUMMARY = "iam.GetAccountSummary"
_CONSOLE_POLICY = "iam.GetAccountPasswordPolicy"
_MFA = "iam.ListVirtualMFADevices"
_ALIAS = "iam.ListAccountAliases"
_BLOCK = "s3control.GetPublicAccessBlock"
_SECURITY_CONTACT = "account.GetAlternateContact"
_CONTACT = "account.GetContactInformation"
_ORGANIZATION = "organizations.DescribeOrganization"

ACCOUNT = ResourceTable(
    name="aws_account",
    title="AWS account",
    service="account",
    listing=_IDENTITY,
    scope=GLOBAL,
    anchor=True,
    columns=(
        text("alias", "IAM account alias.", _ALIAS),
        text("organization_id", "Organization the account belongs to; empty when it stands alone.", _ORGANIZATION),
        text("management_account", "Management account of that organization.", _ORGANIZATION),
        # Before root credentials could be removed from member accounts, every root user had a password.
        flag("root_password_present", "The root user has a password at all.", _SUMMARY, absent=True),
        integer("root_access_keys", "Access keys of the root user.", _SUMMARY),
        flag("root_mfa_enabled", "The root user signs in with MFA.", _SUMMARY),
        flag("root_mfa_virtual", "The root user's MFA device is a virtual one.", _MFA, absent=False),
        integer("iam_users", "IAM users in the account.", _SUMMARY),
        flag("password_policy_set", "The account has a password policy of its own.", _CONSOLE_POLICY, False),
        integer("password_minimum_length", "Fewest characters a console password may have.", _CONSOLE_POLICY, 8),
        integer("password_reuse_prevention", "Earlier passwords that may not be used again.", _CONSOLE_POLICY, 0),
        real(
            "password_max_age_days",
            "Days until a password expires; infinite: never.",
            _CONSOLE_POLICY,
            NEVER,
        ),
        flag("password_requires_symbols", "A password needs a symbol.", _CONSOLE_POLICY, False),
        flag("password_requires_numbers", "A password needs a digit.", _CONSOLE_POLICY, False),
        flag("password_requires_uppercase", "A password needs an upper-case letter.", _CONSOLE_POLICY, False),
        flag("password_requires_lowercase", "A password needs a lower-case letter.", _CONSOLE_POLICY, False),
        # Both are off unless a call says otherwise, and every call replaces the whole policy.
        flag("password_users_may_change", "Users may change their own password.", _CONSOLE_POLICY, False),
        flag("password_hard_expiry", "An expired password can only be renewed by others.", _CONSOLE_POLICY, False),
        flag("s3_block_public_acls", "S3 refuses new public ACLs account-wide.", _BLOCK, False),
        flag("s3_ignore_public_acls", "S3 ignores public ACLs account-wide.", _BLOCK, False),
        flag("s3_block_public_policy", "S3 refuses new public bucket policies account-wide.", _BLOCK, False),
        flag("s3_restrict_public_buckets", "S3 keeps public buckets to this account account-wide.", _BLOCK, False),
        text("security_contact_email", "E-mail of the alternate contact for security.", _SECURITY_CONTACT),
        text("contact_name", "Full name of the account's main contact.", _CONTACT),
        text("contact_phone", "Phone number of the account's main contact.", _CONTACT),
    ),
)

REGION = ResourceTable(
    name="aws_account_region",
    title="Region of an AWS account",
    service="account",
    listing="ec2.DescribeRegions",
    scope=GLOBAL,
    anchor=True,
    columns=(
        flag("ebs_encryption_by_default", "New EBS volumes are encrypted.", "ec2.GetEbsEncryptionByDefault"),
        text(
            "ebs_snapshot_public_access",
            "block-all-sharing, block-new-sharing or unblocked.",
            "ec2.GetSnapshotBlockPublicAccessState",
            "unblocked",
        ),
        text(
            "ami_public_access",
            "block-new-sharing or unblocked.",
            "ec2.GetImageBlockPublicAccessState",
            "unblocked",
        ),
        text(
            "imds_http_tokens",
            "Account default for new instances: required, optional, or empty for no preference.",
            "ec2.GetInstanceMetadataDefaults",
        ),
        text("security_hub_arn", "Security Hub of this region; empty when off.", "securityhub.DescribeHub"),
        text("macie_status", "ENABLED, PAUSED, or empty when Macie was never switched on.", "macie2.GetMacieSession"),
    ),
)


def _account(page: Answer, scope: Scope) -> Iterable[Row]:
    yield Row(ACCOUNT, scope.arn("iam", "root", region=""), scope.account, GLOBAL, scope.account)


def _discover_regions(api: Api, scope: Scope) -> Iterable[Answer]:
    """Rows for every region in scope even where DescribeRegions is denied: an anchor always has its rows."""
    failed: CallFailed | None = None
    try:
        api.call("ec2.DescribeRegions", GLOBAL)
    except CallFailed as error:
        failed = error
    yield {"regions": scope.regions}
    if failed is not None:
        raise failed


def _regions(page: Answer, scope: Scope) -> Iterable[Row]:
    for region in page["regions"]:
        uid = f"arn:{scope.partition}:ec2:{region}:{scope.account}:region/{region}"
        yield Row(REGION, uid, scope.account, region, region)


def _summary(answer: Answer, row: Row) -> Mapping[str, Any]:
    summary = answer.get("SummaryMap", {})
    mfa, password = summary.get("AccountMFAEnabled"), summary.get("AccountPasswordPresent")
    return {
        "root_password_present": None if password is None else password > 0,
        "root_access_keys": summary.get("AccountAccessKeysPresent"),
        "root_mfa_enabled": None if mfa is None else mfa > 0,
        "iam_users": summary.get("Users"),
    }


def _password_policy(answer: Answer, row: Row) -> Mapping[str, Any]:
    policy = answer.get("PasswordPolicy", {})
    return {
        "password_policy_set": bool(policy),
        "password_minimum_length": policy.get("MinimumPasswordLength"),
        "password_reuse_prevention": policy.get("PasswordReusePrevention"),
        "password_max_age_days": policy.get("MaxPasswordAge") or None,
        "password_requires_symbols": policy.get("RequireSymbols"),
        "password_requires_numbers": policy.get("RequireNumbers"),
        "password_requires_uppercase": policy.get("RequireUppercaseCharacters"),
        "password_requires_lowercase": policy.get("RequireLowercaseCharacters"),
        "password_users_may_change": policy.get("AllowUsersToChangePassword"),
        "password_hard_expiry": policy.get("HardExpiry"),
    }


def _root_virtual_mfa(answer: Answer, row: Row) -> Mapping[str, Any]:
    devices = answer.get("VirtualMFADevices", [])
    return {
        "root_mfa_virtual": any(
            str(one.get("SerialNumber", "")).endswith(":mfa/root-account-mfa-device")
            or str(one.get("User", {}).get("Arn", "")).endswith(":root")
            for one in devices
        )
    }


def _public_access_block(answer: Answer, row: Row) -> Mapping[str, Any]:
    block = answer.get("PublicAccessBlockConfiguration", {})
    return {
        "s3_block_public_acls": block.get("BlockPublicAcls"),
        "s3_ignore_public_acls": block.get("IgnorePublicAcls"),
        "s3_block_public_policy": block.get("BlockPublicPolicy"),
        "s3_restrict_public_buckets": block.get("RestrictPublicBuckets"),
    }


def _detail(operation: str, columns: Any, absent: str = "", arguments: Any = None, text: str = "") -> Detail:
    codes = frozenset({absent} if absent else ())
    table = REGION if operation in REGION.operations() else ACCOUNT
    return Detail(operation, table, arguments or (lambda row: {}), columns, codes, text)


SERVICE = Service(
    name="account",
    title="Account",
    tables=(ACCOUNT, REGION),
    listings=(
        Listing(_IDENTITY, (ACCOUNT,), _account, region=GLOBAL),
        Listing("ec2.DescribeRegions", (REGION,), _regions, region=GLOBAL, fetch=_discover_regions),
    ),
    details=(
        _detail(_ALIAS, lambda answer, row: {"alias": next(iter(answer.get("AccountAliases", [])), None)}),
        _detail(_SUMMARY, _summary),
        _detail(_CONSOLE_POLICY, _password_policy, "NoSuchEntity"),
        _detail(_MFA, _root_virtual_mfa),
        _detail(
            _BLOCK,
            _public_access_block,
            "NoSuchPublicAccessBlockConfiguration",
            lambda row: {"AccountId": row.account},
        ),
        _detail(
            _SECURITY_CONTACT,
            lambda answer, row: {"security_contact_email": answer.get("AlternateContact", {}).get("EmailAddress")},
            "ResourceNotFoundException",
            lambda row: {"AlternateContactType": "SECURITY"},
        ),
        _detail(
            _CONTACT,
            lambda answer, row: {
                "contact_name": answer.get("ContactInformation", {}).get("FullName"),
                "contact_phone": answer.get("ContactInformation", {}).get("PhoneNumber"),
            },
        ),
        _detail(
            _ORGANIZATION,
            lambda answer, row: {
                "organization_id": answer.get("Organization", {}).get("Id"),
                "management_account": answer.get("Organization", {}).get("MasterAccountId"),
            },
            "AWSOrganizationsNotInUseException",
        ),
        _detail(
            "ec2.GetEbsEncryptionByDefault",
            lambda answer, row: {"ebs_encryption_by_default": answer.get("EbsEncryptionByDefault")},
        ),
        _detail(
            "ec2.GetSnapshotBlockPublicAccessState",
            lambda answer, row: {"ebs_snapshot_public_access": answer.get("State")},
        ),
        _detail(
            "ec2.GetImageBlockPublicAccessState",
            lambda answer, row: {"ami_public_access": answer.get("ImageBlockPublicAccessState")},
        ),
        _detail(
            "ec2.GetInstanceMetadataDefaults",
            lambda answer, row: {"imds_http_tokens": answer.get("AccountLevel", {}).get("HttpTokens")},
        ),
        _detail(
            "securityhub.DescribeHub",
            lambda answer, row: {"security_hub_arn": answer.get("HubArn")},
            "InvalidAccessException",
            text="is not subscribed to AWS Security Hub",
        ),
        _detail(
            "macie2.GetMacieSession",
            lambda answer, row: {"macie_status": answer.get("status")},
            "ResourceNotFoundException",
            text="Macie is not enabled",
        ),
    ),
)
