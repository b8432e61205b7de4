# ruff: noqa: E501 - a case of a table stays on one line
from __future__ import annotations

import json
from collections.abc import Callable

import pytest

Ask = Callable[..., object]
OWN, FOREIGN = "123456789012", "210987654321"


def identity(*statements: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: object = "*", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: object, resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


ALL_BUT = {"Effect": "Allow", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow()], 1),
        ([allow("*:*")], 1),
        ([allow(["s3:Get*", "*"])], 1),
        ([allow("**")], 1),
        ([allow("iam:*")], 0),
        ([allow("*", "arn:aws:s3:::*")], 0),
        ([allow("*", "arn:aws:*")], 1),
        ([allow("*", "arn:aws-cn:*")], 1),
        ([allow("*", ["arn:aws:s3:::b", "*"])], 1),
        ([allow("*", "arn:aws:iam::*:*")], 0),
        ([allow(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], 0),
        ([allow(Condition={"StringLike": {"aws:PrincipalArn": "*"}})], 1),
        ([{**ALL_BUT, "NotAction": "iam:*"}], 0),
        ([{**ALL_BUT, "NotAction": ["iam:*", "organizations:*"]}, allow(["iam:*", "organizations:*"])], 1),
        ([{**ALL_BUT, "NotAction": "aws-portal:*"}], 1),
        ([{**ALL_BUT, "NotAction": "iam:DeleteUser"}], 0),
        ([{**ALL_BUT, "NotAction": []}], 1),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::secret/*"}], 1),
        ([{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:iam::*:*"}], 0),
        ([allow(), deny("*")], 0),
        ([allow(), deny("*", "arn:aws:s3:::b")], 1),
        ([allow(), deny("iam:*")], 1),
        ([allow(), deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})], 1),
    ],
)
def test_admin(ask: Ask, statements: list[dict[str, object]], expected: object) -> None:
    assert ask("policy_grants_admin", identity(*statements)) == expected


@pytest.mark.parametrize(
    ("statements", "service", "expected"),
    [
        ([allow("iam:*")], "iam", 1),
        ([allow("IAM:*")], "iam", 1),
        ([allow()], "iam", 1),
        ([allow("iam:*", "arn:aws:iam::*:*")], "iam", 1),
        ([allow("iam:*", "arn:aws:iam::123456789012:user/x")], "iam", 0),
        ([allow("s3:*", "arn:aws:s3:::*")], "s3", 1),
        ([allow("s3:*", "arn:aws:s3:::b/*")], "s3", 0),
        ([allow("ec2:*", "arn:aws:ec2:*:*:*")], "ec2", 1),
        ([allow("ec2:*", "arn:aws:ec2:eu-west-1:*:*")], "ec2", 0),
        ([allow("cloudshell:*")], "cloudshell", 1),
        ([allow("iam:Get*")], "iam", 0),
        ([{**ALL_BUT, "NotAction": "s3:*"}], "iam", 1),
        ([{**ALL_BUT, "NotAction": "iam:Get*"}], "iam", 0),
        ([allow("iam:*"), deny("iam:*")], "iam", 0),
        ([allow("iam:*"), deny("*")], "iam", 0),
        ([allow("iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], "iam", 0),
        ([allow()], "i am", None),
    ],
)
def test_service_admin(ask: Ask, statements: list[dict[str, object]], service: str, expected: object) -> None:
    assert ask("policy_grants_service_admin", identity(*statements), service) == expected


@pytest.mark.parametrize(
    ("statements", "action", "expected"),
    [
        ([allow("kms:Decrypt")], "kms:Decrypt", 1),
        ([allow("kms:*")], "kms:decrypt", 1),
        ([allow("kms:De*")], "kms:Decrypt", 1),
        ([allow("kms:Decrypt")], "kms:Encrypt", 0),
        ([allow("kms:Decrypt"), deny("kms:*")], "kms:Decrypt", 0),
        ([allow("kms:Decrypt"), deny("kms:*", "arn:aws:kms:*:*:key/a")], "kms:Decrypt", 1),
        ([allow("kms:Decrypt", "arn:aws:kms:eu-west-1:1:key/a"), deny("kms:*", "arn:aws:kms:*:*:key/a")], "kms:Decrypt", 0),
        ([allow("kms:Decrypt"), deny("kms:*", Condition={"Bool": {"x": "y"}})], "kms:Decrypt", 1),
        ([allow("kms:Decrypt"), deny("kms:*", Principal={"AWS": OWN})], "kms:Decrypt", 1),
        ([{**ALL_BUT, "NotAction": "kms:*"}], "kms:Decrypt", 0),
        ([{**ALL_BUT, "NotAction": "s3:*"}, deny("kms:Decrypt")], "kms:Decrypt", 0),
    ],
)  # fmt: skip
def test_actions(ask: Ask, statements: list[dict[str, object]], action: str, expected: object) -> None:
    assert ask("policy_allows_action", identity(*statements), action) == expected


PASS = allow("iam:PassRole")


@pytest.mark.parametrize(
    ("statements", "paths"),
    [
        ([allow("iam:CreatePolicyVersion")], ["iam:CreatePolicyVersion"]),
        ([allow("iam:SetDefaultPolicyVersion")], ["iam:SetDefaultPolicyVersion"]),
        ([allow("iam:attachuserpolicy")], ["iam:AttachUserPolicy"]),
        ([PASS], []),
        ([allow("ec2:RunInstances")], []),
        ([PASS, allow("ec2:RunInstances")], ["iam:PassRole + ec2:RunInstances"]),
        ([PASS, allow("lambda:CreateFunction")], []),
        ([PASS, allow(["lambda:CreateFunction", "lambda:InvokeFunction"])],
         ["iam:PassRole + lambda:CreateFunction + lambda:InvokeFunction"]),
        ([PASS, allow(["lambda:CreateFunction", "lambda:AddPermission"])],
         ["iam:PassRole + lambda:CreateFunction + lambda:AddPermission"]),
        ([PASS, allow("cloudformation:CreateStack")], ["iam:PassRole + cloudformation:CreateStack"]),
        ([allow("iam:PassRole", "arn:aws:iam::123456789012:role/one"), allow("ec2:RunInstances")], []),
        ([allow("iam:PassRole", "arn:aws:iam::*:role/one"), allow("ec2:RunInstances")], []),
        ([allow("iam:PassRole", "arn:aws:iam::123456789012:role/*"), allow("ec2:RunInstances")],
         ["iam:PassRole + ec2:RunInstances"]),
        ([allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
          allow("ec2:RunInstances")], []),
        ([allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
          allow("ec2:RunInstances")], ["iam:PassRole + ec2:RunInstances"]),
        ([allow("iam:PassRole", Condition={"StringLike": {"iam:PassedToService": "*"}}), allow("ec2:RunInstances")],
         ["iam:PassRole + ec2:RunInstances"]),
        ([allow(["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"], "arn:aws:iam::1:role/x")],
         ["iam:UpdateAssumeRolePolicy + sts:AssumeRole"]),
        ([allow("sts:AssumeRole")], ["sts:AssumeRole"]),
        ([allow("sts:AssumeRole", "arn:aws:iam::123456789012:role/deploy")], []),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/${aws:username}")], []),
        ([allow("iam:CreateAccessKey", "arn:aws:iam::*:user/*")], ["iam:CreateAccessKey"]),
        ([allow("lambda:UpdateFunctionCode")], ["lambda:UpdateFunctionCode"]),
        ([allow("iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/ReadOnlyAccess"}})], []),
        ([allow("iam:AttachRolePolicy", Condition={"ArnLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/*"}})],
         ["iam:AttachRolePolicy"]),
        ([allow("iam:PutRolePolicy", Condition={"StringEquals": {"iam:PermissionsBoundary": "arn:aws:iam::1:policy/b"}})], []),
        ([allow("iam:PutRolePolicy"), deny("iam:*")], []),
        ([allow("iam:PutRolePolicy"), deny("iam:Put*", "arn:aws:iam::1:role/x")], ["iam:PutRolePolicy"]),
        ([allow(["s3:*", "ec2:Describe*", "iam:Get*", "iam:List*"])], []),
    ],
)  # fmt: skip
def test_privilege_escalation(ask: Ask, statements: list[dict[str, object]], paths: list[str]) -> None:
    assert json.loads(str(ask("policy_escalation_paths", identity(*statements)))) == paths
    assert ask("policy_allows_privilege_escalation", identity(*statements)) == int(bool(paths))


def test_policies_of_one_principal_are_judged_together(ask: Ask) -> None:
    both = json.dumps([json.loads(identity(PASS)), identity(allow("ec2:RunInstances"))])
    assert ask("policy_escalation_paths", both) == '["iam:PassRole + ec2:RunInstances"]'


def resource(principal: object, **more: object) -> str:
    return identity({"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": "*", **more})


@pytest.mark.parametrize(
    ("policy", "accounts"),
    [
        (resource({"AWS": f"arn:aws:iam::{OWN}:root"}), []),
        (resource({"AWS": OWN}), []),
        (resource({"AWS": f"arn:aws:iam::{FOREIGN}:role/x"}), [FOREIGN]),
        (resource({"AWS": [OWN, FOREIGN]}), [FOREIGN]),
        (resource({"AWS": "AROAEXAMPLEIDEXAMPLE"}), []),
        (resource({"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"}), []),
        (resource({"Service": "sns.amazonaws.com"}), []),
        (resource("*"), ["*"]),
        (resource("*", Condition={"StringEquals": {"aws:SourceAccount": OWN}}), []),
        (resource("*", Condition={"StringEquals": {"aws:SourceAccount": [OWN, FOREIGN]}}), [FOREIGN]),
        (resource("*", Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{FOREIGN}:*"}}), [FOREIGN]),
        (resource("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}), []),
        (resource({"AWS": FOREIGN}, Condition={"StringEquals": {"aws:PrincipalAccount": OWN}}), []),
        (resource({"AWS": FOREIGN}, Condition={"StringEquals": {"sts:ExternalId": "x"}}), [FOREIGN]),
        (identity({"Effect": "Allow", "NotPrincipal": {"AWS": OWN}, "Action": "*", "Resource": "*"}), ["*"]),
        ("", []),
        (resource({"CanonicalUser": "79a59df9"}), None),
        (resource({"CanonicalUser": "79a59df9", "AWS": FOREIGN}), [FOREIGN]),
    ],
)  # fmt: skip
def test_foreign_accounts(ask: Ask, policy: str, accounts: list[str] | None) -> None:
    listed = ask("policy_external_accounts", policy, OWN)
    assert (None if listed is None else json.loads(str(listed))) == accounts
    assert ask("policy_allows_external_account", policy, OWN) == (None if accounts is None else int(bool(accounts)))


def test_own_accounts_may_be_several(ask: Ask) -> None:
    policy = resource({"AWS": FOREIGN})
    assert ask("policy_allows_external_account", policy, json.dumps([OWN, FOREIGN])) == 0
    assert ask("policy_allows_external_account", policy, "me") is None
    assert ask("policy_allows_external_account", policy, "[]") is None


def http(**more: object) -> dict[str, object]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        **more,
    }


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([http()], 1),
        ([http(Principal={"AWS": "*"})], 1),
        ([http(Action="*")], 1),
        ([http(Action=["s3:GetObject", "s3:PutObject"])], 0),
        ([http(Resource="*")], 1),
        ([http(Resource="arn:aws:s3:::b*")], 1),
        ([http(Resource="arn:aws:s3:::b/*")], 0),
        ([http(Resource="arn:aws:s3:::b")], 0),
        ([http(Resource="arn:aws:s3:::b"), http(Resource="arn:aws:s3:::b/*")], 1),
        ([http(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"])], 0),
        ([http(Condition={"Bool": {"aws:SecureTransport": False}})], 1),
        ([http(Condition={"BoolIfExists": {"AWS:securetransport": ["false"]}})], 1),
        ([http(Condition={"Bool": {"aws:SecureTransport": "true"}})], 0),
        ([http(Condition={"StringNotEquals": {"aws:SecureTransport": "true"}})], 1),
        ([http(Condition={"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})], 0),
        ([http(Condition={"NumericLessThan": {"s3:TlsVersion": 1.2}})], 0),
        ([http(Effect="Allow")], 0),
        ([http(Principal={"AWS": OWN})], 0),
        ([http(Condition={})], 0),
    ],
)
def test_insecure_transport(ask: Ask, statements: list[dict[str, object]], expected: object) -> None:
    assert ask("policy_denies_insecure_transport", identity(*statements), "b") == expected
    assert ask("policy_denies_insecure_transport", identity(*statements), "arn:aws:s3:::b") == expected


def test_insecure_transport_of_other_services(ask: Ask) -> None:
    topic, queue = "arn:aws:sns:eu-west-1:1:t", "arn:aws:sqs:eu-west-1:1:q"
    assert ask("policy_denies_insecure_transport", identity(http(Action="sns:Publish", Resource=topic)), topic) == 1
    assert ask("policy_denies_insecure_transport", identity(http(Action="sqs:*", Resource=queue)), queue) == 1
    assert ask("policy_denies_insecure_transport", identity(http(Action="sqs:Send*", Resource=queue)), queue) == 0
    assert ask("policy_denies_insecure_transport", "", "b") == 0
    assert ask("policy_denies_insecure_transport", "", "arn:nonsense") is None


def trust(principal: object, condition: object = None) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return identity(statement if condition is None else {**statement, "Condition": condition})


@pytest.mark.parametrize(
    ("policy", "services"),
    [
        (trust({"Service": "ec2.amazonaws.com"}), []),
        (trust({"Service": "lambda.amazonaws.com"}), []),
        (trust({"Service": "states.amazonaws.com"}), ["states.amazonaws.com"]),
        (trust({"Service": "states.eu-west-1.amazonaws.com"}), ["states.eu-west-1.amazonaws.com"]),
        (trust({"Service": ["lambda.amazonaws.com", "glue.amazonaws.com"]}), ["glue.amazonaws.com"]),
        (trust({"Service": "glue.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": OWN}}), []),
        (trust({"Service": "glue.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": f"arn:aws:glue:*:{OWN}:*"}}), []),
        (trust({"Service": "glue.amazonaws.com"}, {"ArnLike": {"aws:SourceArn": "arn:aws:glue:*:*:*"}}), ["glue.amazonaws.com"]),
        (trust({"Service": "glue.amazonaws.com"}, {"StringEquals": {"aws:SourceOrgID": "o-a1b2c3d4e5"}}), []),
        (trust({"Service": "glue.amazonaws.com"}, {"StringEquals": {"sts:ExternalId": "x"}}), ["glue.amazonaws.com"]),
        (trust({"AWS": OWN}), []),
    ],
)  # fmt: skip
def test_confused_deputy(ask: Ask, policy: str, services: list[str]) -> None:
    assert json.loads(str(ask("policy_unguarded_services", policy))) == services
    assert ask("policy_trusts_service_without_source_guard", policy) == int(bool(services))


GITHUB = {"Federated": f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"}
SUB, AUD = "token.actions.githubusercontent.com:sub", "token.actions.githubusercontent.com:aud"


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (trust(GITHUB), 1),
        (trust(GITHUB, {"StringEquals": {AUD: "sts.amazonaws.com"}}), 1),
        (trust(GITHUB, {"StringLike": {SUB: "repo:*"}}), 1),
        (trust(GITHUB, {"StringLike": {SUB: "repo:acme/*"}}), 0),
        (trust(GITHUB, {"StringEquals": {SUB: "repo:acme/app:ref:refs/heads/main"}}), 0),
        (trust(GITHUB, {"ForAllValues:StringLike": {SUB: "repo:acme/*"}}), 1),
        (trust(GITHUB, {"StringLike": {SUB: ["repo:acme/*", "*"]}}), 1),
        (trust({"Federated": "cognito-identity.amazonaws.com"}), 1),
        (trust({"Federated": "cognito-identity.amazonaws.com"}, {"StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"}}), 0),
        (trust({"Federated": f"arn:aws:iam::{OWN}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC"}), 0),
        (trust({"Federated": f"arn:aws:iam::{OWN}:saml-provider/corp"}), 0),
        (trust({"Federated": "*"}), 1),
        ("", 0),
    ],
)  # fmt: skip
def test_federated_identities(ask: Ask, policy: str, expected: object) -> None:
    assert ask("policy_trusts_any_federated_identity", policy) == expected
