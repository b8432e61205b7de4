from __future__ import annotations

import json
from typing import Any

import pytest

from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.aws_permissions import missing_permissions
from backend.credentials.aws_session import open_session
from backend.credentials.secret import Secret

READS = [
    "ec2:DescribeVolumes",
    "ec2:DescribeInstances",
    "iam:ListUsers",
    "iam:GetAccountPasswordPolicy",
    "s3:ListAllMyBuckets",
    "s3:GetEncryptionConfiguration",
    "s3:GetBucketPolicy",
    "rds:DescribeDBInstances",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeLoadBalancerPolicies",  # an operation of the classic ones only
    "lambda:GetPolicy",
    "nosuch:Thing",
]


def limited_user(emulator: Any, statements: list[dict[str, Any]]) -> Secret:
    iam = emulator.client("iam")
    iam.create_user(UserName="auditor")
    iam.put_user_policy(
        UserName="auditor",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}),
    )
    pair = iam.create_access_key(UserName="auditor")["AccessKey"]
    return AwsKeys(pair["AccessKeyId"], Secret(pair["SecretAccessKey"])).to_secret()


def test_tried_where_simulation_is_not_to_be_had(emulator: Any) -> None:
    emulator.client("s3").create_bucket(Bucket="one", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    some = ["ec2:DescribeVolumes", "s3:ListAllMyBuckets", "s3:GetBucketPolicy", "iam:GetAccountPasswordPolicy", "sts:*"]
    keys = limited_user(emulator, [{"Effect": "Allow", "Action": some, "Resource": "*"}])
    session = open_session(AwsIdentity("keys", endpoint_url=emulator.url, region="eu-west-1"), keys)
    emulator.enforce_iam()
    report = missing_permissions(session, [*READS, "ec2:DescribeVolumes"])
    assert report.method == "tried"
    assert set(report.allowed) == {p for p in some if p != "sts:*"}
    assert {m.permission for m in report.denied} == {
        "ec2:DescribeInstances",
        "iam:ListUsers",
        "s3:GetEncryptionConfiguration",
        "rds:DescribeDBInstances",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeLoadBalancerPolicies",
    }
    assert {m.permission for m in report.unchecked} == {"lambda:GetPolicy", "nosuch:Thing"}
    assert "iam:SimulatePrincipalPolicy is not allowed" in report.note
    assert report.sentence().startswith("4 permissions allowed, 6 denied, 2 could not be checked.")


def test_without_a_bucket_bucket_reads_are_unchecked_not_allowed(emulator: Any, keys: Secret) -> None:
    session = open_session(AwsIdentity("keys", endpoint_url=emulator.url, region="eu-west-1"), keys)
    report = missing_permissions(session, ["s3:GetBucketPolicy", "ec2:DescribeVolumes"])
    assert report.allowed == ("ec2:DescribeVolumes",)
    assert [(m.permission, "there is none" in m.reason) for m in report.unchecked] == [("s3:GetBucketPolicy", True)]
    assert "did not work" in report.note


def simulator(fake_aws: Any, denied: dict[str, str], page: int = 1000) -> None:
    """Answer iam:SimulatePrincipalPolicy as IAM does, `page` results at a time."""

    def answer(asked: dict[str, str]) -> tuple[int, str]:
        actions = [v for k, v in asked.items() if k.startswith("ActionNames.member.")]
        start = int(asked.get("Marker", "0"))
        allowed = "<EvalDecision>allowed</EvalDecision>"
        results = "".join(
            f"<member><EvalActionName>{a}</EvalActionName>{denied.get(a, allowed)}</member>"
            for a in actions[start : start + page]
            if denied.get(a) != "silent"
        )
        more = start + page < len(actions)
        rest = f"<IsTruncated>true</IsTruncated><Marker>{start + page}</Marker>" if more else ""
        inner = f"<EvaluationResults>{results}</EvaluationResults>{rest}"
        return 200, f"<R><SimulatePrincipalPolicyResult>{inner}</SimulatePrincipalPolicyResult></R>"

    fake_aws.answers["SimulatePrincipalPolicy"] = answer


def test_simulated_in_chunks_and_pages(fake_aws: Any, keys: Secret) -> None:
    implicit = "<EvalDecision>implicitDeny</EvalDecision>"
    denied = {
        "svc:Get1": implicit,
        "svc:Get2": "<EvalDecision>explicitDeny</EvalDecision>",
        "svc:Get3": implicit + "<OrganizationsDecisionDetail><AllowedByOrganizations>false</AllowedByOrganizations>"
        "</OrganizationsDecisionDetail>",
        "svc:Get4": implicit + "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false"
        "</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>",
        "svc:Get5": implicit + "<MissingContextValues><member>aws:SourceIp</member></MissingContextValues>",
        "svc:Get6": "silent",
    }
    simulator(fake_aws, denied, page=40)
    wanted = [f"svc:Get{n}" for n in range(250)]
    report = missing_permissions(open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys), wanted)
    assert report.method == "simulated"
    assert len(report.allowed) == 244
    assert [(m.permission, m.reason) for m in report.denied] == [
        ("svc:Get1", "no policy allows it"),
        ("svc:Get2", "explicitly denied by a policy"),
        ("svc:Get3", "denied by a policy of the organization"),
        ("svc:Get4", "outside the permissions boundary"),
        ("svc:Get5", "allowed only under a condition on aws:SourceIp"),
    ]
    assert [m.permission for m in report.unchecked] == ["svc:Get6"]
    calls = [a for a in fake_aws.asked if a["Action"] == "SimulatePrincipalPolicy"]
    assert max(sum(k.startswith("ActionNames") for k in a) for a in calls) == 100
    assert {a["PolicySourceArn"] for a in calls} == {"arn:aws:iam::123456789012:user/reader"}


