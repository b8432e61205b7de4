"""IAM's tables: who there is, what each may do, and how they sign in."""

from __future__ import annotations

from backend.inventory.collector import GLOBAL
from backend.inventory.table import Column, ResourceTable, document, flag, integer, moment, text

DETAILS = "iam.GetAccountAuthorizationDetails"
REPORT = "iam.GetCredentialReport"
CERTIFICATES = "iam.ListServerCertificates"
SAML = "iam.ListSAMLProviders"


def _key(number: int) -> tuple[Column, ...]:
    return (
        flag(f"access_key_{number}_active", f"Access key {number} exists and is active.", REPORT),
        moment(f"access_key_{number}_created_at", f"When access key {number} was made or last replaced.", REPORT),
        moment(f"access_key_{number}_last_used_at", f"When access key {number} last signed a request.", REPORT),
    )


def _held(whose: str) -> tuple[Column, ...]:
    return (
        document("attached_policies", f"ARNs of the managed policies attached to the {whose} itself.", DETAILS, []),
        document("inline_policies", f"Ids of the policies written into the {whose} itself.", DETAILS, []),
    )


USER = ResourceTable(
    name="aws_iam_user",
    title="IAM user",
    service="iam",
    listing=DETAILS,
    scope=GLOBAL,
    columns=(
        text("user_id", "Unique id (AIDA…).", DETAILS),
        text("path", "Path of the user.", DETAILS, "/"),
        moment("created_at", "When the user was made.", DETAILS),
        document("groups", "Names of the groups the user is in.", DETAILS, []),
        *_held("user"),
        document("policies", "Ids of every policy in force for the user: own and of the groups.", DETAILS),
        text("permissions_boundary", "ARN of the policy that caps the user's rights; empty when none.", DETAILS),
        document("tags", "Tags as an object.", DETAILS, {}),
        moment("credentials_as_of", "When AWS made the credential report; it makes one every four hours.", REPORT),
        flag("password_enabled", "The user has a console password.", REPORT),
        moment("password_last_used_at", "Last console sign-in with the password.", REPORT),
        moment("password_changed_at", "When the password was set.", REPORT),
        flag("mfa_active", "The user has an MFA device.", REPORT),
        *_key(1),
        *_key(2),
        flag("signing_certificate_active", "An X.509 signing certificate is active.", REPORT),
    ),
)

ROOT = ResourceTable(
    name="aws_iam_root_user",
    title="Root user",
    service="iam",
    listing=REPORT,
    scope=GLOBAL,
    columns=(
        moment("credentials_as_of", "When AWS made the credential report.", REPORT),
        moment("created_at", "When the account was opened.", REPORT),
        moment("password_last_used_at", "Last sign-in of the root user.", REPORT),
        flag("mfa_active", "The root user has an MFA device.", REPORT),
        *_key(1),
        *_key(2),
        flag("signing_certificate_active", "The root user has an active X.509 signing certificate.", REPORT),
    ),
)

GROUP = ResourceTable(
    name="aws_iam_group",
    title="IAM group",
    service="iam",
    listing=DETAILS,
    scope=GLOBAL,
    columns=(
        text("group_id", "Unique id (AGPA…).", DETAILS),
        text("path", "Path of the group.", DETAILS, "/"),
        moment("created_at", "When the group was made.", DETAILS),
        *_held("group"),
        document("policies", "Ids of every policy the group hands on.", DETAILS, []),
    ),
)

ROLE = ResourceTable(
    name="aws_iam_role",
    title="IAM role",
    service="iam",
    listing=DETAILS,
    scope=GLOBAL,
    columns=(
        text("role_id", "Unique id (AROA…).", DETAILS),
        text("path", "Path of the role.", DETAILS, "/"),
        flag("service_linked", "An AWS service owns the role; nobody else can change it.", DETAILS),
        moment("created_at", "When the role was made.", DETAILS),
        # A role without a readable trust policy is unheard of; reading its absence as "trusts nobody" would be a guess.
        document("trust_policy", "Who may assume the role, and when.", DETAILS),
        document("trusted_services", "Service principals that may assume the role.", DETAILS),
        document("trusted_principals", "Accounts, users, roles and identity providers that may assume it.", DETAILS),
        *_held("role"),
        document("policies", "Ids of every policy in force for the role.", DETAILS, []),
        text("permissions_boundary", "ARN of the policy that caps the role's rights; empty when none.", DETAILS),
        document("instance_profiles", "Names of the instance profiles that hold the role.", DETAILS, []),
        moment("last_used_at", "Last time it was used, within the 400 days AWS remembers.", DETAILS),
        text("last_used_region", "Region it was last used in.", DETAILS),
        document("tags", "Tags as an object.", DETAILS, {}),
    ),
)

POLICY = ResourceTable(
    name="aws_iam_policy",
    title="IAM policy",
    service="iam",
    listing=DETAILS,
    scope=GLOBAL,
    columns=(
        text("kind", "customer (managed), aws (managed), or inline.", DETAILS),
        text("path", "Path of a managed policy.", DETAILS),
        integer("attachments", "Users, groups and roles that hold it; 1 for an inline policy.", DETAILS),
        integer("boundary_uses", "Users and roles whose rights it caps.", DETAILS, 0),
        text("principal", "ARN of the user, group or role an inline policy is written into.", DETAILS),
        text("principal_kind", "user, group or role of an inline policy.", DETAILS),
        text("principal_name", "Name of that user, group or role.", DETAILS),
        text("policy_name", "Name of the policy alone.", DETAILS),
        text("default_version", "Version in force of a managed policy.", DETAILS),
        moment("updated_at", "When a managed policy last changed.", DETAILS),
        document("policy", "The policy in force.", DETAILS),
    ),
)

CERTIFICATE = ResourceTable(
    name="aws_iam_server_certificate",
    title="IAM server certificate",
    service="iam",
    listing=CERTIFICATES,
    scope=GLOBAL,
    columns=(
        text("certificate_id", "Unique id (ASCA…).", CERTIFICATES),
        text("path", "Path of the certificate; /cloudfront/ for distributions.", CERTIFICATES, "/"),
        moment("uploaded_at", "When it was uploaded.", CERTIFICATES),
        moment("expires_at", "When it expires.", CERTIFICATES),
    ),
)

SAML_PROVIDER = ResourceTable(
    name="aws_iam_saml_provider",
    title="SAML identity provider",
    service="iam",
    listing=SAML,
    scope=GLOBAL,
    columns=(
        moment("created_at", "When it was made.", SAML),
        moment("valid_until", "When its metadata expires.", SAML),
    ),
)
