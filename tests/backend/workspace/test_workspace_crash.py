from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from backend.workspace import file
from tests.backend.workspace.rows import add_scan

ROWS = 40
_WRITER = """
import sys
from pathlib import Path
from backend.workspace import file
from backend.workspace.writer import insert_many, transaction
conn = file.open_writer(Path(sys.argv[1]))
batch = int(sys.argv[2])
columns = ("scan", "account", "region", "operation", "resource", "outcome", "message", "at")
while True:
    with transaction(conn, durable=batch % 2 == 0):
        rows = [(1, "1", "eu", f"s3.Batch{batch}", str(n), "ok", "m" * 200, batch) for n in range(int(sys.argv[3]))]
        insert_many(conn, "api_call_outcome", columns, rows)
    sys.stdout.write(f"{batch}\\n")
    sys.stdout.flush()
    batch += 1
"""
_ROOT = str(Path(file.__file__).parents[2])


def _start(code: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-c", code, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": _ROOT}, text=True)


def test_a_killed_writer_loses_at_most_the_batch_in_flight(workspace: Path) -> None:
    with closing(file.open_writer(workspace)) as conn:
        add_scan(conn)
    chance = random.Random(7)
    acknowledged = -1
    for _ in range(15):
        writer = _start(_WRITER, str(workspace), str(acknowledged + 1), str(ROWS))
        assert writer.stdout is not None
        stop_after = acknowledged + chance.randint(1, 120)
        while acknowledged < stop_after:
            acknowledged = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *(int(line) for line in writer.stdout if line.endswith("\n"))])
        writer.stdout.close()
        assert writer.wait() == -signal.SIGKILL
        with closing(file.open_reader(workspace)) as reader:
            batches = dict(reader.execute("SELECT at, count(*) FROM api_call_outcome GROUP BY at").fetchall())
        assert set(batches) >= set(range(acknowledged + 1)), "an acknowledged batch is gone"
        assert set(batches.values()) == {ROWS}, "half a batch is there"
        acknowledged = max(batches)
    with closing(file.open_writer(workspace)) as conn:  # checks all pages: it was never closed in order
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


_MIGRATING = """
import os, signal, sys
from pathlib import Path
import sqlite3
from sqlite_utils import Migrations
from backend.workspace.migrate import migrate
from backend.workspace import pragmas

kill_at = int(sys.argv[2])
steps = Migrations("vedette")

@steps()
def start(db): raise RuntimeError("it was applied before")

@steps()
def later(db):
    for number in range(10):
        if number == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        db.execute(f"CREATE TABLE later_{number} (a INTEGER) STRICT")
        db.conn.executemany(f"INSERT INTO later_{number} VALUES (?)", ((n,) for n in range(2000)))

@steps()
def latest(db):
    db.execute("ALTER TABLE analyst ADD COLUMN team TEXT")
    if kill_at == 10:
        db.conn.execute("PRAGMA cache_spill = 1")
        os.kill(os.getpid(), signal.SIGKILL)

conn = sqlite3.connect(sys.argv[1], isolation_level=None)
pragmas.apply_writer(conn)
conn.execute("PRAGMA cache_size = 5")  # so that pages reach the disk before the commit
migrate(conn, steps, 2)
conn.close()
"""


@pytest.mark.parametrize("kill_at", [0, 1, 5, 9, 10])
def test_a_killed_migration_leaves_the_old_file(workspace: Path, kill_at: int) -> None:
    def shape(path: Path) -> list[tuple[str, str]]:
        with closing(sqlite3.connect(path)) as conn:
            return conn.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()

    before = shape(workspace)
    writer = _start(_MIGRATING, str(workspace), str(kill_at))
    assert writer.communicate()[0] == ""
    assert writer.returncode == -signal.SIGKILL
    assert shape(workspace) == before
    with closing(file.open_writer(workspace)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (1,)
        assert conn.execute("PRAGMA quick_check").fetchone() == ("ok",)
    again = _start(_MIGRATING, str(workspace), "-1")
    assert again.communicate()[0] == ""
    assert again.returncode == 0
    with closing(sqlite3.connect(workspace)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (2,)
        assert conn.execute("SELECT count(*) FROM later_9").fetchone() == (2000,)
        conn.execute("SELECT team FROM analyst")
