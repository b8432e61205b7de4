from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.workspace import audit, file, settings
from backend.workspace.handover import container, mark
from backend.workspace.handover.export import Cancelled, export
from backend.workspace.handover.opening import needs_passphrase, open_handover
from backend.workspace.writer import transaction
from tests.backend.workspace.disks import MakeDisk, remount_read_only
from tests.backend.workspace.rows import add_finding, add_scan

PASSPHRASE = "correct horse battery"
KEY = bytes(range(32))
CANARY = b"CANARY-7f1d"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MEMORY_KIB", 64)
    monkeypatch.setattr(container, "ITERATIONS", 1)


@pytest.fixture
def ours(conn: sqlite3.Connection) -> sqlite3.Connection:
    """A workspace in use, with things in it that must not leave."""
    with transaction(conn):
        for number in range(1, 40):
            size = 50_000 if number % 10 == 0 else 60
            conn.execute(
                "INSERT INTO secret VALUES (?, ?, ?, 1)", (number, CANARY.decode(), CANARY + b"b" * size + CANARY)
            )
            options = {"profile": f"{CANARY.decode()}-p", "external_id": CANARY.decode(), "regions": ["eu-west-1"]}
            conn.execute(
                "INSERT INTO account (provider, name, kind, options, secret, created_at)"
                " VALUES ('aws', ?, 'role', ?, ?, 1)",
                (f"account {number}", json.dumps(options), number),
            )
        conn.execute("DELETE FROM secret WHERE id > 30")
        conn.execute("INSERT INTO setting VALUES ('vault', ?)", (json.dumps({"envelope": CANARY.decode() * 50}),))
        conn.execute("INSERT INTO setting VALUES ('vault.idle_minutes', '5')")
        conn.execute(
            "INSERT INTO report (at, who, format, path, sha256) VALUES (1, 'Ann', 'pdf', ?, '')",
            (f"/home/{CANARY.decode()}/audit.pdf",),
        )
        add_scan(conn)
        for number in range(50):
            add_finding(conn, f"arn:aws:s3:::bucket-{number}")
        audit.append(conn, KEY, "Ann", "scan.start", "scan 1")
    return conn


