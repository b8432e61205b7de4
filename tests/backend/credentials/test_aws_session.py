from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest

from backend.credentials.aws_connection import test_connection as connect
from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.aws_session import open_session
from backend.credentials.prompt import PromptRefused, nobody
from backend.credentials.secret import Secret
from backend.errors import UserError

ROLE = "arn:aws:iam::222222222222:role/Reader"
MFA = "arn:aws:iam::123456789012:mfa/phone"
PAIR = "aws_access_key_id = AKIAPROFILE\naws_secret_access_key = profile-secret\n"


class Phone:
    """A person with an MFA device."""

    def __init__(self, code: str | None = "123 456") -> None:
        self.code = code
        self.asked: list[dict[str, Any]] = []

    def __call__(self, kind: str, text: str, **extra: Any) -> str:
        self.asked.append({"kind": kind, "text": text, **extra})
        if self.code is None:
            raise PromptRefused("Nobody entered an MFA code.")
        return self.code


def test_stored_keys_sign_with_their_token(fake_aws: Any, keys: Secret) -> None:
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    identity = connect(session)
    assert (identity.arn, identity.account) == ("arn:aws:iam::123456789012:user/reader", "123456789012")
    assert (identity.alias, identity.is_root, session.region) == ("", False, "us-east-1")
    assert fake_aws.signer("GetCallerIdentity") == "AKIAEXAMPLEEXAMPLE12"
    assert "x-amz-security-token" in fake_aws.asked[0]["_authorization"]
    session.close()


def test_the_emulator_knows_stored_keys(emulator: Any, keys: Secret) -> None:
    emulator.client("iam").create_account_alias(AccountAlias="example-company")
    session = open_session(AwsIdentity("keys", endpoint_url=emulator.url, region="eu-west-1"), keys)
    assert connect(session).alias == "example-company"


def test_a_profile_signs_with_its_keys_and_brings_its_region(fake_aws: Any, aws_files: Callable[..., None]) -> None:
    aws_files("[profile prod]\nregion = eu-central-1\n", f"[prod]\n{PAIR}")
    session = open_session(AwsIdentity("profile", profile="prod", endpoint_url=fake_aws.url))
    connect(session)
    assert session.region == "eu-central-1"
    assert fake_aws.signer("GetCallerIdentity") == "AKIAPROFILE"
    assert "/eu-central-1/sts/" in fake_aws.asked[0]["_authorization"]
    other = open_session(AwsIdentity("profile", profile="prod", region="eu-west-3", endpoint_url=fake_aws.url))
    assert other.region == "eu-west-3"


