from __future__ import annotations

from collections.abc import Callable

import pytest

from backend.credentials.aws_profiles import AwsProfile, find_profile, list_profiles
from backend.errors import UserError

CONFIG = """
[default]
region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Audit
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
[profile old-sso]
sso_start_url = https://old.example.com/start
sso_region = eu-west-1
sso_account_id = 222222222222
sso_role_name = Audit
[profile role]
role_arn = arn:aws:iam::333333333333:role/Reader
source_profile = default
mfa_serial = arn:aws:iam::333333333333:mfa/me
[profile web]
role_arn = arn:aws:iam::444444444444:role/Reader
web_identity_token_file = /tmp/token
[profile process]
credential_process = /opt/tool --password process-canary
[profile bare]
s3 =
  addressing_style = path
"""
CREDENTIALS = """
[default]
aws_access_key_id = AKIAEXAMPLE1
aws_secret_access_key = key-canary
[only here]
aws_access_key_id = AKIAEXAMPLE2
aws_secret_access_key = key-canary
aws_session_token = token-canary
"""


def test_profiles_are_listed_with_kind_region_and_account(aws_files: Callable[..., None]) -> None:
    aws_files(CONFIG, CREDENTIALS)
    profiles = {p.name: p for p in list_profiles()}
    assert {name: (p.kind, p.account) for name, p in profiles.items()} == {
        "bare": ("empty", ""),
        "default": ("keys", ""),
        "old-sso": ("sso", "222222222222"),
        "only here": ("keys", ""),
        "process": ("process", ""),
        "role": ("role", "333333333333"),
        "sso": ("sso", "111111111111"),
        "web": ("web identity", "444444444444"),
    }
    assert profiles["default"].region == "eu-west-1"
    assert profiles["sso"].detail == "Audit at https://example.awsapps.com/start"
    assert profiles["role"].detail == "arn:aws:iam::333333333333:role/Reader from default"
    assert [p.name for p in profiles.values() if p.mfa] == ["role"]
    assert "canary" not in repr(profiles)


def test_one_profile_is_found_or_the_files_are_named(aws_files: Callable[..., None], home: object) -> None:
    assert list_profiles() == []
    aws_files(CONFIG)
    assert find_profile("process") == AwsProfile("process", "process", "", "", "/opt/tool", mfa=False)
    with pytest.raises(UserError, match=r"no AWS profile 'x\\u202ey' in .*\.aws/config"):
        find_profile("x\u202ey")


def test_damaged_files_are_named(aws_files: Callable[..., None]) -> None:
    aws_files("[profile a\n")
    with pytest.raises(UserError, match=r"\.aws/config cannot be read"):
        list_profiles()
    aws_files("", "key = value before any section\n")
    with pytest.raises(UserError, match=r"\.aws/credentials cannot be read"):
        list_profiles()


def test_the_files_are_not_written(aws_files: Callable[..., None], home: object) -> None:
    aws_files(CONFIG, CREDENTIALS)
    folder = home / ".aws"  # type: ignore[operator]
    before = {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    list_profiles()
    assert {p.name: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before
