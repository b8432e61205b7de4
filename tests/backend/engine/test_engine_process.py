"""The engine as a process: who is it, who may join it, and what is left when somebody is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from backend.client import Client, ConnectionLost
from backend.engine.channel import FrameReader, encode
from backend.engine.command import child_environment
from backend.engine.lock import announced_socket
from backend.engine.paths import lock_path
from backend.errors import UserError
from backend.product import VERSION
from backend.workspace import file
from backend.workspace.version import SCHEMA_VERSION

ROOT = Path(__file__).resolve().parents[3]


def _bare(stage: Any) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(str(announced_socket(stage.workspace)))
    return connection


def _ask(connection: socket.socket, frame: dict[str, Any]) -> list[dict[str, Any]]:
    """Send one frame; every frame until the first answer, or the end."""
    connection.sendall(encode(frame))
    reader, found = FrameReader(), []  # type: ignore[var-annotated]
    while not any("id" in one for one in found) and (data := connection.recv(65536)):
        found += reader.feed(data)
    return found


def _hello(**changed: Any) -> dict[str, Any]:
    arguments = {"product": VERSION, "schema": SCHEMA_VERSION, "face": "test", "who": "maria", **changed}
    return {"id": 1, "verb": "hello", "args": arguments}


def test_two_clients_and_another_process_see_the_same_rows(stage: Any, until: Any) -> None:
    engine = stage.exercise()
    (one, _), (_two, heard) = stage.watched("gui"), stage.watched("gui")
    one.call("exercise.put", key="colour", value='"blue"')
    until(lambda: [push for push in heard if push["push"] == "changed" and push["table"] == "setting"])
    query = "SELECT value FROM setting WHERE key = 'colour'"
    assert [client.reader().execute(query).fetchone()[0] for client in stage.clients] == ['"blue"'] * 2
    script = (
        "import sys; from pathlib import Path; from backend.client import Client\n"
        "client = Client.open(Path(sys.argv[1]), face='cli')\n"
        f"print(client.hello['engine'], client.reader().execute({query!r}).fetchone()[0])\n"
        "client.call('exercise.put', key='shape', value='1'); client.close()"
    )
    command = [sys.executable, "-P", "-c", script, str(stage.workspace)]
    told = subprocess.run(command, env=child_environment(), capture_output=True, text=True, check=True, timeout=60)
    assert told.stdout.split() == [str(engine), '"blue"']
    assert "shape" in stage.settings()


def test_an_engine_killed_amid_batches_loses_at_most_the_last_one(stage: Any, until: Any) -> None:
    engine = stage.exercise()
    client, heard = stage.watched()
    client.call("exercise.start", steps=[["batches", 100_000, 10]])
    until(lambda: len(stage.settings()) > 500)
    stage.kill(engine)
    until(lambda: [one for one in heard if one["push"] == "connection" and one["state"] == "lost"])
    keys = [key for key in stage.settings() if key.startswith("b")]
    batches: dict[str, int] = {}
    for key in keys:
        batches[key.split("-")[0]] = batches.get(key.split("-")[0], 0) + 1
    assert set(batches.values()) == {10}  # each batch as a whole, or not at all
    assert set(batches) == {f"b{number}" for number in range(len(batches))}  # and none before a missing one
    # The next call joins a new engine, which finds nothing to complain of.
    again = client.call("ping")["engine"]
    stage.engines.add(again)
    assert again != engine
    assert [one["state"] for one in heard if one["push"] == "connection"] == ["lost", "back"]
    conn = sqlite3.connect(stage.workspace)
    assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    conn.close()


def test_an_engine_killed_inside_a_transaction_leaves_none_of_it(stage: Any, until: Any) -> None:
    engine = stage.exercise()
    client = stage.client()
    client.call("exercise.start", steps=[["batch", {"keys": ["whole"]}], ["batch", {"keys": ["half"], "die": True}]])
    until(lambda: client.connected is False)
    assert "whole" in stage.settings()
    assert "half" not in stage.settings()
    assert not Path(f"/proc/{engine}").exists() or Path(f"/proc/{engine}/stat").read_text().split()[2] == "Z"


def test_a_client_killed_leaves_the_engine_and_its_job_running(stage: Any, until: Any) -> None:
    stage.exercise()
    watcher = stage.client()
    script = (
        "import sys, signal; from pathlib import Path; from backend.client import Client\n"
        "client = Client.open(Path(sys.argv[1]), face='cli')\n"
        "client.call('exercise.start', steps=[['batches', 200, 5]]); print('begun', flush=True); signal.pause()"
    )
    command = [sys.executable, "-P", "-c", script, str(stage.workspace)]
    with subprocess.Popen(command, env=child_environment(), stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"begun\n"
        child.kill()
    (job,) = watcher.call("job.list")
    assert watcher.call("job.wait", job=job["id"])["state"] == "done"
    until(lambda: watcher.call("ping")["clients"] == 1)


def test_an_engine_ends_a_while_after_its_last_client(
    stage: Any, until: Any, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "0.3")
    client = stage.client()
    engine = client.hello["engine"]
    client.close()
    again = stage.client()  # within the while: the same one
    assert again.hello["engine"] == engine
    again.close()
    until(lambda: not running(engine))
    assert not announced_socket(stage.workspace).exists()
    assert not stage.workspace.with_name(stage.workspace.name + "-wal").exists()
    assert stage.client().hello["engine"] != engine


def test_an_engine_with_a_job_stays_without_clients(stage: Any, until: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEDETTE_LINGER_SECONDS", "0.1")
    engine = stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["wait", 1.0], ["batch", {"keys": ["late"]}]])
    client.close()
    until(lambda: "late" in stage.settings())
    assert stage.client().hello["engine"] == engine or job


def test_many_clients_at_once_share_one_engine(stage: Any) -> None:
    script = (
        "import sys; from pathlib import Path; from backend.client import Client\n"
        "client = Client.open(Path(sys.argv[1]), face='cli')\n"
        "print(client.hello['engine']); sys.stdin.read(); client.close()"
    )
    command = [sys.executable, "-P", "-c", script, str(stage.workspace)]
    children = [
        subprocess.Popen(command, env=child_environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(6)
    ]
    engines = {int(child.stdout.readline()) for child in children if child.stdout}
    stage.engines |= engines
    assert len(engines) == 1
    for child in children:
        child.communicate(timeout=30)
        assert child.returncode == 0


@pytest.mark.parametrize(
    ("changed", "side"),
    [
        ({"product": "0.0.9"}, "Restart this program"),
        ({"product": "9.0.0"}, "Restart the engine"),
        ({"schema": SCHEMA_VERSION + 1}, "Restart the engine"),
        ({"schema": SCHEMA_VERSION - 1}, "Restart this program"),
    ],
)
def test_another_version_is_told_which_side_to_restart(stage: Any, changed: dict[str, Any], side: str) -> None:
    stage.client()
    with _bare(stage) as connection:
        answer, *rest = [*_ask(connection, _hello(**changed)), *FrameReader().feed(connection.recv(65536))]
        assert side in answer["error"]["next_step"]
        assert VERSION in answer["error"]["message"]
        assert stage.workspace.name in answer["error"]["message"]
        assert answer["error"]["kind"] == "environment"
        assert [one["push"] for one in rest] == ["closed"]


def test_the_first_word_must_be_hello(stage: Any) -> None:
    stage.client()
    with _bare(stage) as connection:
        (told,) = _ask(connection, {"id": 1, "verb": "ping"})
        assert told == {"push": "closed", "reason": "The connection is closed: the first word must be hello."}


def test_a_flooding_stranger_is_cut_off_and_others_go_on(stage: Any) -> None:
    client = stage.client()
    with _bare(stage) as connection:
        connection.sendall(b"\xff" * 1000)
        (told,) = FrameReader().feed(connection.recv(65536))
        assert "exceeds the limit" in told["reason"]
    assert client.call("ping")["clients"] == 1


def test_another_user_is_refused(stage: Any) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    stage.client()
    path = announced_socket(stage.workspace)
    assert path.stat().st_mode & 0o777 == 0o600
    # As an intruder who got past the file's mode: connected as nobody.
    script = (
        "import os, socket, sys\n"
        "folder = os.open(os.path.dirname(sys.argv[1]), os.O_RDONLY); os.fchdir(folder)\n"
        "os.chmod(os.path.basename(sys.argv[1]), 0o666); os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "one = socket.socket(socket.AF_UNIX); one.settimeout(10)\n"
        "try:\n one.connect(os.path.basename(sys.argv[1])); print('connected', one.recv(10))\n"
        "except OSError as error: print('refused', error.errno)"
    )
    path.parent.chmod(0o711)
    told = subprocess.run([sys.executable, "-I", "-c", script, str(path)], capture_output=True, text=True, timeout=60)
    path.parent.chmod(0o700)
    assert told.stdout.strip() in ("connected b''", "refused 104"), told.stderr


def test_a_socket_of_another_user_is_not_joined(stage: Any, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can become somebody else")
    trap = Path(f"/tmp/vedette-trap-{os.getpid()}.sock")
    script = (
        "import os, socket, sys\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "one = socket.socket(socket.AF_UNIX); one.bind(sys.argv[1]); one.listen()\n"
        "print('up', flush=True); one.accept()"
    )
    child = subprocess.Popen([sys.executable, "-I", "-c", script, str(trap)], stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"up\n"
        lock_path(stage.workspace).write_text(json.dumps({"socket": str(trap)}))
        with pytest.raises(UserError, match="belongs to another user"):
            Client.open(stage.workspace, face="cli")
    finally:
        child.kill()
        child.communicate()
        trap.unlink(missing_ok=True)
        lock_path(stage.workspace).unlink()


def test_what_a_dead_engine_left_lying_stops_nobody(stage: Any) -> None:
    client = stage.client()
    engine = client.hello["engine"]
    path = announced_socket(stage.workspace)
    stage.kill(engine)
    assert path.exists()  # it had no time to tidy
    assert lock_path(stage.workspace).exists()
    assert stage.client().hello["engine"] != engine


def test_a_call_under_way_when_the_engine_dies_fails_clearly(stage: Any, until: Any) -> None:
    engine = stage.exercise()
    client = stage.client()
    job = client.call("exercise.start", steps=[["wait", 60]])
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            client.call("job.wait", timeout=None, job=job["id"])
        except ConnectionLost as error:
            caught.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    until(lambda: client.call("ping"))
    stage.kill(engine)
    thread.join(20)
    assert "ended before it answered job.wait" in str(caught[0])


def test_a_file_that_is_no_workspace_is_refused_in_its_own_words(tmp_path: Path) -> None:
    nothing = tmp_path / "none.vedette"
    with pytest.raises(UserError, match=r"There is no workspace .*none\.vedette"):
        Client.open(nothing, face="cli")
    assert not lock_path(nothing).exists()
    text = tmp_path / "text.vedette"
    text.write_bytes(b"hello " * 1000)
    with pytest.raises(UserError, match=r"text\.vedette"):
        Client.open(text, face="cli")
    newer = tmp_path / "newer.vedette"
    file.create(newer)
    conn = sqlite3.connect(newer)
    conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    conn.close()
    with pytest.raises(UserError, match="newer"):
        Client.open(newer, face="cli")


def test_without_an_engine_and_without_leave_to_start_one_it_says_so(stage: Any) -> None:
    with pytest.raises(UserError, match=r"No engine runs for test\.vedette"):
        Client.open(stage.workspace, face="cli", start_engine=False)


def test_a_folder_backend_in_the_current_directory_is_not_ours(
    stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "backend").mkdir()
    (tmp_path / "backend" / "__init__.py").write_text("raise SystemExit('shadowed')")
    monkeypatch.chdir(tmp_path)
    assert stage.client().call("ping")["clients"] == 1


def test_a_symlink_leads_to_the_same_engine(stage: Any, tmp_path: Path) -> None:
    engine = stage.client().hello["engine"]
    link = tmp_path / "link.vedette"
    link.symlink_to(stage.workspace)
    with Client.open(link, face="cli") as other:
        assert other.hello["engine"] == engine


def test_another_runtime_folder_finds_the_engine_all_the_same(
    stage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = stage.client().hello["engine"]
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert stage.client().hello["engine"] == engine


def test_sigterm_ends_the_engine_in_order(stage: Any) -> None:
    client = stage.client()
    begun = time.monotonic()
    stage.kill(client.hello["engine"], signal.SIGTERM)
    assert time.monotonic() - begun < 5
    assert not announced_socket(stage.workspace).exists()
    conn = file.open_reader(stage.workspace)
    assert conn.execute("SELECT count(*) FROM setting WHERE key = 'workspace.open'").fetchone()[0] == 0
    conn.close()


@pytest.mark.slow
def test_killed_at_any_moment_it_is_never_corrupt(stage: Any, until: Any) -> None:
    rng = random.Random(7)
    for _ in range(12):
        engine = stage.exercise()
        client = stage.client()
        client.call("exercise.start", steps=[["batches", 100_000, 10]])
        client.call("exercise.start", steps=[["batches", 100_000, 100]])
        threading.Event().wait(rng.uniform(0, 0.6))
        stage.kill(engine)
        client.close()
        conn = file.open_reader(stage.workspace)
        assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        conn.close()
