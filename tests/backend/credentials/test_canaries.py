"""No secret comes out: not by a log, an exception, the workspace's bytes, or what a description shows."""

from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.credentials.aws_connection import test_connection as connect
from backend.credentials.aws_identity import AwsIdentity, AwsKeys
from backend.credentials.aws_permissions import missing_permissions
from backend.credentials.aws_profiles import list_profiles
from backend.credentials.aws_session import open_session
from backend.credentials.keystore import KeyStore
from backend.credentials.organization import list_organization
from backend.credentials.passphrase_source import read_passphrase
from backend.credentials.prompt import nobody
from backend.credentials.redaction import install_redaction, redacted_traceback
from backend.credentials.secret import Secret
from backend.credentials.vault import Vault
from backend.errors import UserError

# Every planted value holds this word, so that one search finds any of them, in any file.
WORD = "canary"
CODES = [
    "ExpiredToken", "InvalidClientTokenId", "SignatureDoesNotMatch", "AccessDenied", "Whatever",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _logging(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    import sys
    import threading

    before = logging.getLogRecordFactory(), sys.excepthook, threading.excepthook
    levels = {name: logging.getLogger(name).level for name in ("botocore", "botocore.credentials")}
    install_redaction()
    caplog.set_level(logging.DEBUG)
    yield
    logging.setLogRecordFactory(before[0])
    sys.excepthook, threading.excepthook = before[1], before[2]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def fails(act: Callable[[], object], echoed: str = "\0") -> str:
    """All that a UserError, its causes and its redacted traceback say.

    `echoed` is what the other side said: it stands in the SDK's exception below ours, which only redaction shows.
    """
    with pytest.raises(UserError) as caught:
        act()
    error: BaseException | None = caught.value
    shown = str(caught.value) + caught.value.next_step + redacted_traceback(caught.value)
    while error is not None:
        shown += (str(error) + repr(error.args)).replace(echoed, "")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return shown


def clean(shown: str, caplog: pytest.LogCaptureFixture) -> None:
    assert WORD not in shown.lower()
    assert WORD not in caplog.text.lower()


@pytest.mark.parametrize("code", CODES)
def test_stored_keys_and_tokens(fake_aws: Any, keys: Secret, caplog: pytest.LogCaptureFixture, code: str) -> None:
    assert WORD in keys.reveal()
    direct = AwsIdentity("keys", endpoint_url=fake_aws.url)
    role = AwsIdentity("role", role_arn="arn:aws:iam::222222222222:role/R", endpoint_url=fake_aws.url)
    # A proxy or a service that sends back what it was sent, or worse.
    echo = "token stored-token-canary, key stored-secret-canary; aws_secret_access_key=any-canary"
    fake_aws.fail("GetCallerIdentity", code, echo, 400)
    clean(fails(lambda: connect(open_session(direct, keys)), echo), caplog)
    role_echo = f"{echo}; token role-token-canary, key role-secret-canary"
    fake_aws.fail("GetCallerIdentity", code, role_echo, 400)
    clean(fails(lambda: connect(open_session(role, keys)), role_echo), caplog)
    fake_aws.fail("AssumeRole", code, echo, 400)
    clean(fails(lambda: connect(open_session(role, keys)), echo), caplog)


def test_profiles(fake_aws: Any, aws_files: Callable[..., None], home: Path, caplog: pytest.LogCaptureFixture) -> None:
    (home / "broken").write_text('#!/bin/sh\necho \'{"SecretAccessKey": "process-canary\'\n')
    (home / "broken").chmod(0o700)
    aws_files(
        f"[profile tool]\ncredential_process = {home}/broken --token argument-canary\n",
        "[p]\naws_access_key_id=AKIAPROFILE\naws_secret_access_key=profile-canary\naws_session_token=token-canary\n",
    )
    echo = "token token-canary and profile-canary"
    fake_aws.fail("GetCallerIdentity", "AccessDenied", echo)
    clean(repr(list_profiles()), caplog)
    clean(
        fails(lambda: connect(open_session(AwsIdentity("profile", profile="p", endpoint_url=fake_aws.url))), echo),
        caplog,
    )
    with pytest.raises(UserError) as caught:
        connect(open_session(AwsIdentity("profile", profile="tool", endpoint_url=fake_aws.url)))
    clean(str(caught.value) + redacted_traceback(caught.value), caplog)
    aws_files("", "[p]\naws_secret_access_key = file-canary\nbroken line canary\n[p]\n")
    with pytest.raises(UserError) as caught:
        list_profiles()
    clean(str(caught.value) + redacted_traceback(caught.value), caplog)


def test_the_vault_and_the_workspace_file(
    conn: sqlite3.Connection, workspace_path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    passphrase = Secret("passphrase-canary-1")
    vault = Vault.open(conn, nobody, key_store=None, given=passphrase)
    row = vault.put(AwsKeys.PURPOSE, AwsKeys("AKIA1", Secret("vault-canary"), Secret("token-canary")).to_secret())
    assert WORD in vault.get(row).reveal()
    vault.change_passphrase(passphrase, Secret("passphrase-canary-2"))
    clean(repr(vault.describe()), caplog)
    clean(repr(vars(vault)), caplog)
    shown = fails(lambda: Vault.open(conn, nobody, key_store=None, given=Secret("wrong-canary")).unlock())
    shown += fails(lambda: Vault.open(conn, lambda *a, **k: "typed-canary", key_store=None).unlock())
    shown += fails(lambda: vault.change_passphrase(Secret("old-canary"), passphrase))
    conn.execute("UPDATE secret SET blob = zeroblob(64)")
    shown += fails(lambda: vault.get(row))
    file = tmp_path / "pass"
    file.write_text("file-canary")
    file.chmod(0o644)
    shown += fails(lambda: read_passphrase(str(file)))
    clean(shown, caplog)
    conn.execute("VACUUM")
    files = [p for p in workspace_path.parent.iterdir() if p.name.startswith(workspace_path.name)]
    assert len(files) >= 2
    for path in files:
        assert WORD.encode() not in path.read_bytes(), path


def test_the_workspace_before_a_vacuum(conn: sqlite3.Connection, workspace_path: Path, key_store: KeyStore) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    row = vault.put(AwsKeys.PURPOSE, AwsKeys("AKIA1", Secret("vault-canary")).to_secret())
    vault.delete(row)
    for path in workspace_path.parent.iterdir():
        assert WORD.encode() not in path.read_bytes(), path


def test_a_key_store_that_talks(conn: sqlite3.Connection, desktop: Any, caplog: pytest.LogCaptureFixture) -> None:
    store = KeyStore(desktop, "a desktop")
    Vault.open(conn, nobody, key_store=store).unlock()
    [text] = desktop.entries.values()
    desktop.locked = True
    with pytest.raises(UserError) as caught:
        Vault.open(conn, nobody, key_store=store).unlock()
    shown = "".join(traceback.format_exception(caught.value)) + caplog.text
    assert text not in shown


def test_prompts_and_organizations(fake_aws: Any, keys: Secret, caplog: pytest.LogCaptureFixture) -> None:
    mfa = "arn:aws:iam::123456789012:mfa/phone"
    identity = AwsIdentity(
        "role", role_arn="arn:aws:iam::222222222222:role/R", mfa_serial=mfa, endpoint_url=fake_aws.url
    )
    fake_aws.fail("AssumeRole", "AccessDenied", "MultiFactorAuthentication failed")
    code = "-".join([WORD, "code"])
    clean(fails(lambda: connect(open_session(identity, keys, lambda *a, **k: code))), caplog)
    session = open_session(AwsIdentity("keys", endpoint_url=fake_aws.url), keys)
    fake_aws.fail("SimulatePrincipalPolicy", "AccessDenied", "no")
    fake_aws.fail("GetAccountPasswordPolicy", "AccessDenied", "no")
    clean(repr(missing_permissions(session, ["iam:GetAccountPasswordPolicy", "x:Y"])), caplog)
    clean(
        fails(lambda: list_organization(open_session(AwsIdentity("keys", endpoint_url="http://127.0.0.1:9"), keys))),
        caplog,
    )
