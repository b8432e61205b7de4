"""IAM: users, groups, roles and policies in one listing, certificates and identity providers in one call each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.services.iam_credential_report import (
    GENERATE,
    ROOT_USER,
    Report,
    credentials_of,
    fetch_report,
    read_report,
)
from backend.inventory.aws.services.iam_tables import (
    CERTIFICATE,
    CERTIFICATES,
    DETAILS,
    GROUP,
    POLICY,
    REPORT,
    ROLE,
    ROOT,
    SAML,
    SAML_PROVIDER,
    USER,
)
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import GLOBAL, Answer, Listing, Row, Scope, Service
from backend.inventory.outcome import CallFailed
from backend.inventory.table import NEVER, ResourceTable

_PAGE = 300  # entities a page; policies are long, and IAM cuts pages short by itself where they are too long


def _entities(api: Api, scope: Scope) -> Iterable[Answer | CallFailed]:
    """Pages of everything, each with the credential report and with what every group hands on to its users."""
    report = yield from fetch_report(api)
    groups: dict[str, list[str]] = {}
    for page in api.pages(DETAILS, GLOBAL, Filter=["Group"], MaxItems=_PAGE):
        groups.update(_by_group(page))
    for page in api.pages(DETAILS, GLOBAL, MaxItems=_PAGE):
        yield {**page, "Groups": groups, "Report": report}


def _by_group(page: Answer) -> dict[str, list[str]]:
    return {
        group["GroupName"]: _policies(group, "GroupPolicyList")
        for group in page.get("GroupDetailList", [])
        if group.get("GroupName") and group.get("Arn")
    }


def _rows(page: Answer, scope: Scope) -> Iterable[Row]:
    groups = page.get("Groups", _by_group(page))
    for user in page.get("UserDetailList", []):
        yield from _user(user, scope, groups, page.get("Report"))
    for group in page.get("GroupDetailList", []):
        yield from _group(group, scope)
    for role in page.get("RoleDetailList", []):
        yield from _role(role, scope)
    for policy in page.get("Policies", []):
        yield from _managed(policy, scope)


def _row(table: ResourceTable, entity: Mapping[str, Any], kind: str, scope: Scope) -> Row | None:
    arn = entity.get("Arn")
    if not arn:
        return None
    name = entity.get(f"{kind}Name") or str(arn).rsplit("/", 1)[-1]
    return Row(table, arn, scope.account, GLOBAL, name)


def _user(
    user: Mapping[str, Any], scope: Scope, groups: Mapping[str, list[str]], report: Report | None
) -> Iterable[Row]:
    row = _row(USER, user, "User", scope)
    if row is None:
        return
    memberships = user.get("GroupList", [])
    through = [groups.get(name) for name in memberships]
    own = _policies(user, "UserPolicyList")
    row.fill(
        DETAILS,
        {
            "user_id": user.get("UserId"),
            "path": user.get("Path"),
            "created_at": _epoch(user.get("CreateDate")),
            "groups": memberships,
            "attached_policies": _attached(user),
            "inline_policies": _inline_ids(user, "UserPolicyList"),
            # A group that came into being between two pages: what it hands on is unknown, not nothing.
            "policies": None if None in through else _once(own, *(one or [] for one in through)),
            "permissions_boundary": _boundary(user),
            "tags": tags_of(user.get("Tags")),
        },
        user,
    )
    credentials = credentials_of(report, row.name) if report else None
    if credentials is not None:
        row.fill(REPORT, credentials)
    yield row
    yield from _inline(row, user, "user", "UserPolicyList")


def _group(group: Mapping[str, Any], scope: Scope) -> Iterable[Row]:
    row = _row(GROUP, group, "Group", scope)
    if row is None:
        return
    row.fill(
        DETAILS,
        {
            "group_id": group.get("GroupId"),
            "path": group.get("Path"),
            "created_at": _epoch(group.get("CreateDate")),
            "attached_policies": _attached(group),
            "inline_policies": _inline_ids(group, "GroupPolicyList"),
            "policies": _policies(group, "GroupPolicyList"),
        },
        group,
    )
    yield row
    yield from _inline(row, group, "group", "GroupPolicyList")


def _role(role: Mapping[str, Any], scope: Scope) -> Iterable[Row]:
    row = _row(ROLE, role, "Role", scope)
    if row is None:
        return
    trust = role.get("AssumeRolePolicyDocument")
    used = role.get("RoleLastUsed")
    last = None if used is None else (_epoch(used.get("LastUsedDate")) or -NEVER)
    row.fill(
        DETAILS,
        {
            "role_id": role.get("RoleId"),
            "path": role.get("Path"),
            "service_linked": ":role/aws-service-role/" in row.uid,
            "created_at": _epoch(role.get("CreateDate")),
            "trust_policy": trust,
            "trusted_services": _trusted(trust, "Service"),
            "trusted_principals": _trusted(trust, "AWS", "Federated", "CanonicalUser"),
            "attached_policies": _attached(role),
            "inline_policies": _inline_ids(role, "RolePolicyList"),
            "policies": _policies(role, "RolePolicyList"),
            "permissions_boundary": _boundary(role),
            "instance_profiles": [
                one["InstanceProfileName"]
                for one in role.get("InstanceProfileList", [])
                if one.get("InstanceProfileName")
            ],
            "last_used_at": last,
            "last_used_region": (used or {}).get("Region"),
            "tags": tags_of(role.get("Tags")),
        },
        role,
    )
    yield row
    yield from _inline(row, role, "role", "RolePolicyList")


def _managed(policy: Mapping[str, Any], scope: Scope) -> Iterable[Row]:
    """A managed policy. AWS offers well over a thousand: of those only the ones in use here are kept."""
    row = _row(POLICY, policy, "Policy", scope)
    if row is None:
        return
    of_aws = ":iam::aws:policy/" in row.uid
    attachments, boundaries = policy.get("AttachmentCount"), policy.get("PermissionsBoundaryUsageCount")
    if of_aws and attachments == 0 and not boundaries:
        return
    default = policy.get("DefaultVersionId")
    in_force = [
        version.get("Document")
        for version in policy.get("PolicyVersionList", [])
        if version.get("IsDefaultVersion") or (default and version.get("VersionId") == default)
    ]
    row.fill(
        DETAILS,
        {
            "kind": "aws" if of_aws else "customer",
            "path": policy.get("Path"),
            "attachments": attachments,
            "boundary_uses": boundaries,
            "policy_name": row.name,
            "default_version": default,
            "updated_at": _epoch(policy.get("UpdateDate")),
            "policy": in_force[0] if in_force else None,
        },
        policy,
    )
    yield row


def _inline(owner: Row, entity: Mapping[str, Any], kind: str, member: str) -> Iterable[Row]:
    for policy in entity.get(member, []):
        name = policy.get("PolicyName")
        if not name:
            continue
        row = Row(POLICY, _inline_id(owner.uid, name), owner.account, GLOBAL, f"{owner.name}/{name}")
        row.fill(
            DETAILS,
            {
                "kind": "inline",
                "attachments": 1,
                "principal": owner.uid,
                "principal_kind": kind,
                "principal_name": owner.name,
                "policy_name": name,
                "policy": policy.get("PolicyDocument"),
            },
            policy,
        )
        yield row


def _inline_id(arn: str, name: str) -> str:
    """AWS gives inline policies no ARN; '#' cannot stand in a name, so this is nobody else's."""
    return f"{arn}#{name}"


