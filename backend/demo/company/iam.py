"""People, roles and policies: groups for most, MFA for most, and what a growing shop leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

_ACCOUNT = "123456789012"
_AWS = "arn:aws:iam::aws:policy"
_OWN = f"arn:aws:iam::{_ACCOUNT}:policy"
_GITHUB = f"arn:aws:iam::{_ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
_ANALYTICS_VENDOR = "arn:aws:iam::210987654321:root"

# group -> AWS managed policies
_GROUPS = {
    "administrators": ["AdministratorAccess"],
    "engineers": ["ReadOnlyAccess"],
    "data": ["AmazonAthenaFullAccess"],
    "support": ["ReadOnlyAccess"],
    "finance": ["job-function/Billing"],
    "auditors": ["SecurityAudit"],
}
# user -> (groups, has MFA)
_PEOPLE: dict[str, tuple[tuple[str, ...], bool]] = {
    "ada.marlowe": (("administrators",), True),
    "silas.finch": (("administrators",), True),
    "ines.calder": (("administrators", "engineers"), False),
    "theo.brandt": (("engineers",), True),
    "mira.okafor": (("engineers",), True),
    "jonas.lind": (("engineers",), True),
    "priya.nair": (("engineers", "data"), True),
    "tomas.vega": (("engineers",), False),
    "ruth.adeyemi": (("data",), True),
    "oskar.weiss": (("data",), True),
    "lena.fischer": (("support",), True),
    "paul.dupont": (("support",), False),
    "grace.hollis": (("finance",), True),
    "external.auditor": (("auditors",), True),
}
_MACHINES = ("svc-warehouse-sync", "svc-ci-legacy", "svc-newsletter", "svc-print-partner")


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Fill IAM."""
    iam = aws("iam", regions[0])
    _policies(iam)
    _groups(iam)
    _people(iam)
    _machines(iam)
    _roles(iam)
    _federation(iam)


def _policies(iam: Any) -> None:
    documents = {
        "mf-order-service": _allow(["dynamodb:GetItem", "dynamodb:PutItem"], "arn:aws:dynamodb:*:*:table/mf-orders"),
        "mf-catalogue-read": _allow(["s3:GetObject"], "arn:aws:s3:::mf-catalogue-images/*"),
        "mf-invoice-archive": _allow(["s3:PutObject"], "arn:aws:s3:::mf-prod-invoices/*"),
        "mf-stock-queues": _allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], "arn:aws:sqs:*:*:mf-prod-*"),
        "mf-platform-all": _allow(["*"], "*"),
        "mf-old-break-glass": _allow(["*"], "*"),
        "mf-deploy-functions": _allow(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"], "*"),
        "mf-pass-any-role": _allow(["iam:PassRole"], "*"),
        "mf-run-instances": _allow(["ec2:RunInstances", "ec2:Describe*"], "*"),
        "mf-key-operators": _allow(["kms:*"], "*"),
        "mf-trail-operators": _allow(["cloudtrail:*"], "*"),
        "mf-boundary-developers": _allow(["s3:*", "dynamodb:*", "sqs:*", "logs:*"], "*"),
    }
    for name, document in documents.items():
        iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document), Description="Marlowe & Finch")


def _groups(iam: Any) -> None:
    for name, policies in _GROUPS.items():
        iam.create_group(GroupName=name)
        for policy in policies:
            iam.attach_group_policy(GroupName=name, PolicyArn=f"{_AWS}/{policy}")
    iam.attach_group_policy(GroupName="engineers", PolicyArn=f"{_OWN}/mf-run-instances")
    iam.attach_group_policy(GroupName="data", PolicyArn=f"{_OWN}/mf-catalogue-read")


def _people(iam: Any) -> None:
    for name, (groups, has_mfa) in _PEOPLE.items():
        owner = f"{name}@marlowe-finch.example"
        iam.create_user(UserName=name, Tags=[{"Key": "Owner", "Value": owner}])
        iam.create_login_profile(UserName=name, Password="Kept-by-nobody-4471!", PasswordResetRequired=True)  # noqa: S106
        for group in groups:
            iam.add_user_to_group(GroupName=group, UserName=name)
        if has_mfa:
            device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
            iam.enable_mfa_device(
                UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
            )
    for name in ("theo.brandt", "tomas.vega"):  # made in the console's wizard, key and password in one go
        iam.create_access_key(UserName=name)
    # Half of a way to more rights lies in the group, half on the user: no review of single policies sees it.
    iam.attach_user_policy(UserName="jonas.lind", PolicyArn=f"{_OWN}/mf-pass-any-role")


def _machines(iam: Any) -> None:
    for name in _MACHINES:
        iam.create_user(UserName=name, Path="/machines/", Tags=[{"Key": "Environment", "Value": "production"}])
        iam.create_access_key(UserName=name)
    iam.create_access_key(UserName="svc-ci-legacy")
    iam.attach_user_policy(UserName="svc-ci-legacy", PolicyArn=f"{_AWS}/AdministratorAccess")
    iam.attach_user_policy(UserName="svc-warehouse-sync", PolicyArn=f"{_OWN}/mf-stock-queues")
    iam.put_user_policy(
        UserName="svc-newsletter",
        PolicyName="send-mail",
        PolicyDocument=json.dumps(_allow(["ses:SendEmail"], "arn:aws:ses:eu-west-1:123456789012:identity/*")),
    )
    iam.put_user_policy(
        UserName="svc-print-partner",
        PolicyName="until-we-know-what-it-needs",
        PolicyDocument=json.dumps(_allow(["iam:CreateAccessKey", "iam:AttachUserPolicy"], "*")),
    )


