# ruff: noqa: E501 - a case of a table stays on one line
from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.functions import policy as functions

Ask = Callable[..., object]
OWN = "123456789012"


def doc(*statements: dict[str, object], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(principal: object = "*", action: object = "s3:GetObject", resource: object = "arn:aws:s3:::b/*", **more: object) -> dict[str, object]:  # fmt: skip
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def deny(principal: object = "*", action: object = "s3:*", resource: object = "*", **more: object) -> dict[str, object]:
    return {"Effect": "Deny", "Principal": principal, "Action": action, "Resource": resource, **more}


def when(operator: str, key: str, *values: object) -> str:
    return doc(allow(Condition={operator: {key: list(values) if len(values) > 1 else values[0]}}))


@pytest.mark.parametrize(
    ("principal", "expected"),
    [
        ("*", 1),
        ({"AWS": "*"}, 1),
        ({"AWS": ["arn:aws:iam::123456789012:root", "*"]}, 1),
        ({"AWS": "arn:aws:iam::*:root"}, 1),
        ({"Service": "*"}, 1),
        ({"Federated": "*"}, 1),
        ({"AWS": "arn:aws:iam::123456789012:root"}, 0),
        ({"AWS": OWN}, 0),
        ({"Service": "cloudtrail.amazonaws.com"}, 0),
        ({"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"}, 0),
        ({"Federated": "cognito-identity.amazonaws.com"}, 0),
        ({}, 0),
        ({"Planet": "*"}, None),
        (None, None),
        (7, None),
    ],
)
def test_who_is_everyone(ask: Ask, principal: object, expected: object) -> None:
    assert ask("policy_allows_public", doc(allow(principal))) == expected


def test_not_principal_in_an_allow_is_everyone_else(ask: Ask) -> None:
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": f"arn:aws:iam::{OWN}:user/x"},
        "Action": "s3:*",
        "Resource": "*",
    }
    assert ask("policy_allows_public", doc(statement)) == 1
    assert ask("policy_public_principals", doc(statement)) == json.dumps([f"not arn:aws:iam::{OWN}:user/x"])


