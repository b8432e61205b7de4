from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.workspace import file
from backend.workspace.filesystem import network_type
from backend.workspace.writer import insert_many, transaction
from tests.backend.workspace.disks import MakeDisk, remount_read_only
from tests.backend.workspace.rows import add_scan


def _fill_for_ever(conn: sqlite3.Connection, saved: list[int]) -> None:
    """Add batches and note each that was acknowledged, until the disk is full."""
    scan = add_scan(conn)
    columns = ("scan", "account", "region", "operation", "resource", "outcome", "message", "at")
    for batch in range(1_000):
        with transaction(conn):
            rows = [
                (scan, "1", "eu-west-1", "s3.GetBucketAcl", f"{batch} {row}", "ok", "x" * 500, 1) for row in range(100)
            ]
            insert_many(conn, "api_call_outcome", columns, rows)
        saved.append(100)


def _fill_disk(folder: Path) -> None:
    with (folder / "ballast").open("wb") as ballast:
        while True:
            ballast.write(b"x" * 4096)
            ballast.flush()


def test_a_full_disk_is_one_sentence_and_loses_nothing_that_was_saved(small_disk: MakeDisk) -> None:
    path = small_disk("2m") / "full.vedette"
    file.create(path)
    conn = file.open_writer(path)
    saved: list[int] = []
    with pytest.raises(UserError, match="The disk is full") as caught:
        _fill_for_ever(conn, saved)
    assert "what was saved before is safe" in caught.value.next_step
    assert saved
    assert conn.execute("SELECT count(*) FROM api_call_outcome").fetchone() == (sum(saved),)
    assert not conn.in_transaction
    conn.close()
    with closing(file.open_reader(path)) as reader:
        assert reader.execute("SELECT count(*) FROM api_call_outcome").fetchone() == (sum(saved),)
        assert reader.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_full_disk_refuses_a_new_workspace_and_leaves_nothing(small_disk: MakeDisk) -> None:
    folder = small_disk("200k")
    with pytest.raises(UserError, match="The disk is full"):
        file.create(folder / "new.vedette")
    assert list(folder.iterdir()) == []


def test_a_full_disk_refuses_the_writer_but_not_the_reader(small_disk: MakeDisk) -> None:
    folder = small_disk("2m")
    path = folder / "full.vedette"
    file.create(path)
    with pytest.raises(OSError, match="No space left"):
        _fill_disk(folder)
    with pytest.raises(UserError, match="The disk is full"):
        file.open_writer(path)
    with closing(file.open_reader(path)) as reader:
        assert reader.execute("SELECT count(*) FROM setting").fetchone()[0] > 0


def test_in_a_read_only_place_a_workspace_is_read_and_not_written(small_disk: MakeDisk) -> None:
    folder = small_disk("2m")
    path = folder / "ours.vedette"
    file.create(path)
    remount_read_only(folder)
    with pytest.raises(UserError, match=f"The folder {folder} is on a read-only file system"):
        file.open_writer(path)
    with pytest.raises(UserError, match="read-only file system"):
        file.create(folder / "new.vedette")
    with closing(file.open_reader(path)) as reader:
        assert reader.execute("SELECT count(*) FROM setting").fetchone()[0] > 0
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.execute("DELETE FROM setting")


def test_a_copy_with_a_left_over_wal_in_a_read_only_place_is_refused_rather_than_half_read(
    small_disk: MakeDisk, workspace: Path, conn: sqlite3.Connection
) -> None:
    folder = small_disk("2m")
    conn.execute("INSERT INTO analyst (name, created_at) VALUES ('Ann', 1)")
    for end in ("", "-wal"):
        (folder / f"copy{end}").write_bytes(workspace.with_name(workspace.name + end).read_bytes())
    remount_read_only(folder)
    with pytest.raises(UserError, match="was in use when it was copied"):
        file.open_reader(folder / "copy")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_is_told(workspace: Path) -> None:
    workspace.parent.chmod(0o500)
    try:
        with pytest.raises(UserError, match="is not writable for you"):
            file.open_writer(workspace)
        file.open_reader(workspace).close()
    finally:
        workspace.parent.chmod(0o700)


_MOUNTS = """\
22 1 9:9 / / rw,relatime - ext4 /dev/vda rw
30 22 0:40 / {nfs} rw - nfs4 server:/export rw
31 22 0:41 / {nfs}/local rw - tmpfs tmpfs rw
32 22 0:42 / {space} rw shared:7 - fuse.sshfs me@there: rw
"""


def test_a_network_file_system_is_known_by_the_deepest_mount(tmp_path: Path) -> None:
    nfs, space, local = tmp_path / "nfs", tmp_path / "with space", tmp_path / "here"
    for folder in (nfs / "local", nfs / "deep", space, local, tmp_path / "nfs-not"):
        folder.mkdir(parents=True)
    table = tmp_path / "mountinfo"
    table.write_text(_MOUNTS.format(nfs=nfs, space=str(space).replace(" ", "\\040")))
    assert network_type(nfs / "deep" / "new.vedette", table) == "nfs4"
    assert network_type(nfs, table) == "nfs4"
    assert network_type(nfs / "local" / "a", table) == ""
    assert network_type(tmp_path / "nfs-not" / "a", table) == ""
    assert network_type(space / "a", table) == "fuse.sshfs"
    (tmp_path / "link").symlink_to(nfs / "deep")
    assert network_type(tmp_path / "link" / "a", table) == "nfs4"
    assert network_type(local / "a", tmp_path / "no mountinfo here") == ""


def test_a_mount_that_another_one_hides_is_not_asked(tmp_path: Path) -> None:
    number = tmp_path.stat().st_dev
    hidden = f"40 22 0:77 / {tmp_path} rw - nfs4 server:/export rw\n"
    upper = f"41 22 {os.major(number)}:{os.minor(number)} / {tmp_path.parent} rw - ext4 /dev/vdb rw\n"
    table = tmp_path / "mountinfo"
    table.write_text("22 1 9:9 / / rw - ext4 /dev/vda rw\n" + hidden + upper)
    assert network_type(tmp_path, table) == ""


def test_on_a_network_file_system_only_an_export_is_read(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.workspace.filesystem.network_type", lambda path: "nfs4")
    with pytest.raises(UserError, match=r"network file system \(nfs4\)"):
        file.open_writer(workspace)
    with pytest.raises(UserError, match="network file system"):
        file.create(tmp_path / "new.vedette")
    with closing(file.open_reader(workspace)) as reader:  # nobody writes: no -wal lies beside it
        assert reader.execute("SELECT count(*) FROM setting").fetchone()[0] > 0
    workspace.with_name(workspace.name + "-wal").write_bytes(b"x")
    with pytest.raises(UserError, match="network file system"):
        file.open_reader(workspace)