def _roles(iam: Any) -> None:
    ours = {"StringEquals": {"aws:SourceAccount": _ACCOUNT}}
    roles: list[tuple[str, dict[str, Any], list[str]]] = [
        ("mf-prod-orders", _service("ecs-tasks", ours), [f"{_OWN}/mf-order-service"]),
        ("mf-prod-catalogue", _service("ecs-tasks", ours), [f"{_OWN}/mf-catalogue-read"]),
        ("mf-prod-invoices", _service("lambda"), [f"{_OWN}/mf-invoice-archive"]),
        ("mf-prod-stock", _service("ecs-tasks"), [f"{_OWN}/mf-stock-queues"]),
        ("mf-web", _service("ec2"), [f"{_AWS}/AmazonSSMManagedInstanceCore"]),
        ("mf-jumphost", _service("ec2"), [f"{_OWN}/mf-platform-all"]),
        ("mf-build-runner", _service("ec2"), [f"{_OWN}/mf-pass-any-role", f"{_OWN}/mf-run-instances"]),
        ("mf-deploy", _github({"StringEquals": {"token.actions.githubusercontent.com:sub": _BRANCH}}),
         [f"{_OWN}/mf-deploy-functions"]),
        ("mf-hackathon-deploy", _github({"StringEquals": {"token.actions.githubusercontent.com:aud": _STS}}),
         [f"{_OWN}/mf-catalogue-read"]),
        ("mf-cloudtrail-to-logs", _service("cloudtrail", ours), []),
        ("mf-config", _service("config"), [f"{_AWS}/service-role/AWS_ConfigRole"]),
        ("mf-backup", _service("backup", ours), [f"{_AWS}/service-role/AWSBackupServiceRolePolicyForBackup"]),
        ("mf-brightlens-analytics", _account(_ANALYTICS_VENDOR, {"StringEquals": {"sts:ExternalId": "mf-7f3a91"}}),
         [f"{_OWN}/mf-catalogue-read"]),
        ("mf-old-agency", _account("arn:aws:iam::345678901234:root"), [f"{_OWN}/mf-catalogue-read"]),
        ("mf-incident-response", _account(f"arn:aws:iam::{_ACCOUNT}:root", _MFA), [f"{_AWS}/AWSSupportAccess"]),
        ("mf-key-administration", _account(f"arn:aws:iam::{_ACCOUNT}:root", _MFA), [f"{_OWN}/mf-key-operators"]),
        ("mf-audit-administration", _account(f"arn:aws:iam::{_ACCOUNT}:root", _MFA), [f"{_OWN}/mf-trail-operators"]),
        ("mf-shared-preview", _account("*"), [f"{_AWS}/AWSCloudShellFullAccess"]),
    ]  # fmt: skip
    for name, trust, policies in roles:
        environment = "production" if "prod" in name else "shared"
        iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=json.dumps(trust),
            Tags=[{"Key": "Environment", "Value": environment}],
        )
        for policy in policies:
            iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    iam.put_role_policy(
        RoleName="mf-cloudtrail-to-logs",
        PolicyName="write-the-log-group",
        PolicyDocument=json.dumps(
            _allow(
                ["logs:CreateLogStream", "logs:PutLogEvents"], f"arn:aws:logs:*:{_ACCOUNT}:log-group:mf-cloudtrail:*"
            )
        ),
    )
    iam.put_role_policy(
        RoleName="mf-config", PolicyName="fix-permissions-later", PolicyDocument=json.dumps(_allow(["*"], "*"))
    )
    iam.put_role_permissions_boundary(RoleName="mf-deploy", PermissionsBoundary=f"{_OWN}/mf-boundary-developers")
    for name in ("mf-web", "mf-jumphost"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")


def _federation(iam: Any) -> None:
    iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ThumbprintList=["0" * 40], ClientIDList=[_STS]
    )
    iam.create_saml_provider(Name="mf-entra-id", SAMLMetadataDocument="<EntityDescriptor/>" + " " * 1000)
    iam.upload_server_certificate(
        ServerCertificateName="shop.marlowe-finch.example-2011", CertificateBody="retired", PrivateKey="retired"
    )


_STS = "sts.amazonaws.com"
_BRANCH = "repo:marlowe-finch/shop:ref:refs/heads/main"
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def _allow(actions: list[str], resource: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": resource}]}


def _service(name: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return _trust({"Service": f"{name}.amazonaws.com"}, "sts:AssumeRole", condition)


def _account(arn: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return _trust({"AWS": arn}, "sts:AssumeRole", condition)


def _github(condition: Mapping[str, Any]) -> dict[str, Any]:
    return _trust({"Federated": _GITHUB}, "sts:AssumeRoleWithWebIdentity", condition)


def _trust(principal: Mapping[str, Any], action: str, condition: Mapping[str, Any] | None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}
