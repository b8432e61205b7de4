"""Sorting patterns and remembering answers changes no answer, and makes a large account bearable."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.iam.aws_managed_policies import aws_managed_policies_data

from backend.posture.functions import escalation, policy
from backend.posture.functions.arguments import BadInput
from tests.backend.posture.functions import plain_judge

SERVICES = ["iam", "s3", "ec2", "sts", "lambda", "kms", "i?m", "ia*", "*", "e*2", "ssm", "glue"]
CALLS = ["*", "Get*", "*Role*", "PassRole", "RunInstances", "CreateAccessKey", "AssumeRole", "Decrypt", "?utRolePolicy",
         "PutUserPolicy", "UpdateFunctionCode", "SendCommand", "*Policy", "CreateJob", "StartJobRun"]  # fmt: skip
RESOURCES = ["*", "arn:aws:s3:::b/*", "arn:aws:iam::123456789012:role/app", "arn:aws:iam::123456789012:role/*",
             "arn:aws:iam::*:user/${aws:username}", "arn:aws:lambda:*:*:function:f?", "arn:aws:iam::*:*"]  # fmt: skip
CONDITIONS = [
    {},
    {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
    {"StringLike": {"aws:PrincipalArn": "*"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
    {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
]
PRINCIPALS = [None, "*", {"AWS": "arn:aws:iam::210987654321:root"}, {"Service": "ec2.amazonaws.com"}]

actions = st.one_of(
    st.just("*"),
    st.builds("{}:{}".format, st.sampled_from(SERVICES), st.sampled_from(CALLS)),
    st.sampled_from(sorted({need.action for path in escalation.PATHS for need in (*path.needs, *path.one_of)})),
    st.text("*?:is3amPk", min_size=1, max_size=8),
)


@st.composite
def statements(draw: st.DrawFn) -> dict[str, object]:
    found: dict[str, object] = {"Effect": draw(st.sampled_from(["Allow", "Allow", "Allow", "Deny"]))}
    found[draw(st.sampled_from(["Action", "Action", "Action", "NotAction"]))] = draw(st.lists(actions, max_size=5))
    resources = draw(st.lists(st.sampled_from(RESOURCES), min_size=1, max_size=2))
    found[draw(st.sampled_from(["Resource", "Resource", "Resource", "NotResource"]))] = resources
    found["Condition"] = draw(st.sampled_from(CONDITIONS))
    if principal := draw(st.sampled_from(PRINCIPALS)):
        found[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = principal
    return found


documents = st.builds(
    lambda version, found: json.dumps({"Version": version, "Statement": found}),
    st.sampled_from(["2012-10-17", "2008-10-17"]),
    st.lists(statements(), max_size=4),
)
members = st.one_of(documents, documents, documents, st.sampled_from(["", "{}", "no", '{"Statement":[]}']))
texts = st.one_of(
    documents,
    st.lists(members, max_size=4).map(json.dumps),
    st.lists(documents.map(json.loads), max_size=2).map(json.dumps),
    documents.map(lambda text: text.replace("{", "%7B")),
)


def answer(judge: Callable[..., object], *arguments: str) -> object:
    try:
        return judge(*arguments)
    except BadInput as error:
        return f"cannot say: {error}"


def compare(text: str, query: str, service: str) -> None:
    assert answer(policy.policy_allows_action, text, query) == answer(plain_judge.action, text, query)
    assert answer(policy.policy_allows_public_action, text, query) == answer(plain_judge.public_action, text, query)
    assert answer(policy.policy_grants_admin, text) == answer(plain_judge.admin, text)
    assert answer(policy.policy_grants_service_admin, text, service) == answer(plain_judge.service_admin, text, service)
    ways = answer(plain_judge.escalation_paths, text)
    assert answer(escalation.policy_escalation_paths, text) == ways
    assert answer(escalation.policy_allows_privilege_escalation, text) in (ways, int(ways != "[]"))


@settings(max_examples=400, deadline=None)
@given(texts, st.sampled_from(["iam:PassRole", "s3:Get*", "*:*", "ec2:*", "*"]), st.sampled_from(["iam", "s3", "kms"]))
def test_any_policy_is_judged_as_without_haste(text: str, query: str, service: str) -> None:
    compare(text, query, service)


@pytest.fixture(scope="module")
def managed() -> list[str]:
    return [json.dumps(one["Document"]) for one in json.loads(aws_managed_policies_data).values()]


def test_the_policies_of_aws_too_alone_and_together(managed: list[str]) -> None:
    rng = random.Random(5)
    for text in rng.sample(managed, 60):
        compare(text, "iam:PassRole", "iam")
    for _ in range(25):
        compare(json.dumps(rng.sample(managed, 3)), "s3:Get*", "s3")


def test_what_is_too_large_together_is_refused_though_each_member_is_known() -> None:
    half = json.dumps({"Statement": {"Effect": "Allow", "Resource": "*", "Action": [f"s3:a{n}" for n in range(6_000)]}})
    assert answer(policy.policy_grants_admin, half) == 0
    both = json.dumps([half, half])
    assert answer(policy.policy_grants_admin, both) == answer(plain_judge.admin, both)
    assert "more than 10,000 elements" in str(answer(policy.policy_grants_admin, both))


def test_five_hundred_roles_with_read_only_access_are_judged_in_a_moment() -> None:
    """In processor time, as the machine may be busy; it was nine seconds when each list was read by itself."""
    every = json.loads(aws_managed_policies_data)
    reader = json.dumps(every["ReadOnlyAccess"]["Document"])
    own = [
        json.dumps({"Statement": [{"Effect": "Allow", "Action": [f"s3:Get{n}*", "ec2:RunInstances"], "Resource": "*"}]})
        for n in range(500)
    ]
    began = time.process_time()
    for text in own:
        both = json.dumps([text, reader])
        assert escalation.policy_allows_privilege_escalation(both) == 0
        assert policy.policy_grants_admin(both) == 0
        assert escalation.policy_escalation_paths(both) == "[]"
    assert time.process_time() - began < 2
