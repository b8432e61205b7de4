from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.secret import Secret
from backend.credentials.trust_policy import external_id, trust_policy
from backend.errors import UserError

ROLE = "arn:aws:iam::123456789012:role/path/Reader"


def test_options_hold_what_differs_and_come_back() -> None:
    identity = AwsIdentity("role", profile="prod", role_arn=ROLE, external_id="x-1", regions=("eu-west-1", "us-east-1"))
    options = identity.to_options()
    assert json.loads(options) == {
        "profile": "prod",
        "role_arn": ROLE,
        "external_id": "x-1",
        "regions": ["eu-west-1", "us-east-1"],
    }
    assert AwsIdentity.from_options("role", options) == identity
    assert AwsIdentity("keys").to_options() == "{}"
    assert AwsIdentity.from_options("keys", '{"of_a_later_version": 1}') == AwsIdentity("keys")


@pytest.mark.parametrize(
    ("kind", "options", "word"),
    [
        ("azure", "{}", "no kind"),
        ("keys", "[1]", "JSON object"),
        ("keys", "{", "JSON object"),
        ("keys", '{"duration": "3600"}', "'duration'"),
        ("keys", '{"regions": "eu-west-1"}', "'regions'"),
        ("profile", "{}", "no profile"),
        ("role", "{}", "no role"),
        ("role", '{"role_arn": "Reader"}', "role ARN"),
        ("role", '{"role_arn": "arn:aws:iam::123456789012:user/x"}', "role ARN"),
        ("keys", '{"external_id": "a b"}', "external id"),
        ("keys", '{"mfa_serial": "phone!"}', "MFA serial"),
        ("keys", '{"session_name": "x"}', "session name"),
        ("keys", '{"region": "Ireland"}', "region"),
        ("keys", '{"regions": ["eu-west-1", "../x"]}', "region"),
        ("keys", '{"duration": 60}', "duration"),
        ("keys", '{"member_account": "123"}', "account id"),
        ("keys", '{"endpoint_url": "nonsense"}', "endpoint"),
        ("keys", '{"endpoint_url": "ftp://127.0.0.1"}', "endpoint"),
        ("keys", '{"endpoint_url": "http://user:pw@127.0.0.1"}', "endpoint"),
        ("keys", '{"endpoint_url": "http://127.0.0.1:99999"}', "endpoint"),
        ("keys", '{"endpoint_url": "http://example.com"}', "in clear"),
    ],
)
def test_each_bad_option_is_named(kind: str, options: str, word: str) -> None:
    with pytest.raises(UserError, match=word):
        AwsIdentity.from_options(kind, options)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:5000", "http://localhost:1/", "http://[::1]:9", "https://example.com"]
)
def test_usable_endpoints(url: str) -> None:
    AwsIdentity("keys", endpoint_url=url).check()


@pytest.mark.parametrize("region", ["eu-west-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-7", "eusc-de-east-1"])
def test_regions_of_all_partitions(region: str) -> None:
    AwsIdentity("keys", region=region).check()


@given(st.text(max_size=30), st.text(max_size=200))
def test_hostile_options_give_an_identity_or_a_user_error(kind: str, options: str) -> None:
    for each in (kind, "keys"):
        with suppress(UserError):
            AwsIdentity.from_options(each, options)


def test_keys_travel_as_one_secret() -> None:
    keys = AwsKeys("AKIAEXAMPLE", Secret("key"), Secret("to ken\n"))
    back = AwsKeys.from_secret(keys.to_secret())
    assert (back.access_key_id, back.secret_access_key, back.session_token) == (
        "AKIAEXAMPLE",
        Secret("key"),
        Secret("token"),
    )
    assert AwsKeys.from_secret(AwsKeys("a", Secret("b")).to_secret()).session_token is None
    assert "key" not in repr(back).replace("secret_access_key", "").replace("access_key_id", "")


@pytest.mark.parametrize(
    ("key_id", "key"), [("", "x"), ("x", ""), ("a b", "x"), ("x", "line\nbreak"), ("x\u202e", "x")]
)
def test_badly_pasted_keys_are_refused(key_id: str, key: str) -> None:
    with pytest.raises(UserError, match="holds blanks"):
        AwsKeys(key_id, Secret(key)).to_secret()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"id": 1}', "null"])
def test_a_secret_that_is_no_key_pair_is_told(text: str) -> None:
    with pytest.raises(UserError, match="no AWS key pair"):
        AwsKeys.from_secret(Secret(text))


def test_the_trust_policy_lets_us_in_and_nobody_else() -> None:
    ours = external_id()
    assert ours != external_id()
    AwsIdentity("keys", external_id=ours).check()
    policy = trust_policy(ROLE, "arn:aws:iam::999999999999:user/analyst", ours, mfa=True)
    [statement] = policy["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::999999999999:user/analyst"}
    assert statement["Action"] == "sts:AssumeRole"
    assert statement["Condition"] == {
        "StringEquals": {"sts:ExternalId": ours},
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
    }


def test_a_session_is_trusted_as_its_role() -> None:
    policy = trust_policy(ROLE, "arn:aws-cn:sts::999999999999:assumed-role/Admin/me@example.com", "")
    assert policy["Statement"][0]["Principal"]["AWS"] == "arn:aws-cn:iam::999999999999:role/Admin"
    assert "Condition" not in policy["Statement"][0]
    with pytest.raises(UserError, match="no role ARN"):
        trust_policy("Reader", "arn:aws:iam::999999999999:root", "")
