"""Canaries planted wherever a secret goes in: none is found wherever a byte came out."""

from __future__ import annotations

import base64
import sqlite3
import threading
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from pypdf import PdfReader

from tests.end_to_end.conftest import MFA_CODE, REGIONS, Company, Desk, Keys, free_port, wait_until
from tests.end_to_end.middlebox import Answer, Middlebox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SECRET_KEY = "canaryKey/wJalrXUtnFEMI+K7MDENG9bPxRfi"
TOKEN = "canaryToken//FwoGZXIvYXdzEJr8xQ2m+Zp7=="
PASSPHRASE = "canary passphrase of six odd words"
EXPORT_PASSPHRASE = "canary for the copy of a colleague"
ENVIRONMENT = "canaryEnv-9f2c61d0a7b84e35"
USER_DATA = "canaryUserData-44c1e0b97d5f4a2e"
CANARIES = (SECRET_KEY, TOKEN, PASSPHRASE, EXPORT_PASSPHRASE, ENVIRONMENT, USER_DATA)


def needles() -> dict[bytes, str]:
    found = {}
    for canary in CANARIES:
        raw = canary.encode()
        for form in (raw, base64.b64encode(raw).rstrip(b"="), quote(canary, safe="").encode(), raw[4:24]):
            found[form] = canary
    return found


def assert_clean(data: bytes, where: object) -> None:
    for form, canary in needles().items():
        assert form not in data, f"{canary} in {where}"


def assert_file_clean(path: Path) -> None:
    data = path.read_bytes()
    assert_clean(data, path)
    if data.startswith(b"SQLite format 3"):  # a value may lie over two pages
        conn = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in conn.execute(f'SELECT * FROM "{table}"'):
                assert_clean(repr(row).encode(), (path, table))
                for value in row:
                    if isinstance(value, bytes):
                        assert_clean(value, (path, table))
        conn.close()
    if path.suffix == ".pdf":
        text = "\n".join(page.extract_text() for page in PdfReader(path).pages)
        assert_clean(text.replace("\n", "").encode(), (path, "text"))
        for piece in data.split(b"stream")[1:]:
            try:
                assert_clean(zlib.decompress(piece.strip(b"\r\n")), (path, "stream"))
            except zlib.error:
                continue


def plant(company: Company) -> None:
    functions = company.aws("lambda", REGIONS[0])
    name = functions.list_functions()["Functions"][0]["FunctionName"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"DB_PASSWORD": ENVIRONMENT, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}}
    )
    script = f"#!/bin/sh\nexport PASSWORD={USER_DATA}\nexport AWS_SECRET_ACCESS_KEY={SECRET_KEY}\n"
    company.aws("ec2", REGIONS[0]).run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, UserData=script)


def watch_processes(pid: int, seen: set[str], stop: threading.Event) -> None:
    """Command lines and environments of an engine and its workers."""
    while not stop.wait(0.02):
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
            for one in family:
                seen.add(" ".join(one.cmdline()))
                # AWS_* variables are the user's own, and some profiles read them; what we ask for is in none.
                environ = Path(f"/proc/{one.pid}/environ").read_text(errors="replace").split("\0")
                seen.add("\n".join(entry for entry in environ if not entry.startswith("AWS_")))
        except (psutil.Error, OSError):
            continue