def _inline_ids(entity: Mapping[str, Any], member: str) -> list[str]:
    arn = entity.get("Arn", "")
    return [_inline_id(arn, one["PolicyName"]) for one in entity.get(member, []) if one.get("PolicyName")]


def _attached(entity: Mapping[str, Any]) -> list[str]:
    return [one["PolicyArn"] for one in entity.get("AttachedManagedPolicies", []) if one.get("PolicyArn")]


def _policies(entity: Mapping[str, Any], member: str) -> list[str]:
    return _once(_attached(entity), _inline_ids(entity, member))


def _once(*lists: list[str]) -> list[str]:
    return list(dict.fromkeys(one for many in lists for one in many))


def _boundary(entity: Mapping[str, Any]) -> str | None:
    boundary: Mapping[str, str] = entity.get("PermissionsBoundary", {})
    return boundary.get("PermissionsBoundaryArn")


def _trusted(trust: Any, *kinds: str) -> list[str] | None:
    """Principals of these kinds in the Allows of a trust policy, sorted; None when it cannot be read."""
    if not isinstance(trust, Mapping):
        return None
    statements = trust.get("Statement", [])
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, Mapping) or statement.get("Effect") != "Allow":
            continue
        principal = statement.get("Principal", "*" if "NotPrincipal" in statement else {})
        named = principal if isinstance(principal, Mapping) else {"AWS": principal}
        for kind in kinds:
            names = named.get(kind, [])
            found.update(map(str, names if isinstance(names, list) else [names]))
    return sorted(found)