def test_an_identity_policy_names_nobody_and_is_not_public(ask: Ask) -> None:
    assert ask("policy_allows_public", doc({"Effect": "Allow", "Action": "*", "Resource": "*"})) == 0


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        # keys that pin who or where from
        (when("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), 0),
        (when("StringEquals", "AWS:principalorgid", "o-a1b2c3d4e5"), 0),
        (when("StringLike", "aws:PrincipalOrgID", "o-*"), 1),
        (when("StringLike", "aws:PrincipalOrgID", "*"), 1),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"), 0),
        (when("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-ab12/*"), 1),
        (when("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), 1),
        (when("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), 1),
        (when("StringNotEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"), 1),
        (when("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}"), 0),
        (when("StringEquals", "aws:PrincipalAccount", OWN), 0),
        (when("StringEquals", "aws:PrincipalAccount", OWN, "210987654321"), 0),
        (when("StringLike", "aws:PrincipalAccount", OWN, "*"), 1),
        (when("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"), 1),
        (when("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{OWN}:role/*"), 0),
        (when("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin"), 1),
        (when("StringEquals", "aws:SourceAccount", OWN), 0),
        (when("StringEquals", "AWS:SourceOwner", OWN), 0),
        (when("ArnLike", "aws:SourceArn", f"arn:aws:sns:*:{OWN}:*"), 0),
        (when("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:*:topic"), 1),
        (when("ArnEquals", "aws:SourceArn", "arn:aws:s3:::one-bucket"), 0),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:one-bucket"), 1),
        (when("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"), 1),
        (when("StringEquals", "aws:SourceOrgID", "o-a1b2c3d4e5"), 0),
        (when("StringEquals", "aws:SourceVpc", "vpc-0a1b"), 0),
        (when("StringEquals", "aws:SourceVpce", "vpce-0a1b"), 0),
        (when("StringLike", "aws:SourceVpce", "vpce-*"), 1),
        (when("StringLike", "aws:userid", "AROAEXAMPLEID:*"), 0),
        (when("StringLike", "aws:userid", "*:session"), 1),
        (when("StringEquals", "s3:DataAccessPointAccount", OWN), 0),
        (when("StringEquals", "kms:CallerAccount", OWN), 0),
        (when("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"), 0),
        (when("Bool", "aws:PrincipalIsAWSService", "true"), 0),
        # keys that do not
        (when("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"), 1),
        (when("Bool", "aws:SecureTransport", "true"), 1),
        (when("Bool", "aws:MultiFactorAuthPresent", True), 1),
        (when("StringLike", "aws:Referer", "https://www.example.com/*"), 1),
        (when("StringEquals", "aws:username", "bob"), 1),
        (when("StringEquals", "aws:PrincipalTag/team", "red"), 1),
        (when("StringEquals", "sts:ExternalId", "s3cret"), 1),
        (when("StringEquals", "lambda:FunctionUrlAuthType", "NONE"), 1),
        (when("Null", "aws:PrincipalOrgID", "false"), 1),
        (when("Null", "aws:SourceVpce", False), 1),
        # addresses
        (when("IpAddress", "aws:SourceIp", "198.51.100.0/24"), 0),
        (when("IpAddress", "aws:SourceIp", "198.51.100.7", "10.0.0.0/8"), 0),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/0"), 1),
        (when("IpAddress", "aws:SourceIp", "198.51.100.0/24", "::/0"), 1),
        (when("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"), 1),
        (when("NotIpAddress", "aws:SourceIp", "198.51.100.0/24"), 1),
        (when("IpAddress", "aws:SourceIp", "nonsense"), 1),
        (when("IpAddressIfExists", "aws:SourceIp", "198.51.100.0/24"), 1),
        # no value at all
        (doc(allow(Condition={"StringEquals": {"aws:PrincipalOrgID": []}})), 1),
        (doc(allow(Condition={})), 1),
        # several: one that narrows is enough
        (doc(allow(Condition={"Bool": {"aws:SecureTransport": "true"}, "StringEquals": {"aws:SourceVpc": "vpc-1"}})), 0),
    ],
)  # fmt: skip
def test_which_conditions_narrow(ask: Ask, policy: str, expected: object) -> None:
    assert ask("policy_allows_public", policy) == expected


def test_before_2012_variables_are_plain_text_that_nobody_has(ask: Ask) -> None:
    statement = allow(Condition={"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}})
    assert ask("policy_allows_public", doc(statement)) == 1
    assert ask("policy_allows_public", doc(statement, version="2008-10-17")) == 0


OUTSIDE_ORG = {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(), deny()], 0),
        ([allow(), deny(action="s3:GetObject", resource="arn:aws:s3:::b/*")], 0),
        ([allow(), deny(action="s3:Get*", resource="arn:aws:s3:::*")], 0),
        ([allow(), deny(action="s3:PutObject")], 1),
        ([allow(action=["s3:GetObject", "s3:PutObject"]), deny(action="s3:PutObject")], 1),
        ([allow(action=["s3:GetObject", "s3:PutObject"]), deny(action="s3:PutObject"), deny(action="s3:getobject")], 0),
        ([allow(), deny(resource="arn:aws:s3:::b/secret/*")], 1),
        ([allow(), deny({"AWS": f"arn:aws:iam::{OWN}:root"})], 1),
        ([allow(), deny({"AWS": "*"})], 0),
        ([allow(), deny(Condition={"Bool": {"aws:SecureTransport": "false"}})], 1),
        ([allow(), deny(Condition=OUTSIDE_ORG)], 0),
        ([allow(), deny(Condition={**OUTSIDE_ORG, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})], 0),
        ([allow(), deny(Condition={**OUTSIDE_ORG, "StringEquals": {"aws:RequestedRegion": "eu-west-1"}})], 1),
        ([allow(), deny(Condition={"StringNotEqualsIfExists": OUTSIDE_ORG["StringNotEquals"]})], 0),
        ([allow(), deny(Condition={"ForAnyValue:StringNotEquals": OUTSIDE_ORG["StringNotEquals"]})], 1),
        ([allow(), deny(Condition={"NotIpAddress": {"aws:SourceIp": ["198.51.100.0/24"]}})], 0),
        ([allow(), deny(Condition={"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}})], 1),
        ([allow(), {"Effect": "Deny", "NotPrincipal": {"AWS": OWN}, "Action": "s3:*", "Resource": "*"}], 0),
        ([allow(), {"Effect": "Deny", "NotPrincipal": "*", "Action": "s3:*", "Resource": "*"}], 1),
        ([allow(), {"Effect": "Deny", "Principal": "*", "NotAction": "s3:List*", "Resource": "*"}], 0),
        ([allow(), {"Effect": "Deny", "Principal": "*", "NotAction": "s3:Get*", "Resource": "*"}], 1),
        ([allow(), {"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::b/public/*"}], 1),
        ([allow(), {"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}], 0),
    ],
)
def test_denials_cancel_what_they_cover(ask: Ask, statements: list[dict[str, object]], expected: object) -> None:
    assert ask("policy_allows_public", doc(*statements)) == expected


@pytest.mark.parametrize(
    ("statement", "action", "expected"),
    [
        (allow(), "s3:GetObject", 1),
        (allow(), "S3:getobject", 1),
        (allow(), "s3:PutObject", 0),
        (allow(), "s3:Get*", 1),
        (allow(action="s3:*"), "s3:PutObject", 1),
        (allow(action="*"), "s3:PutObject", 1),
        (allow(action="s3:Put*"), "s3:*Object", 1),
        (allow(action="s3:List*"), "s3:Put*", 0),
        ({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "Resource": "*"}, "s3:PutObject", 0),
        ({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "Resource": "*"}, "s3:GetObject", 1),
        (allow(), "not an action", None),
        (allow(), "", None),
    ],
)
def test_public_actions(ask: Ask, statement: dict[str, object], action: str, expected: object) -> None:
    assert ask("policy_allows_public_action", doc(statement), action) == expected


def test_a_denial_of_the_asked_action_alone_is_enough(ask: Ask) -> None:
    policy = doc(allow(action="s3:*"), deny(action="s3:Put*"))
    assert ask("policy_allows_public_action", policy, "s3:PutObject") == 0
    assert ask("policy_allows_public_action", policy, "s3:GetObject") == 1


def test_reasons_name_actions_and_principals(ask: Ask) -> None:
    policy = doc(allow({"AWS": ["*", OWN]}, ["s3:GetObject", "s3:PutObject"]), deny(action="s3:PutObject"))
    assert ask("policy_public_actions", policy) == '["s3:getobject"]'
    assert ask("policy_public_principals", policy) == '["*"]'
    assert ask("policy_public_actions", "") == "[]"


@pytest.mark.parametrize(
    ("policy", "cause"),
    [
        ("{", "policy_allows_public: policy is not JSON (column 2)"),
        ("not json at all", "policy_allows_public: policy is not JSON (column 1)"),
        ('{"Statement": \n 1x}', "policy_allows_public: policy is not JSON (line 2 column 3)"),
        ("[1]", "policy_allows_public: policy is not a JSON object"),
        ("null", "policy_allows_public: policy is not a JSON object"),
        ("{}", "policy_allows_public: policy has no Statement"),
        ('{"Statement": [1]}', "policy_allows_public: policy has a Statement that is not an object"),
        ('{"Statement": {"Action": "*"}}', "policy_allows_public: policy has a Statement whose Effect is neither Allow nor Deny"),
        ('{"Statement": {"Effect": "Allow"}}', "policy_allows_public: policy has a Statement without Action"),
        ('{"Statement": {"Effect": "Allow", "Action": "*", "Wenn": 1}}', "policy_allows_public: policy has an unknown element 'wenn'"),
        ('{"Statement": [], "Statement": []}', "policy_allows_public: policy has a doubled key"),
        (b"{}", "policy_allows_public: policy is not text"),
        (" " * (1 << 20) + "{}", "policy_allows_public: policy is larger than 1 MiB"),
        ("[" * 100_000, "policy_allows_public: policy is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_policy_is_null_with_a_cause(sql: object, policy: object, cause: str) -> None:
    assert sql("policy_allows_public", policy) is None  # type: ignore[operator]
    assert sql.causes == [cause]  # type: ignore[attr-defined]


def test_spellings(ask: Ask) -> None:
    policy = doc(allow())
    assert ask("policy_allows_public", quote(policy)) == 1
    assert ask("policy_allows_public", policy.lower().replace('"allow"', '"Allow"')) == 1
    assert ask("policy_allows_public", json.dumps([json.loads(doc(deny({"AWS": OWN}))), policy])) == 1
    assert ask("policy_allows_public", '{"Statement": []}') == 0
    assert ask("policy_allows_public", "") == 0


STATEMENTS = st.lists(
    st.builds(
        lambda effect, principal, action, resource, condition: {
            "Effect": effect,
            "Principal": principal,
            "Action": action,
            "Resource": resource,
            "Condition": condition,
        },
        st.sampled_from(["Allow", "Deny"]),
        st.sampled_from(["*", {"AWS": OWN}, {"AWS": "arn:aws:iam::210987654321:root"}, {"Service": "sns.amazonaws.com"}]),
        st.lists(st.sampled_from(["s3:GetObject", "s3:*", "*", "iam:PassRole", "s3:Put*"]), min_size=1, max_size=3),
        st.sampled_from(["*", "arn:aws:s3:::b/*", ["arn:aws:s3:::b", "arn:aws:s3:::c/*"]]),
        st.sampled_from([{}, {"StringEquals": {"aws:SourceAccount": OWN}}, OUTSIDE_ORG, {"Bool": {"aws:SecureTransport": "false"}}]),
    ),
    max_size=5,
)  # fmt: skip


@given(STATEMENTS, st.randoms(use_true_random=False))
def test_the_order_of_statements_does_not_matter(statements: list[dict[str, object]], random: object) -> None:
    shuffled = list(statements)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = doc(*statements), doc(*shuffled)
    assert functions.policy_allows_public(one) == functions.policy_allows_public(other)
    assert functions.policy_public_actions(one) == functions.policy_public_actions(other)
    assert functions.policy_grants_admin(one) == functions.policy_grants_admin(other)
    assert functions.policy_external_accounts(one, OWN) == functions.policy_external_accounts(other, OWN)
    assert functions.policy_denies_insecure_transport(one, "b") == functions.policy_denies_insecure_transport(
        other, "b"
    )


@given(STATEMENTS, STATEMENTS)
def test_another_denial_never_opens_and_another_allow_never_closes(
    statements: list[dict[str, object]], more: list[dict[str, object]]
) -> None:
    denials = [statement for statement in more if statement["Effect"] == "Deny"]
    allows = [statement for statement in more if statement["Effect"] == "Allow"]
    base = functions.policy_allows_public(doc(*statements))
    assert functions.policy_allows_public(doc(*statements, *denials)) <= base
    assert functions.policy_allows_public(doc(*statements, *allows)) >= base
