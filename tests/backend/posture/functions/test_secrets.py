from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.functions import secrets

Ask = Callable[..., object]
# put together at run time, so that no scanner takes this file for a leak
AWS_ID = "AKIA" + "Q3EGRIEXAMPLE7XY"[:16]
AWS_KEY = "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY"
GITHUB = "ghp_" + "a1B2" * 9
JWT = "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NSJ9." + "abcDEF123_-abcDEF"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE\n"


@pytest.mark.parametrize(
    "text",
    [
        AWS_ID,
        "ASIA" + AWS_ID[4:],
        f"id={AWS_ID} rest",
        "AKIA" + "IOSFODNN7EXAMPLE",
        AWS_KEY,
        f"aws_secret_access_key = {AWS_KEY}",
        PEM,
        "-----BEGIN " + "PRIVATE KEY-----",
        "-----BEGIN OPENSSH " + "PRIVATE KEY-----",
        GITHUB,
        "github_pat_" + "A" * 22,
        "glpat-" + "x" * 20,
        "xoxb-" + "1234567890-abc",
        "https://hooks.slack.com/services/" + "T0000AAAA/B0000AAAA/" + "x" * 24,
        "sk_live_" + "a1" * 12,
        "AIza" + "B" * 35,
        JWT,
        "postgres://app:pa55w0rd@db.internal:5432/app",
        "mongodb+srv://app:pa55:w0rd@cluster0.example/x",
        "Server=db;Database=x;User Id=sa;Password=Pa55w0rd!;",
        "AccountName=x;AccountKey=" + "a" * 86 + "==",
    ],
)
def test_secrets_by_their_form(ask: Ask, text: str) -> None:
    assert ask("looks_like_secret", text) == 1
    assert ask("env_secret_names", json.dumps({"PLAIN": text})) == '["PLAIN"]'
    if text != AWS_KEY:  # 40 mixed characters count only alone: in a script they may be a path
        assert ask("userdata_has_secret", f"#!/bin/sh\n{text}\n") == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",  # SHA-1
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "postgres://db.internal:5432/app",
        "postgres://app:${DB_PASSWORD}@db.internal/app",
        "https://example.com/a?b=c@d",
        "Server=db;Password={resolve:ssm:x}",
        "Password=****",
        "-----BEGIN CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf",
        "AKIAshort",
        "123e4567-e89b-12d3-a456-426614174000",
    ],
)
def test_what_is_no_secret(ask: Ask, text: str) -> None:
    assert ask("looks_like_secret", text) == 0


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "hunter2", True),
        ("dbPassword", "Sommer2024", True),
        ("db-password", "changeme", True),  # a well-known password in use is worse than none
        ("PGPASSWORD", "abcd", True),
        ("PASS", "s3cr3t", True),
        ("API_KEY", "a8f5f167f44f4964e6c998dee827110c", True),
        ("ApiToken", "Zm9vYmFyYmF6", True),
        ("CLIENT_SECRET", "8Q~x1y2Z3a4B5c6D7e8F9", True),
        ("STRIPE_TOKEN", "123e4567-e89b-12d3-a456-426614174000", True),
        ("ENCRYPTION_KEY", "MDEyMzQ1Njc4OWFiY2RlZg==", True),
        ("DB_PASSWORD", "", False),
        ("DB_PASSWORD", "${DB_PASSWORD}", False),
        ("DB_PASSWORD", "{{resolve:secretsmanager:db}}", False),
        ("DB_PASSWORD", "<password>", False),
        ("DB_PASSWORD", "********", False),
        ("DB_PASSWORD", "xxxxxxxx", False),
        ("DB_PASSWORD", "none", False),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:1:secret:db", False),
        ("DB_PASSWORD", "/prod/app/db-password", False),
        ("DB_PASSWORD", "ssm:/prod/db", False),
        ("DB_SECRET", "prod/app/db", False),
        ("DB_SECRET", "my-app-db-secret", False),
        ("DB_SECRET_ARN", "a8f5f167f44f4964e6c998dee827110c", False),
        ("SECRET_NAME", "a8f5f167f44f4964", False),
        ("TOKEN_URL", "https://idp.example/oauth/token", False),
        ("PASSWORD_MIN_LENGTH", "14", False),
        ("MAX_TOKENS", "4096", False),
        ("TOKEN_TTL", "86400", False),
        ("API_KEY", "AQICAHh4x0o3kCJ9", False),  # ciphertext of KMS
        ("PWD", "/var/task", False),
        ("KEYBOARD", "a8f5f167f44f4964e6c998dee827110c", False),
        ("MONKEY", "bananas8", False),
        ("COMPASS", "north-east1", False),
        ("LOG_LEVEL", "DEBUG", False),
    ],
)
def test_names_and_values_together(ask: Ask, name: str, value: str, secret: bool) -> None:
    assert ask("env_has_secret", json.dumps({name: value, "OTHER": "1"})) == int(secret)
    assert ask("env_secret_names", json.dumps([{"name": name, "value": value}])) == (
        json.dumps([name]) if secret else "[]"
    )