def _epoch(moment: Any) -> float | None:
    return moment.timestamp() if moment else None


def _report(api: Api, scope: Scope) -> Iterable[Answer | CallFailed]:
    failed: CallFailed | None = None
    asking = fetch_report(api)
    while True:
        try:
            one = next(asking)
        except StopIteration as end:
            if end.value is None and failed is not None:
                raise failed from None
            yield {"Report": end.value}
            return
        if one.operation == REPORT:
            failed = one
        else:
            yield one


def _root(page: Answer, scope: Scope) -> Iterable[Row]:
    """The root user, whose line only this report has. Without that line all is unknown, but the row is there."""
    report = page.get("Report") or (read_report(page) if "Content" in page else None)
    if report is None:
        return
    row = Row(ROOT, scope.arn("iam", "root", region=""), scope.account, GLOBAL, "root")
    found = credentials_of(report, ROOT_USER) or {"credentials_as_of": report.made_at}
    row.fill(REPORT, found, report.lines.get(ROOT_USER))
    yield row


def _certificates(page: Answer, scope: Scope) -> Iterable[Row]:
    for certificate in page.get("ServerCertificateMetadataList", []):
        row = _row(CERTIFICATE, certificate, "ServerCertificate", scope)
        if row is None:
            continue
        row.fill(
            CERTIFICATES,
            {
                "certificate_id": certificate.get("ServerCertificateId"),
                "path": certificate.get("Path"),
                "uploaded_at": _epoch(certificate.get("UploadDate")),
                "expires_at": _epoch(certificate.get("Expiration")),
            },
            certificate,
        )
        yield row


def _saml(page: Answer, scope: Scope) -> Iterable[Row]:
    for provider in page.get("SAMLProviderList", []):
        row = _row(SAML_PROVIDER, provider, "SAMLProvider", scope)
        if row is None:
            continue
        found = {
            "created_at": _epoch(provider.get("CreateDate")),
            "valid_until": _epoch(provider.get("ValidUntil")),
        }
        row.fill(SAML, found, provider)
        yield row


SERVICE = Service(
    name="iam",
    title="IAM",
    tables=(USER, GROUP, ROLE, POLICY, ROOT, CERTIFICATE, SAML_PROVIDER),
    listings=(
        Listing(
            DETAILS,
            (USER, GROUP, ROLE, POLICY),
            _rows,
            region=GLOBAL,
            fetch=_entities,
            also=(GENERATE, REPORT),
        ),
        Listing(REPORT, (ROOT,), _root, region=GLOBAL, fetch=_report, also=(GENERATE,)),
        Listing(CERTIFICATES, (CERTIFICATE,), _certificates, region=GLOBAL),
        Listing(SAML, (SAML_PROVIDER,), _saml, region=GLOBAL),
    ),
)