def test_profile_files_may_lie_elsewhere(fake_aws: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "c").write_text("[profile far]\nregion = eu-north-1\n")
    (tmp_path / "k").write_text(f"[far]\n{PAIR}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "c"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "k"))
    session = open_session(AwsIdentity("profile", profile="far", endpoint_url=fake_aws.url))
    connect(session)
    assert (session.region, fake_aws.signer("GetCallerIdentity")) == ("eu-north-1", "AKIAPROFILE")


def test_nothing_ambient_is_ever_used(
    fake_aws: Any, keys: Secret, aws_files: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws_files("[profile empty]\nregion = eu-west-1\n", f"[default]\n{PAIR}")
    ambient = {
        "AWS_ACCESS_KEY_ID": "AKIAAMBIENT",
        "AWS_SECRET_ACCESS_KEY": "ambient",
        "AWS_SESSION_TOKEN": "ambient",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{fake_aws.url}/container",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"{fake_aws.url}/imds",
        "AWS_EC2_METADATA_DISABLED": "false",
    }
    for name, value in ambient.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError, match="no credentials in profile 'empty'"):
        connect(open_session(AwsIdentity("profile", profile="empty", endpoint_url=fake_aws.url)))
    assert fake_aws.asked == []
    with pytest.raises(UserError, match="neither a profile nor stored keys"):
        open_session(AwsIdentity("keys", endpoint_url=fake_aws.url))
    monkeypatch.setenv("AWS_PROFILE", "of the shell, which does not exist")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    connect(session)
    assert (fake_aws.signer("GetCallerIdentity"), session.region) == ("AKIAEXAMPLEEXAMPLE12", "us-east-1")
    real = open_session(AwsIdentity("keys"), keys)
    assert real.client("sts").meta.endpoint_url == "https://sts.us-east-1.amazonaws.com"


def test_a_profile_may_choose_the_environment_itself(
    fake_aws: Any, aws_files: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws_files(f"[profile ci]\nrole_arn = {ROLE}\ncredential_source = Environment\n")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAAMBIENT")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "ambient")
    connect(open_session(AwsIdentity("profile", profile="ci", endpoint_url=fake_aws.url)))
    assert fake_aws.signer("AssumeRole") == "AKIAAMBIENT"
    assert fake_aws.signer("GetCallerIdentity") == "ASIAROLEROLEROLE1234"


def test_a_credential_process_of_the_profile_runs(fake_aws: Any, aws_files: Callable[..., None], home: Any) -> None:
    (home / "give").write_text('#!/bin/sh\necho \'{"Version":1,"AccessKeyId":"AKIAPROCESS","SecretAccessKey":"p"}\'\n')
    (home / "give").chmod(0o700)
    aws_files(f"[profile tool]\ncredential_process = {home}/give\n")
    connect(open_session(AwsIdentity("profile", profile="tool", endpoint_url=fake_aws.url)))
    assert fake_aws.signer("GetCallerIdentity") == "AKIAPROCESS"


@pytest.mark.parametrize("source", ["keys", "profile"])
def test_a_role_is_assumed_with_external_id_and_mfa(
    fake_aws: Any, keys: Secret, aws_files: Callable[..., None], source: str
) -> None:
    aws_files("", f"[base]\n{PAIR}")
    phone = Phone()
    identity = AwsIdentity(
        "role",
        profile="base" if source == "profile" else "",
        role_arn=ROLE,
        external_id="vedette-1",
        mfa_serial=MFA,
        session_name="auditor",
        duration=1800,
        endpoint_url=fake_aws.url,
    )
    session = open_session(identity, keys if source == "keys" else None, phone)
    assert phone.asked == []  # opening asks nothing; signing in does
    session.sign_in()
    asked = next(a for a in fake_aws.asked if a["Action"] == "AssumeRole")
    assert asked["RoleArn"] == ROLE
    assert (asked["ExternalId"], asked["SerialNumber"], asked["TokenCode"]) == ("vedette-1", MFA, "123456")
    assert (asked["RoleSessionName"], asked["DurationSeconds"]) == ("auditor", "1800")
    assert [(a["kind"], a["serial"]) for a in phone.asked] == [("mfa", MFA)]
    connect(session)
    assert fake_aws.actions().count("AssumeRole") == 1
    assert fake_aws.signer("AssumeRole") == ("AKIAPROFILE" if source == "profile" else "AKIAEXAMPLEEXAMPLE12")
    assert fake_aws.signer("GetCallerIdentity") == "ASIAROLEROLEROLE1234"


def test_a_role_profile_asks_for_mfa_through_the_prompt(fake_aws: Any, aws_files: Callable[..., None]) -> None:
    aws_files(
        f"[profile prod]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = {MFA}\nexternal_id = e-1\n",
        f"[base]\n{PAIR}",
    )
    phone = Phone()
    connect(open_session(AwsIdentity("profile", profile="prod", endpoint_url=fake_aws.url), prompt=phone))
    asked = next(a for a in fake_aws.asked if a["Action"] == "AssumeRole")
    assert (asked["TokenCode"], asked["ExternalId"], asked["SerialNumber"]) == ("123456", "e-1", MFA)
    assert phone.asked[0]["serial"] == MFA
    assert fake_aws.signer("GetCallerIdentity") == "ASIAROLEROLEROLE1234"


def test_one_refused_code_is_not_asked_for_again(fake_aws: Any, keys: Secret) -> None:
    phone = Phone(None)
    identity = AwsIdentity("role", role_arn=ROLE, mfa_serial=MFA, endpoint_url=fake_aws.url)
    session = open_session(identity, keys, phone)
    for _ in range(3):
        with pytest.raises(PromptRefused, match="Nobody entered"):
            session.sign_in()
    assert len(phone.asked) == 1
    with pytest.raises(PromptRefused, match="Nobody is there"):
        open_session(identity, keys, nobody).sign_in()


def test_a_profile_that_is_not_there_is_told_with_its_files(aws_files: Callable[..., None], home: Any) -> None:
    aws_files("[profile prod]\nregion = eu-west-1\n")
    with pytest.raises(UserError) as refused:
        open_session(AwsIdentity("profile", profile="prdo"))
    assert "no AWS profile 'prdo'" in refused.value.message
    assert ".aws/config" in refused.value.message
    aws_files("[profile prod\nregion")
    with pytest.raises(UserError, match="not valid"):
        open_session(AwsIdentity("profile", profile="prod"))
    (home / ".aws" / "config").unlink()
    with pytest.raises(UserError, match="no AWS profile"):
        open_session(AwsIdentity("profile", profile="prod"))


def test_a_source_profile_that_is_not_there_is_told(fake_aws: Any, aws_files: Callable[..., None]) -> None:
    aws_files(f"[profile prod]\nrole_arn = {ROLE}\nsource_profile = gone\n")
    with pytest.raises(UserError, match="gone"):
        connect(open_session(AwsIdentity("profile", profile="prod", endpoint_url=fake_aws.url)))
    aws_files(
        f"[profile a]\nrole_arn = {ROLE}\nsource_profile = b\n[profile b]\nrole_arn = {ROLE}\nsource_profile = a\n"
    )
    with pytest.raises(UserError, match="not usable: Infinite loop"):
        connect(open_session(AwsIdentity("profile", profile="a", endpoint_url=fake_aws.url)))


def test_clients_are_shared_between_threads_and_fit_for_a_scan(keys: Secret) -> None:
    session = open_session(AwsIdentity("keys"), keys, connections=7)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(session.client("ec2", "eu-west-1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(client) for client in found}) == 1
    config = found[0].meta.config
    assert config.retries == {"mode": "adaptive", "total_max_attempts": 6}
    assert config.max_pool_connections == 7
    assert "vedette/" in config.user_agent
    assert session.client("ec2", "eu-west-1", attempts=2) is not found[0]
    assert {"eu-west-1", "us-east-1"} <= set(session.known_regions())


def test_the_emulator_answers_services_with_host_prefixes(emulator: Any, keys: Secret) -> None:
    emulator.client("s3").create_bucket(Bucket="one", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    session = open_session(AwsIdentity("keys", endpoint_url=emulator.url, region="eu-west-1"), keys)
    assert session.client("s3").get_bucket_location(Bucket="one")["LocationConstraint"] == "eu-west-1"
    account = connect(session).account
    assert session.client("s3control").list_access_points(AccountId=account)["AccessPointList"] == []


def test_botocore_has_not_changed_what_we_build_on(aws_files: Callable[..., None]) -> None:
    """Provider names of the SDK: an unknown new one may be ambient, and must be looked at first."""
    import botocore.session
    from botocore.credentials import create_credential_resolver

    methods = {p.METHOD for p in create_credential_resolver(botocore.session.Session()).providers}
    ours = {"assume-role", "assume-role-with-web-identity", "sso", "shared-credentials-file", "login", "custom-process"}
    assert methods == ours | {"config-file", "env", "ec2-credentials-file", "boto-config", "container-role", "iam-role"}
    assert os.environ["AWS_EC2_METADATA_DISABLED"] == "true"


def test_keys_are_not_in_what_a_session_shows(keys: Secret) -> None:
    session = open_session(AwsIdentity("keys"), keys)
    assert "canary" not in repr(vars(session)) + repr(AwsKeys.from_secret(keys))