def test_an_export_is_one_private_file_with_all_but_the_secrets(
    ours: sqlite3.Connection, workspace: Path, tmp_path: Path
) -> None:
    target = tmp_path / "out" / "ours.vedette"
    target.parent.mkdir()
    steps: list[str] = []
    with closing(file.open_reader(workspace)) as reader:
        assert ours.execute("SELECT count(*) FROM finding").fetchone() == (50,)  # still in the -wal
        found = export(reader, target, who="Ann", progress=steps.append)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM finding")
    assert [path.name for path in target.parent.iterdir()] == ["ours.vedette"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    content = target.read_bytes()
    assert content[18:20] == b"\x01\x01", "not in WAL mode: one file is all of it"
    assert CANARY not in content
    assert found.owner.who == "Ann"
    assert found.workspace == settings.get(ours, "workspace.id")
    assert found.owner.audit_head == str(audit.head(ours))
    assert steps == ["Copying the workspace", "Taking out secrets"]
    with closing(file.open_reader(target)) as theirs:
        assert mark.load(theirs) == found
        assert theirs.execute("SELECT count(*) FROM finding").fetchone() == (50,)
        assert theirs.execute("SELECT count(*), count(secret), min(options) FROM account").fetchone() == (
            39, 0, '{"regions":["eu-west-1"]}',
        )  # fmt: skip
        assert theirs.execute("SELECT path FROM report").fetchone() == ("audit.pdf",)
        assert theirs.execute("SELECT count(*) FROM audit_log").fetchone() == (1,)
        assert theirs.execute("PRAGMA auto_vacuum").fetchone() == (2,)
        assert theirs.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert theirs.execute("PRAGMA foreign_key_check").fetchall() == []
    assert ours.execute("SELECT count(*) FROM secret").fetchone() == (30,), "ours keeps what it had"
    assert mark.load(ours) is None


def test_a_protected_export_opens_with_its_passphrase_only(
    ours: sqlite3.Connection, workspace: Path, tmp_path: Path
) -> None:
    target, into = tmp_path / "ours.vedette.enc", tmp_path / "theirs.vedette"
    with closing(file.open_reader(workspace)) as reader:
        export(reader, target, PASSPHRASE, who="Ann")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert b"bucket-1" not in target.read_bytes()
    assert needs_passphrase(target)
    with pytest.raises(UserError, match="protected by a passphrase"):
        file.open_reader(target)
    for passphrase in (None, "wrong horse battery"):
        with pytest.raises(UserError, match="passphrase"):
            open_handover(target, passphrase, into)
    target.with_name("cut.enc").write_bytes(target.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"damaged or was cut off|does not open"):
        open_handover(target.with_name("cut.enc"), PASSPHRASE, into)
    assert not into.exists()
    assert open_handover(target, PASSPHRASE, into).owner.who == "Ann"
    with closing(file.open_reader(into)) as theirs:
        assert theirs.execute("SELECT count(*) FROM finding").fetchone() == (50,)
    assert stat.S_IMODE(into.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*"))


def test_a_hand_over_is_read_where_nothing_can_be_written(
    ours: sqlite3.Connection, workspace: Path, small_disk: MakeDisk
) -> None:
    folder = small_disk("4m")
    with closing(file.open_reader(workspace)) as reader:
        export(reader, folder / "ours.vedette", who="Ann")
    remount_read_only(folder)
    with closing(file.open_reader(folder / "ours.vedette")) as theirs:
        assert theirs.execute("SELECT count(*) FROM finding").fetchone() == (50,)
    with pytest.raises(UserError, match="read-only file system"):
        file.open_writer(folder / "ours.vedette")


def test_a_hand_over_refuses_scans_and_credentials_and_its_log_goes_on(
    ours: sqlite3.Connection, workspace: Path, tmp_path: Path
) -> None:
    mark.refuse(ours, "A scan")
    with closing(file.open_reader(workspace)) as reader:
        export(reader, tmp_path / "sent.vedette", who="Ann")
    open_handover(tmp_path / "sent.vedette", None, tmp_path / "theirs.vedette")
    other_key = bytes(32)
    with closing(file.open_writer(tmp_path / "theirs.vedette")) as theirs:
        found = mark.load(theirs)
        assert found is not None
        assert found.sentence().startswith("Handed over by Ann on ")
        with pytest.raises(UserError, match=r"A scan is not possible here: .* handed over by Ann"):
            mark.refuse(theirs, "A scan")
        with transaction(theirs):
            audit.append(theirs, other_key, "Bob", "finding.mute", "finding 3")
            audit.append(theirs, other_key, "Bob", "finding.mute", "finding 4")
        verdict = audit.verify(theirs, other_key)
        assert verdict.ok
        assert verdict.count == 4
        assert "the first 1 under an earlier key" in verdict.what
        export(theirs, tmp_path / "back.vedette", who="Bob")
    with closing(file.open_reader(tmp_path / "back.vedette")) as back:
        passed = mark.load(back)
        assert passed is not None
        assert [one.who for one in passed.passings] == ["Ann", "Bob"]
        assert passed.workspace == found.workspace


def test_an_export_overwrites_nothing_it_was_not_told_to(
    ours: sqlite3.Connection, workspace: Path, tmp_path: Path
) -> None:
    target = tmp_path / "there"
    target.write_bytes(b"precious")
    live = tmp_path / "live.vedette"
    file.create(live)
    with closing(file.open_reader(workspace)) as reader, closing(file.open_writer(live)):
        refused = (
            (target, False, "already there"),
            (workspace, True, "this workspace itself"),
            (live, True, "a workspace in use"),
            (tmp_path, True, "is a folder"),
            (tmp_path / "no" / "x", False, "There is no folder"),
        )
        for path, overwrite, sentence in refused:
            with pytest.raises(UserError, match=sentence):
                export(reader, path, who="Ann", overwrite=overwrite)
        assert target.read_bytes() == b"precious"
        with pytest.raises(UserError, match="at least 10"):
            export(reader, target, "short", who="Ann", overwrite=True)
        with pytest.raises(Cancelled):
            export(reader, target, PASSPHRASE, who="Ann", overwrite=True, cancelled=lambda: True)
        assert target.read_bytes() == b"precious"
        export(reader, target, who="Ann", overwrite=True)
    file.open_reader(target).close()
    assert not list(tmp_path.glob(".*.part*"))


def test_an_export_onto_a_full_disk_leaves_nothing(
    ours: sqlite3.Connection, workspace: Path, small_disk: MakeDisk
) -> None:
    folder = small_disk("300k")
    with closing(file.open_reader(workspace)) as reader, pytest.raises(UserError, match="disk is full"):
        export(reader, folder / "ours.vedette", who="Ann")
    assert list(folder.iterdir()) == []


def test_what_is_no_hand_over_is_not_unpacked(workspace: Path, tmp_path: Path) -> None:
    other = tmp_path / "diary"
    other.write_bytes(b"Dear diary " * 1000)
    into = tmp_path / "theirs.vedette"
    for path, sentence in (
        (workspace, "but no hand-over"),
        (other, f"{other} is no Vedette workspace"),
        (tmp_path / "nothing", "There is no workspace"),
    ):
        with pytest.raises(UserError, match=sentence):
            open_handover(path, None, into)
        assert not into.exists()
    with pytest.raises(UserError, match="already there"):
        open_handover(workspace, None, other)


@pytest.mark.parametrize("stored", ["", "[]", "{}", '{"workspace": 1, "passings": []}', '{"passings": [{"who": 1}]}'])
def test_a_doctored_mark_is_still_one(conn: sqlite3.Connection, stored: str) -> None:
    conn.execute("INSERT INTO setting VALUES ('handover', ?)", (stored,))
    with pytest.raises(UserError, match="handed over by somebody"):
        mark.refuse(conn, "A scan")
