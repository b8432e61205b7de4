from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.inventory.mask import (
    MASK,
    UNREADABLE,
    mask_text,
    mask_tree,
    mask_user_data,
    mask_value,
    mask_variables,
)
from backend.posture.functions import secrets

# put together at run time, so that no scanner takes this file for a leak
AWS_ID = "AKIA" + "Q3EGRIEXAMPLE7XY"[:16]
GITHUB = "ghp_" + "a1B2" * 9
PASSWORD = "Pa55w0rd!"
CONNECTION = f"postgres://app:{PASSWORD}@db.internal:5432/app"
PEM = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA\nq8Zk\n-----END RSA " + "PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", PASSWORD),
        ("ANYTHING", AWS_ID),
        ("DATABASE_URL", CONNECTION),
        ("CONFIG", json.dumps({"db": {"password": PASSWORD}})),
        ("JAVA_OPTS", f"-Xmx1g -Dstore.password={PASSWORD}"),
        ("ARGS", f"--log=x --api-key=k9Zq7xW2mP4vR8tL --y={PASSWORD}"),
        ("KEY_PEM", PEM),
        ("START", f"mysqldump --user app --password {PASSWORD} orders"),
    ],
)
def test_a_secret_variable_keeps_its_name_only(name: str, value: str) -> None:
    found = mask_variables({name: value, "LOG_LEVEL": "info"})
    assert found.secret_names == [name]
    assert found.shown == {name: MASK, "LOG_LEVEL": "info"}
    assert mask_variables([{"name": name, "value": value}, {"name": "EMPTY"}]).shown == {name: MASK, "EMPTY": ""}


@pytest.mark.parametrize("value", ["k9Zq7xW2mP4vR8tLk9Zq", "123e4567-e89b-12d3-a456-426614174000"])
def test_an_opaque_value_is_masked_but_accuses_nobody(value: str) -> None:
    found = mask_variables({"STRIPE": value})
    assert (found.shown, found.secret_names) == ({"STRIPE": MASK}, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REGION", "eu-west-1"),
        ("BUCKET", "mf-prod-order-exports"),
        ("DB_HOST", "orders.cluster-c9akciq32rgw.eu-west-1.rds.amazonaws.com"),
        ("DB_PASSWORD", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"),
        ("DB_PASSWORD", "{{resolve:ssm:/prod/db}}"),
        ("TABLE_ARN", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders"),
        ("SHOP_URL", "https://shop.example/en"),
        ("EMPTY", ""),
    ],
)
def test_what_tells_nothing_secret_stays_readable(name: str, value: str) -> None:
    assert mask_value(name, value) == value


def test_a_promising_name_with_a_doubtful_value_is_masked() -> None:
    found = mask_variables({"API_TOKEN": "plain-words", "AUTH_TOKEN": "https://x.example/k"})
    assert found.shown == {"API_TOKEN": MASK, "AUTH_TOKEN": MASK}
    assert found.secret_names == []


def test_masked_variables_do_not_look_like_secrets_again() -> None:
    shown = json.dumps(mask_variables({"DB_PASSWORD": PASSWORD}).shown)
    assert secrets.env_has_secret(shown) == 0


def test_text_loses_its_secrets_and_nothing_else() -> None:
    script = f"#!/bin/sh\nexport DB_PASSWORD={PASSWORD}\ncurl {CONNECTION}\necho {GITHUB}tail done\n{PEM}\nexit 0\n"
    assert mask_text(script) == (
        f"#!/bin/sh\nexport DB_PASSWORD={MASK}\ncurl postgres://app:{MASK}@db.internal:5432/app\n"
        f"echo {MASK} done\n{MASK}\nexit 0\n"
    )
    assert mask_text("apt-get -y install nginx") == "apt-get -y install nginx"


def test_a_key_block_without_an_end_is_masked_to_the_end() -> None:
    assert mask_text(PEM[:45] + "\nrest") == MASK


def test_user_data_is_stored_in_plain_with_its_secrets_masked() -> None:
    script = f"#!/bin/sh\nDB_PASSWORD='{PASSWORD}'\n"
    for packed in (script.encode(), gzip.compress(script.encode())):
        assert mask_user_data(base64.b64encode(packed).decode()) == (f"#!/bin/sh\nDB_PASSWORD='{MASK}'\n", True)
    assert mask_user_data("") == ("", False)
    assert mask_user_data(base64.b64encode(b"\x1f\x8bbroken").decode()) == (UNREADABLE, None)


def test_binary_user_data_with_a_secret_is_not_kept_in_its_packed_form() -> None:
    packed = base64.b64encode(b"\xff\xfe\x00" + f"DB_PASSWORD={PASSWORD}".encode()).decode()
    assert mask_user_data(packed) == (UNREADABLE, True)


def test_an_answer_is_masked_at_any_depth() -> None:
    answer = {
        "Environment": {"Variables": {"DB_PASSWORD": PASSWORD, "STRIPE": "k9Zq7xW2mP4vR8tLk9Zq", "A": "b"}},
        "containers": [
            {"environment": [{"name": "DB_PASSWORD", "value": PASSWORD}], "command": ["run", f"--password={PASSWORD}"]},
            {"command": ["run", "--password", PASSWORD, "--verbose", "yes", "--password-stdin", "host"]},
        ],
        "Origin": {"HeaderName": "X-Auth-Token", "HeaderValue": "k9Zq7xW2mP4vR8tL"},
        "secretToken": "k9Zq7xW2mP4vR8tL",
        "count": 3,
    }
    masked = mask_tree(answer, "Variables")
    text = json.dumps(masked)
    assert PASSWORD not in text
    assert "k9Zq7xW2mP4vR8tL" not in text
    assert masked["Environment"]["Variables"]["A"] == "b"
    assert masked["containers"][0]["environment"] == [{"name": "DB_PASSWORD", "value": MASK}]
    assert masked["containers"][1]["command"][2:] == [MASK, "--verbose", "yes", "--password-stdin", "host"]
    assert masked["count"] == 3
    assert answer["secretToken"] == "k9Zq7xW2mP4vR8tL"  # the answer itself is left alone


@given(
    st.sampled_from(["{}", "export X_TOKEN={}\n", "a={} b", '"password": "{}"', "x {} y"]),
    st.sampled_from([AWS_ID, GITHUB, "glpat-" + "x1" * 10, "sk_live_" + "a1" * 12]),
    st.text(max_size=20),
)
def test_no_known_format_survives_in_any_surrounding(frame: str, secret: str, around: str) -> None:
    text = around + "\n" + frame.format(secret) + "\n" + around
    assert secret not in mask_text(text)


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(mask_text(text), str)
    assert isinstance(mask_value(text, text), str)
