"""Scans, triage and the rest that goes through the engine, for real: processes, sockets, an emulator."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.backend.cli.conftest import Ran, Terminal

Vedette = Callable[..., Ran]
KEYS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "canary-secret-5f1d",
    "VEDETTE_PASSPHRASE": "canary passphrase of 4 words",
}


@pytest.fixture
def account(emulator: Any) -> Any:
    s3 = emulator.client("s3", "us-east-1")
    s3.create_bucket(Bucket="cli-open")
    s3.create_bucket(Bucket="cli-closed")
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket="cli-closed", PublicAccessBlockConfiguration=blocked)
    return emulator


def scan(vedette: Vedette, path: Path, account: Any, *more: str) -> Ran:
    arguments = ("scan", "aws", "--endpoint-url", account.url, "--region", "us-east-1", "--regions", "us-east-1")
    return vedette(*arguments, "--name", "emulator", *more, workspace=path, **KEYS)


def test_a_scan_from_nothing_to_findings(vedette: Vedette, account: Any, workspace_path: Path, home: Path) -> None:
    ran = scan(vedette, workspace_path, account, "--format", "json")
    assert ran.code == 0, ran.err
    assert ran.err == ""  # quiet in a pipe
    (row,) = ran.json()
    assert row["state"] == "done"
    assert row["fail"] > 0
    found = vedette("findings", "--status", "fail", "--format", "json", workspace=workspace_path).json()
    assert "cli-open" in {one["name"] for one in found}

    again = scan(vedette, workspace_path, account, "--fail-on", "info")
    assert again.code == 3  # and the account was not added twice
    assert len(vedette("accounts", "list", "--format", "json", workspace=workspace_path).json()) == 1

    ran = vedette(
        "triage", "mute", "--query", "name:cli-open", "--reason", "accepted risk", workspace=workspace_path, **KEYS
    )
    assert (ran.code, "Say --yes" in ran.err) == (1, True)
    mute = ("triage", "mute", "--query", "name:cli-open status:fail", "--reason", "accepted risk", "--until", "30d")
    ran = vedette(*mute, "--note", "a test", "--yes", workspace=workspace_path, **KEYS)
    assert ran.code == 0, ran.err
    found = vedette("findings", "--status", "fail", "--format", "json", workspace=workspace_path).json()
    assert "cli-open" not in {one["name"] for one in found}
    muted = vedette("findings", "status:muted", "--format", "json", workspace=workspace_path).json()
    assert {one["mute_reason"] for one in muted} == {"accepted risk"}

    for path in [*workspace_path.parent.rglob("*"), *home.rglob("*")]:
        if path.is_file():
            assert b"canary-secret-5f1d" not in path.read_bytes(), path


def test_what_is_missing_is_said(vedette: Vedette, account: Any, workspace_path: Path) -> None:
    ran = vedette("scan", "aws", workspace=workspace_path)
    assert (ran.code, "no account in this workspace yet" in ran.err) == (1, True)
    ran = vedette("scan", "aws", "--endpoint-url", account.url, workspace=workspace_path)
    assert (ran.code, "AWS_ACCESS_KEY_ID" in ran.err) == (1, True)
    ran = vedette("scan", "aws", "--account", "nobody", workspace=workspace_path)
    assert (ran.code, "There is no account nobody" in ran.err) == (1, True)
    ran = vedette("scan", "aws", "--profile", "nobody", workspace=workspace_path)
    assert (ran.code, "Traceback" in ran.err) == (1, False)
    assert "nobody" in ran.err


def test_ctrl_c_cancels_the_scan(account: Any, workspace_path: Path, vedette: Vedette) -> None:
    arguments = ("scan", "aws", "--endpoint-url", account.url, "--region", "us-east-1", "--name", "emulator")
    terminal = Terminal("--workspace", str(workspace_path), *arguments, **KEYS)
    terminal.read_until("Scan emulator")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert "Cancelling" in terminal.seen
    deadline = time.monotonic() + 30
    state = "running"
    while state == "running" and time.monotonic() < deadline:  # the worker ends in its own time
        state = vedette("accounts", "list", "--format", "json", workspace=workspace_path).json()[0]["state"]
    assert state in ("cancelled", "never scanned")