def test_no_canary_is_found_anywhere(company: Company, box: Middlebox, desk: Desk, home: Path, tmp_path: Path) -> None:
    desk.environment["VEDETTE_PASSPHRASE"] = PASSPHRASE
    plant(company)
    keys = Keys("AKIAIOSFODNN7EXAMPLE", SECRET_KEY, TOKEN)
    out = tmp_path / "out"
    out.mkdir()

    # By the command line: add, test, scan all there is, triage.
    assert desk.scan(company.url, "--all-services", keys=keys).code == 0
    assert desk.run("accounts", "test", "company").code == 0
    assert desk.rows("SELECT count(*) FROM aws_ec2_instance")[0][0] > 1
    assert desk.run("triage", "mute", "--query", "severity:low", "--yes", "--reason", "accepted risk").code == 0

    # By a console: a draft, an MFA code, a vault opened; its processes watched meanwhile.
    client = desk.client()
    seen: set[str] = set()
    stop = threading.Event()
    watcher = threading.Thread(target=watch_processes, args=(client.hello["engine"], seen, stop))
    watcher.start()
    pair = {"access_key_id": keys.id, "secret_access_key": SECRET_KEY, "session_token": TOKEN}
    role = {
        "endpoint_url": company.url,
        "region": REGIONS[0],
        "role_arn": "arn:aws:iam::123456789012:role/mf-audit-administration",
        "mfa_serial": "arn:aws:iam::123456789012:mfa/anna",
    }
    draft = client.call("account.test", draft={"kind": "role", "options": role, "keys": pair})
    tested = client.call("job.wait", timeout=100, job=draft["id"])
    assert tested["state"] == "done", tested["error"]
    assert "mfa" in desk.asked

    # What fails: an expired token, nobody there, an answer that repeats what we sent.
    def echo(request: Any) -> Answer:
        error = f"<Error><Code>ValidationError</Code><Message>{SECRET_KEY} {TOKEN}</Message></Error>"
        return Answer(400, f"<ErrorResponse>{error}</ErrorResponse>".encode(), "text/xml")

    box.answer = echo
    for url in (box.url, f"http://127.0.0.1:{free_port()}"):
        failing = client.call(
            "account.test", draft={"kind": "keys", "options": {**_plain(role), "endpoint_url": url}, "keys": pair}
        )
        ended = client.call("job.wait", timeout=100, job=failing["id"])
        assert ended["state"] == "failed"
        assert_clean(repr(ended).encode(), "a job's error")
    assert_clean(repr(client.call("job.list")).encode(), "the list of jobs")
    stop.set()
    watcher.join()
    for text in seen:
        assert_clean(text.encode(), "a process")
        assert MFA_CODE not in text
    log = Path(client.hello["log"])
    engine = client.hello["engine"]
    client.close()

    # All that is written for others.
    for format in ("pdf", "csv", "json", "sarif", "ocsf"):
        assert desk.run("report", "-o", str(out / f"report.{format}"), "--passed").code == 0
        if format != "pdf":
            assert desk.run("export", "--all", "-o", str(out / f"export.{format}")).code == 0
    secret = tmp_path / "export-passphrase"
    secret.write_text(EXPORT_PASSPHRASE)
    secret.chmod(0o600)
    assert desk.run("workspace", "export", str(out / "copy.vedette")).code == 0
    sealed = ("workspace", "export", str(out / "sealed.vedette"), "--encryption-passphrase-file", str(secret))
    assert desk.run(*sealed).code == 0
    for command in (
        ("findings", "--all"),
        ("findings", "--all", "--format", "json"),
        ("accounts", "list"),
        ("audit", "list"),
    ):
        desk.run(*command)
    desk.json("findings", "--id", "1")

    wait_until(lambda: not psutil.pid_exists(engine))
    secret.unlink()
    files = [path for folder in (tmp_path, home) for path in folder.rglob("*") if path.is_file()]
    assert {"report.pdf", "report.pdf.manifest.json", "copy.vedette", log.name} <= {path.name for path in files}
    for path in files:
        assert_file_clean(path)
    conn = sqlite3.connect(desk.workspace)  # the log's pages moved into the file
    conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    conn.close()
    assert_file_clean(desk.workspace)
    for text in desk.said:
        assert_clean(text.encode(), "what a command wrote")
    copy = sqlite3.connect(f"file:{out / 'copy.vedette'}?mode=ro", uri=True)
    assert copy.execute("SELECT count(*) FROM secret").fetchone() == (0,)
    copy.close()
    assert MFA_CODE not in log.read_text()


def _plain(options: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in options.items() if key in ("endpoint_url", "region")}
