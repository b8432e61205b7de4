"""Each way a connection can fail is one sentence that names the thing, and one next step."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import SSOProvider
from botocore.tokens import SSOTokenProvider

from backend.credentials.aws_connection import test_connection as connect
from backend.credentials.aws_errors import SDK_ERRORS, explain, is_denied, is_throttled, said
from backend.credentials.aws_identity import AwsIdentity
from backend.credentials.aws_session import open_session
from backend.credentials.secret import Secret
from backend.errors import UserError

ROLE = "arn:aws:iam::222222222222:role/Reader"
MFA = "arn:aws:iam::123456789012:mfa/phone"
START = "https://example.awsapps.com/start"


@pytest.mark.parametrize(
    ("code", "message", "words", "step"),
    [
        ("ExpiredToken", "The security token is expired", "session token of the stored access key has expired", "new"),
        ("InvalidClientTokenId", "The security token is invalid", "does not know the access key", "inactive"),
        ("UnrecognizedClientException", "x", "does not know the access key", "inactive"),
        ("SignatureDoesNotMatch", "The request signature", "does not match its key id", "Enter both"),
        (
            "SignatureDoesNotMatch",
            "Signature not yet current: 2 is still later than 1",
            "clock is wrong",
            "Set the clock",
        ),
        ("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2", "clock is wrong", "Set the clock"),
        ("RequestTimeTooSkewed", "x", "clock is wrong", "Set the clock"),
        ("AccessDenied", "explicit deny in a service control policy", "may not call GetCallerIdentity", "Grant"),
        ("RegionDisabledException", "STS is not activated", "is not enabled for this account", "leave it out"),
        ("Throttling", "Rate exceeded", "throttles GetCallerIdentity", "Try again"),
        ("Surprise", "what\u202e is\x00 this", "Surprise: what\\u202e", ""),
    ],
)
def test_errors_of_aws(fake_aws: Any, keys: Secret, code: str, message: str, words: str, step: str) -> None:
    fake_aws.fail("GetCallerIdentity", code, message.replace("\x00", ""), 400)
    with pytest.raises(UserError) as refused:
        connect(open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys))
    assert words in refused.value.message
    assert step in refused.value.next_step
    assert len(refused.value.message.splitlines()) == 1


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("AccessDenied", "User x is not authorized to perform: sts:AssumeRole", "may not assume arn"),
        (
            "AccessDenied",
            "MultiFactorAuthentication failed with invalid MFA one time pass code.",
            "refused the MFA code",
        ),
        (
            "ValidationError",
            "DurationSeconds exceeds the MaxSessionDuration",
            "does not allow sessions of 3600 seconds",
        ),
        ("ExpiredToken", "x", "has expired"),
        ("MalformedPolicyDocument", "x", "could not be assumed"),
    ],
)
def test_errors_of_assuming_a_role(fake_aws: Any, keys: Secret, code: str, message: str, words: str) -> None:
    fake_aws.fail("AssumeRole", code, message)
    identity = AwsIdentity("role", role_arn=ROLE, mfa_serial=MFA, external_id="v-1", endpoint_url=fake_aws.url)
    with pytest.raises(UserError, match=words) as refused:
        connect(open_session(identity, keys, lambda *a, **k: "123456"))
    assert refused.value.next_step


def test_a_code_that_is_no_code(fake_aws: Any, keys: Secret) -> None:
    identity = AwsIdentity("role", role_arn=ROLE, mfa_serial=MFA, endpoint_url=fake_aws.url)
    with pytest.raises(UserError, match="six digits"):
        connect(open_session(identity, keys, lambda *a, **k: "12"))


def test_nobody_answers_at_the_endpoint(closed_port: str, keys: Secret) -> None:
    with pytest.raises(UserError, match=f"Nothing answers at the endpoint {closed_port}"):
        connect(open_session(AwsIdentity("keys", endpoint_url=closed_port), keys))


def test_what_answers_is_not_aws(emulator: Any, fake_aws: Any, keys: Secret) -> None:
    fake_aws.answers["GetCallerIdentity"] = lambda _: (200, "<html><body>Welcome</p>")
    with pytest.raises(UserError, match="is not AWS"):
        connect(open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys))


@pytest.mark.parametrize(
    ("region", "words"), [("eu-west-1", "AWS could not be reached"), ("eu-west-9", "no AWS region 'eu-west-9'")]
)
def test_no_network_and_a_wrong_region(
    closed_port: str, aws_files: Callable[..., None], region: str, words: str
) -> None:
    # The profile's own endpoint stands for AWS: with a real one, a test would need a network to be without.
    aws_files(
        f"[profile prod]\nendpoint_url = {closed_port}\n", "[prod]\naws_access_key_id=A\naws_secret_access_key=B\n"
    )
    with pytest.raises(UserError, match=words):
        connect(open_session(AwsIdentity("profile", profile="prod", region=region)))


def sso_profile(aws_files: Callable[..., None], *, session: bool) -> str:
    where = f"sso_start_url = {START}\nsso_region = eu-west-1\n"
    role = "sso_account_id = 123456789012\nsso_role_name = Audit\n"
    if session:
        aws_files(f"[sso-session corp]\n{where}\n[profile 'corp audit']\nsso_session = corp\n{role}")
        return "corp"
    aws_files(f"[profile 'corp audit']\n{where}{role}")
    return START


@pytest.mark.parametrize("session", [True, False])
@pytest.mark.parametrize("token", ["none", "expired"])
def test_an_sso_session_that_is_over_says_how_to_begin_it(
    aws_files: Callable[..., None], home: Path, monkeypatch: pytest.MonkeyPatch, session: bool, token: str
) -> None:
    cache = home / ".aws" / "sso" / "cache"
    for provider in (SSOProvider, SSOTokenProvider):  # the SDK fixed the folder when it was imported
        monkeypatch.setattr(provider, "_SSO_TOKEN_CACHE_DIR", str(cache))
    key = sso_profile(aws_files, session=session)
    if token == "expired":
        cache.mkdir(parents=True)
        entry = {
            "startUrl": START,
            "region": "eu-west-1",
            "accessToken": "sso-canary",
            "expiresAt": "2020-01-01T00:00:00Z",
        }
        (cache / (sha1(key.encode()).hexdigest() + ".json")).write_text(json.dumps(entry))
    with pytest.raises(
        UserError, match="SSO session of profile 'corp audit' has expired or was never begun"
    ) as refused:
        connect(open_session(AwsIdentity("profile", profile="corp audit")))
    assert refused.value.next_step == "Run: aws sso login --profile 'corp audit'"
    assert "canary" not in str(refused.value)


def test_half_a_key_pair_and_a_failing_process(aws_files: Callable[..., None], home: Path) -> None:
    aws_files("[profile tool]\ncredential_process = false\n", "[half]\naws_access_key_id = AKIA\n")
    with pytest.raises(UserError, match="lacks a part of its keys"):
        connect(open_session(AwsIdentity("profile", profile="half")))
    with pytest.raises(UserError, match="Profile 'tool' gave no credentials"):
        connect(open_session(AwsIdentity("profile", profile="tool")))


def test_an_expired_profile_says_how_to_renew_it(fake_aws: Any, aws_files: Callable[..., None]) -> None:
    aws_files("", "[prod]\naws_access_key_id=A\naws_secret_access_key=B\naws_session_token=C\n")
    fake_aws.fail("GetCallerIdentity", "ExpiredToken", "expired", 403)
    with pytest.raises(UserError, match="session of profile 'prod' has expired") as refused:
        connect(open_session(AwsIdentity("profile", profile="prod", endpoint_url=fake_aws.url)))
    assert "aws sso login --profile prod" in refused.value.next_step


def test_root_is_noticed(fake_aws: Any, keys: Secret) -> None:
    fake_aws.be("arn:aws:iam::123456789012:root")
    assert connect(open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)).is_root


def test_denied_and_throttled_are_told_apart(fake_aws: Any, keys: Secret) -> None:
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    for code, denied, throttled in (
        ("AccessDenied", True, False),
        ("Throttling", False, True),
        ("NoSuchEntity", False, False),
    ):
        fake_aws.fail("GetCallerIdentity", code, "x", 400)
        with pytest.raises(SDK_ERRORS) as error:
            session.client("sts", attempts=1).get_caller_identity()
        assert (is_denied(error.value), is_throttled(error.value)) == (denied, throttled)
    already = UserError("Already said.")
    assert explain(already, session.identity) is already


def test_what_the_other_side_says_is_short_and_harmless() -> None:
    assert said("a\nb\u202ec\x1b[31m") == "a\\u000ab\\u202ec\\u001b[31m"
    assert len(said("x" * 1000)) == 300