def test_answers_never_repeat_a_value(sql: object) -> None:
    value = "k9Zq7xW2mP4vR8tL"
    shown = str(sql("env_secret_names", json.dumps({"A_TOKEN": value, "B": AWS_ID})))  # type: ignore[operator]
    assert shown == '["A_TOKEN", "B"]'
    assert sql("env_secret_names", '{"A_TOKEN": "' + value) is None  # type: ignore[operator]
    assert value not in " ".join(sql.causes)  # type: ignore[attr-defined]


def test_references_of_build_projects_are_no_secrets(ask: Ask) -> None:
    kept = [{"name": "DB_PASSWORD", "value": "hunter2", "type": "SECRETS_MANAGER"}]
    plain = [{"name": "DB_PASSWORD", "value": "hunter2", "type": "PLAINTEXT"}]
    assert (ask("env_has_secret", json.dumps(kept)), ask("env_has_secret", json.dumps(plain))) == (0, 1)
    assert ask("env_has_secret", "") == 0
    assert ask("env_has_secret", "[1]") is None


@pytest.mark.parametrize(
    ("variables", "expected"),
    [('{"DB_PASSWORD": 1}', 1), ('{"apiToken": ""}', 1), ('{"A": "hunter2"}', 0), ("{}", 0), ("", 0), ("3", None)],
)
def test_names_alone(ask: Ask, variables: str, expected: object) -> None:
    assert ask("json_keys_any_secret", variables) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("export DB_PASSWORD=hunter2", 1),
        ("DB_PASSWORD='hun ter2'", 1),
        ('{"db_password": "hunter2"}', 1),
        ("db:\n  password: hunter2\n", 1),
        ("export DB_PASSWORD=$(aws ssm get-parameter --name x)", 0),
        ("export DB_PASSWORD=${X}", 0),
        ("apt-get update && apt-get -y install nginx", 0),
        ("mysqldump --user app --password hunter2 orders", 1),
        ("vault login --token=k9Zq7xW2mP4vR8tL", 1),
        ("aws ecr get-login-password | docker login --username AWS --password-stdin 1.dkr.ecr.x.amazonaws.com", 0),
        (PEM, 1),
        ("", 0),
        ("export", 0),  # itself valid base64
    ],
)
def test_user_data_in_every_wrapping(ask: Ask, script: str, expected: int) -> None:
    packed = gzip.compress(script.encode())
    for text in (script, base64.b64encode(script.encode()).decode(), base64.b64encode(packed).decode()):
        assert ask("userdata_has_secret", text) == expected


def test_bombs_and_damaged_packing(ask: Ask) -> None:
    assert ask("userdata_has_secret", base64.b64encode(gzip.compress(b"a" * (3 << 20))).decode()) is None
    assert ask("userdata_has_secret", base64.b64encode(b"\x1f\x8b" + b"broken!").decode()) is None


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=30), max_size=4))
def test_listed_names_are_keys(variables: dict[str, str]) -> None:
    text = json.dumps(variables)
    assert set(json.loads(secrets.env_secret_names(text))) <= set(variables)
    assert secrets.env_has_secret(text) == int(secrets.env_secret_names(text) != "[]")
