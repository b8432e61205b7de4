from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from backend.credentials.account_session import session_arguments, session_from_arguments
from backend.credentials.aws_connection import test_connection as connect
from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.keystore import KeyStore
from backend.credentials.prompt import nobody
from backend.credentials.secret import Secret
from backend.credentials.vault import Vault
from backend.errors import UserError


@pytest.fixture
def vault(conn: sqlite3.Connection, key_store: KeyStore) -> Vault:
    return Vault.open(conn, nobody, key_store=key_store)


def add(conn: sqlite3.Connection, identity: AwsIdentity, **more: Any) -> int:
    values = {"provider": "aws", "kind": identity.kind, "options": identity.to_options(), "created_at": 0, **more}
    values.setdefault("name", f"account {identity.kind}")
    columns, marks = ", ".join(values), ", ".join("?" * len(values))
    row = conn.execute(f"INSERT INTO account ({columns}) VALUES ({marks})", tuple(values.values())).lastrowid
    assert row is not None
    return row


def across(arguments: dict[str, Any]) -> dict[str, Any]:
    """As a worker gets them."""
    return json.loads(json.dumps(arguments))  # type: ignore[no-any-return]


def test_stored_keys_reach_the_worker(conn: sqlite3.Connection, vault: Vault, fake_aws: Any, keys: Secret) -> None:
    row = add(conn, AwsIdentity("keys", endpoint_url=fake_aws.url), secret=vault.put(AwsKeys.PURPOSE, keys))
    connect(session_from_arguments(across(session_arguments(conn, vault, row))))
    assert fake_aws.signer("GetCallerIdentity") == "AKIAEXAMPLEEXAMPLE12"


def test_a_profile_needs_no_vault(conn: sqlite3.Connection, vault: Vault, aws_files: Callable[..., None]) -> None:
    aws_files("", "[prod]\naws_access_key_id=A\naws_secret_access_key=B\n")
    row = add(conn, AwsIdentity("profile", profile="prod", regions=("eu-west-1",)))
    session = session_from_arguments(across(session_arguments(conn, vault, row)))
    assert session.identity == AwsIdentity("profile", profile="prod", regions=("eu-west-1",))
    assert vault.state == "absent"


def test_a_member_is_entered_through_its_organization(
    conn: sqlite3.Connection, vault: Vault, fake_aws: Any, keys: Secret
) -> None:
    organization = AwsIdentity("organization", endpoint_url=fake_aws.url, member_role="Reader")
    parent = add(conn, organization, secret=vault.put(AwsKeys.PURPOSE, keys), cloud_id="111111111111")
    member = add(conn, AwsIdentity("member", member_account="222222222222"), parent=parent)
    session = session_from_arguments(across(session_arguments(conn, vault, member)))
    session.sign_in()
    assert session.identity.role_arn == "arn:aws:iam::222222222222:role/Reader"
    own = add(conn, AwsIdentity("member"), parent=parent, cloud_id="111111111111", name="management")
    session_from_arguments(across(session_arguments(conn, vault, own))).sign_in()
    assert fake_aws.actions() == ["AssumeRole"]
    lost = add(conn, AwsIdentity("member"), name="lost")
    with pytest.raises(UserError, match="lost its organization"):
        session_arguments(conn, vault, lost)


def test_a_removed_account_is_told(conn: sqlite3.Connection, vault: Vault) -> None:
    with pytest.raises(UserError, match="no longer in the workspace"):
        session_arguments(conn, vault, 7)