@pytest.mark.parametrize("may_get_role", [True, False])
def test_a_role_session_is_simulated_as_its_role(fake_aws: Any, keys: Secret, may_get_role: bool) -> None:
    fake_aws.be("arn:aws:sts::123456789012:assumed-role/Audit/me@example.com")
    simulator(fake_aws, {})
    real = "arn:aws:iam::123456789012:role/with/path/Audit"
    if may_get_role:
        fake_aws.answers["GetRole"] = lambda _: (
            200,
            f"<R><GetRoleResult><Role><Arn>{real}</Arn></Role></GetRoleResult></R>",
        )
    else:
        fake_aws.fail("GetRole", "AccessDenied", "no")
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    assert missing_permissions(session, ["ec2:DescribeVolumes"]).allowed == ("ec2:DescribeVolumes",)
    asked = next(a for a in fake_aws.asked if a["Action"] == "SimulatePrincipalPolicy")
    assert asked["PolicySourceArn"] == (real if may_get_role else "arn:aws:iam::123456789012:role/Audit")


def test_root_needs_no_simulation_but_a_warning(fake_aws: Any, keys: Secret) -> None:
    fake_aws.be("arn:aws:iam::123456789012:root")
    report = missing_permissions(open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys), ["a:B"])
    assert (report.method, report.allowed) == ("root", ("a:B",))
    assert "read-only role" in report.note


def test_an_answer_that_comes_before_the_permission_proves_nothing(fake_aws: Any, keys: Secret) -> None:
    fake_aws.fail("SimulatePrincipalPolicy", "AccessDenied", "no")
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    for code, status, verdict in (
        ("ValidationError", 400, "unchecked"),
        ("InternalError", 500, "unchecked"),
        ("Strange", 403, "unchecked"),
        ("NoSuchEntity", 404, "allowed"),
        ("AccessDenied", 403, "denied"),
    ):
        fake_aws.fail("GetAccountPasswordPolicy", code, "x", status)
        report = missing_permissions(session, ["iam:GetAccountPasswordPolicy"])
        assert len(getattr(report, verdict)) == 1, code
