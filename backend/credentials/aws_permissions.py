"""What an identity may not read, found out before a scan.

Two ways. `iam:SimulatePrincipalPolicy` answers for every permission at once, where the identity may call it; it weighs
identity policies, boundaries and the organization's policies, but not policies of resources. Otherwise the listing
calls that need no argument are simply made once, and those on a bucket on the first bucket there is; what cannot be
tried is reported as unchecked, never as allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError
from botocore.model import OperationModel, OperationNotFoundError

from backend.credentials.aws_connection import CallerIdentity, test_connection
from backend.credentials.aws_errors import DENIED, SDK_ERRORS, THROTTLED, code_of, is_denied, said
from backend.credentials.aws_probes import BUCKET_PROBES, PROBES, SERVICES
from backend.credentials.aws_session import AwsSession

_CHUNK = 100
# Such answers are given before, or regardless of, the permission.
_BEFORE_WEIGHING = re.compile(r"Validation|Parameter|InvalidInput|InvalidAction|UnknownOperation|Serialization|OptIn")
_ASSUMED = re.compile(r"arn:(aws[\w-]*):sts::(\d{12}):assumed-role/([^/]+)/.*")


@dataclass(frozen=True)
class Missing:
    """A permission that is denied, or could not be checked, and why."""

    permission: str  # 'ec2:DescribeVolumes'
    reason: str


@dataclass(frozen=True)
class PermissionReport:
    """Each asked permission is in exactly one of the three lists, in the order asked."""

    method: Literal["simulated", "tried", "root"]
    allowed: tuple[str, ...]
    denied: tuple[Missing, ...]
    unchecked: tuple[Missing, ...]
    note: str  # one sentence on how it was found out, and why not better

    def sentence(self) -> str:
        """For a status line."""
        parts = [f"{len(self.allowed)} permissions allowed"]
        parts += [f"{len(self.denied)} denied"] if self.denied else []
        parts += [f"{len(self.unchecked)} could not be checked"] if self.unchecked else []
        return ", ".join(parts) + f". {self.note}"


def missing_permissions(
    session: AwsSession, permissions: Iterable[str], identity: CallerIdentity | None = None
) -> PermissionReport:
    """What `session` may not do of `permissions` (IAM actions). `UserError` when it cannot even sign in."""
    wanted = list(dict.fromkeys(permissions))
    identity = identity or test_connection(session)
    if identity.is_root:
        note = (
            "This is the account's root user, whom no policy of the account limits; scan with a read-only role instead."
        )
        return PermissionReport("root", tuple(wanted), (), (), note)
    try:
        principal = _principal(session, identity.arn)
        return _simulate(session, principal, wanted)
    except SDK_ERRORS as error:
        why = "is not allowed" if is_denied(error) else f"did not work ({type(error).__name__})"
        return _try(session, identity, wanted, f"Found out by trying calls, since iam:SimulatePrincipalPolicy {why}.")


def _principal(session: AwsSession, arn: str) -> str:
    """The ARN whose policies count: of the user, or of the role behind a session."""
    assumed = _ASSUMED.fullmatch(arn)
    if not assumed:
        return arn
    partition, account, name = assumed.groups()
    try:
        # A session's ARN leaves out the role's path, which the simulator needs.
        return str(session.client("iam", attempts=2).get_role(RoleName=name)["Role"]["Arn"])
    except SDK_ERRORS:
        return f"arn:{partition}:iam::{account}:role/{name}"


def _simulate(session: AwsSession, principal: str, wanted: list[str]) -> PermissionReport:
    pages = session.client("iam", attempts=2).get_paginator("simulate_principal_policy")
    decisions: dict[str, tuple[str, str]] = {}
    for start in range(0, len(wanted), _CHUNK):
        for page in pages.paginate(PolicySourceArn=principal, ActionNames=wanted[start : start + _CHUNK]):
            for result in page.get("EvaluationResults", []):
                decisions[result["EvalActionName"].lower()] = (result["EvalDecision"], _because(result))
    allowed: list[str] = []
    denied: list[Missing] = []
    unchecked: list[Missing] = []
    for permission in wanted:
        decision, reason = decisions.get(permission.lower(), ("", "the policy simulator did not answer for it"))
        if decision == "allowed":
            allowed.append(permission)
        else:
            (denied if decision else unchecked).append(Missing(permission, reason))
    note = "Simulated by IAM; policies of single resources are not part of it."
    return PermissionReport("simulated", tuple(allowed), tuple(denied), tuple(unchecked), note)


def _because(result: dict[str, Any]) -> str:
    if not result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations", True):
        return "denied by a policy of the organization"
    if not result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary", True):
        return "outside the permissions boundary"
    if result.get("EvalDecision") == "explicitDeny":
        return "explicitly denied by a policy"
    needs = ", ".join(result.get("MissingContextValues", []))
    return f"allowed only under a condition on {said(needs)}" if needs else "no policy allows it"


def _try(session: AwsSession, identity: CallerIdentity, wanted: list[str], note: str) -> PermissionReport:
    bucket, no_bucket = _first_bucket(session, wanted)
    with ThreadPoolExecutor(8, thread_name_prefix="permission") as pool:
        verdicts = list(pool.map(lambda p: _probe(session, identity, p, bucket, no_bucket), wanted))
    allowed = [p for p, (verdict, _) in zip(wanted, verdicts, strict=True) if verdict == "allowed"]
    denied = [Missing(p, why) for p, (verdict, why) in zip(wanted, verdicts, strict=True) if verdict == "denied"]
    unchecked = [Missing(p, why) for p, (verdict, why) in zip(wanted, verdicts, strict=True) if verdict == "unchecked"]
    return PermissionReport("tried", tuple(allowed), tuple(denied), tuple(unchecked), note)


def _first_bucket(session: AwsSession, wanted: list[str]) -> tuple[str, str]:
    """A bucket to try bucket reads on, or ('', why there is none)."""
    if not any(permission in BUCKET_PROBES for permission in wanted):
        return "", ""
    try:
        buckets = session.client("s3", attempts=2).list_buckets().get("Buckets", [])
    except SDK_ERRORS:
        return "", "needs a bucket to be tried on, and buckets cannot be listed"
    return (str(buckets[0]["Name"]), "") if buckets else ("", "needs a bucket to be tried on, and there is none")


def _probe(
    session: AwsSession, identity: CallerIdentity, permission: str, bucket: str, no_bucket: str
) -> tuple[Literal["allowed", "denied", "unchecked"], str]:
    if permission in BUCKET_PROBES and not bucket:
        return "unchecked", no_bucket
    found = next(_calls(session, permission), None)
    if found is None:
        return "unchecked", "no call without arguments shows it"
    client, operation = found
    values = {"Bucket": bucket, "AccountId": identity.account}
    arguments: dict[str, str | bool] = {name: values[name] for name in _required(operation)}
    if operation.input_shape and "DryRun" in operation.input_shape.members:
        arguments["DryRun"] = True  # EC2 weighs the permission and sends no list of a hundred thousand volumes
    try:
        _invoke(client, operation, arguments)
    except ClientError as error:
        code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in DENIED:
            return "denied", f"{operation.name} answered {said(code)}"
        if code in THROTTLED or status >= 500 or status == 403 or code.isdigit() or _BEFORE_WEIGHING.search(code):
            return "unchecked", f"{operation.name} answered {said(code)}"
        # Any other refusal (nothing configured, not subscribed) comes after the permission was weighed.
        return "allowed", ""
    except (*SDK_ERRORS, ValueError) as error:
        return "unchecked", f"{operation.name} did not work: {type(error).__name__}"
    return "allowed", ""


def _calls(session: AwsSession, permission: str) -> Iterator[tuple[Any, OperationModel]]:
    """Calls that need this permission and nothing we do not have: read calls without required argument."""
    prefix, _, action = permission.partition(":")
    if permission in BUCKET_PROBES:
        candidates = [("s3", BUCKET_PROBES[permission])]
    elif permission in PROBES:
        candidates = [PROBES[permission]]
    else:
        candidates = [(service, action) for service in SERVICES.get(prefix, (prefix,))]
    for service, name in candidates:
        if not name.startswith(("Get", "List", "Describe")):
            continue
        try:
            client = session.client(service, attempts=2)
            operation = client.meta.service_model.operation_model(name)
        except (BotoCoreError, OperationNotFoundError, ValueError):  # no such service, or not this operation (elbv2)
            continue
        if set(_required(operation)) <= {"Bucket", "AccountId"} and (
            service in ("s3", "s3control") or not _required(operation)
        ):
            yield client, operation


def _required(operation: OperationModel) -> list[str]:
    return list(operation.input_shape.required_members) if operation.input_shape else []


def _invoke(client: Any, operation: OperationModel, arguments: dict[str, str | bool]) -> None:
    from botocore import xform_name

    getattr(client, xform_name(operation.name))(**arguments)
