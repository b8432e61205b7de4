from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from backend.credentials.keystore import KeyStore
from backend.credentials.passphrase import WrongPassphrase
from backend.credentials.prompt import PromptRefused, nobody
from backend.credentials.secret import Secret
from backend.credentials.vault import Vault
from backend.errors import UserError

GOOD, NEW = Secret("correct horse battery"), Secret("another staple entirely")
SECRET = Secret("the secret itself")


class Person:
    """Answers prompts in turn, and remembers what was asked."""

    def __init__(self, *answers: Secret) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def __call__(self, kind: str, text: str, **extra: Any) -> str:
        self.asked.append({"kind": kind, "text": text, **extra})
        if not self.answers:
            raise PromptRefused("Nobody answered.")
        return self.answers.pop(0).reveal()


def key_file(workspace: Path) -> Path:
    return workspace.with_name(workspace.name + ".key")


def test_with_a_key_store_nothing_is_asked(
    conn: sqlite3.Connection, key_store: KeyStore, desktop: Any, workspace_path: Path
) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    assert vault.state == "absent"
    assert not vault.needs_new_passphrase()
    vault.unlock()
    row = vault.put("aws-keys", SECRET)
    assert (vault.state, vault.level, len(desktop.entries)) == ("unlocked", "keystore", 1)
    assert not key_file(workspace_path).exists()
    again = Vault.open(conn, nobody, key_store=key_store)
    assert again.state == "locked"
    assert again.get(row) == SECRET
    assert again.mac_key() == vault.mac_key()
    description = again.describe()
    assert (description.weak, description.secrets, "a desktop" in description.protection) == (False, 1, True)


def test_without_key_store_and_passphrase_a_key_file_serves_the_audit_log(
    conn: sqlite3.Connection, workspace_path: Path
) -> None:
    vault = Vault.open(conn, nobody, key_store=None)
    key = vault.mac_key()
    assert len(key) == 32
    assert key_file(workspace_path).stat().st_mode & 0o777 == 0o600
    assert Vault.open(conn, nobody, key_store=None).mac_key() == key
    description = vault.describe()
    assert description.weak
    assert "who can copy both files" in description.protection
    assert vault.needs_new_passphrase()


def test_a_real_secret_is_refused_when_nobody_gives_a_passphrase(conn: sqlite3.Connection) -> None:
    vault = Vault.open(conn, nobody, key_store=None)
    vault.unlock()
    with pytest.raises(UserError, match="No secret is stored") as refused:
        vault.put("aws-keys", SECRET)
    assert "--passphrase-file" in refused.value.next_step
    assert conn.execute("SELECT count(*) FROM secret").fetchone() == (0,)
    made_up = vault.put("aws-keys", Secret("emulator"), weak_ok=True)
    assert vault.get(made_up) == Secret("emulator")


def test_the_first_real_secret_leaves_the_key_file_for_a_passphrase(
    conn: sqlite3.Connection, workspace_path: Path
) -> None:
    person = Person(GOOD)
    vault = Vault.open(conn, person, key_store=None)
    audit_key = vault.mac_key()
    demo = vault.put("aws-keys", Secret("emulator"), weak_ok=True)
    old_key = json.loads(key_file(workspace_path).read_text())
    row = vault.put("aws-keys", SECRET)
    assert [(a["kind"], a["new"]) for a in person.asked] == [("passphrase", True)]
    assert vault.level == "passphrase"
    assert not key_file(workspace_path).exists()
    again = Vault.open(conn, Person(GOOD), key_store=None)
    assert (again.get(demo), again.get(row)) == (Secret("emulator"), SECRET)
    assert again.mac_key() == audit_key
    # Who kept a copy of the old key file has nothing by it.
    key_file(workspace_path).write_text(json.dumps(old_key))
    assert "key" in old_key
    assert (
        old_key["name"]
        != json.loads(conn.execute("SELECT value FROM setting WHERE key='vault'").fetchone()[0])["key_name"]
    )


def test_the_first_real_secret_leaves_the_key_file_for_a_key_store(
    conn: sqlite3.Connection, key_store: KeyStore, workspace_path: Path
) -> None:
    Vault.open(conn, nobody, key_store=None).unlock()
    vault = Vault.open(conn, nobody, key_store=key_store)
    row = vault.put("aws-keys", SECRET)
    assert vault.level == "keystore"
    assert not key_file(workspace_path).exists()
    assert Vault.open(conn, nobody, key_store=key_store).get(row) == SECRET


def test_a_passphrase_given_from_outside_is_the_users_choice(conn: sqlite3.Connection, key_store: KeyStore) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store, given=GOOD)
    row = vault.put("aws-keys", SECRET)
    assert vault.level == "passphrase"
    assert Vault.open(conn, nobody, key_store=key_store, given=GOOD).get(row) == SECRET
    with pytest.raises(WrongPassphrase):
        Vault.open(conn, nobody, given=NEW).get(row)


def test_the_demo_asks_for_a_key_file(conn: sqlite3.Connection, key_store: KeyStore, desktop: Any) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store, prefer="keyfile")
    vault.unlock()
    assert (vault.level, desktop.entries) == ("keyfile", {})


def test_a_person_has_three_tries(conn: sqlite3.Connection) -> None:
    row = Vault.open(conn, nobody, key_store=None, given=GOOD).put("aws-keys", SECRET)
    person = Person(NEW, GOOD)
    vault = Vault.open(conn, person, key_store=None)
    assert vault.needs_passphrase()
    assert vault.get(row) == SECRET
    assert [a["attempt"] for a in person.asked] == [1, 2]
    assert "test.vedette" in person.asked[0]["text"]
    stubborn = Person(NEW, NEW, NEW, GOOD)
    with pytest.raises(WrongPassphrase, match="None of 3"):
        Vault.open(conn, stubborn, key_store=None).unlock()
    assert len(stubborn.asked) == 3
    with pytest.raises(PromptRefused):
        Vault.open(conn, nobody, key_store=None).unlock()


def test_an_idle_vault_locks_itself_and_the_audit_log_goes_on(conn: sqlite3.Connection) -> None:
    now = [0.0]
    Vault.open(conn, nobody, key_store=None, given=GOOD).put("aws-keys", SECRET)
    [row] = conn.execute("SELECT id FROM secret").fetchone()
    person = Person(GOOD, GOOD)
    vault = Vault.open(conn, person, key_store=None, clock=lambda: now[0])
    vault.set_idle_minutes(5)
    vault.get(row)
    now[0] = 299
    assert not vault.lock_if_idle()
    vault.get(row)
    now[0] = 299 + 300
    audit_key = vault.mac_key()
    assert vault.lock_if_idle()
    assert vault.state == "locked"
    assert vault.mac_key() == audit_key
    assert len(person.asked) == 1
    vault.get(row)
    assert len(person.asked) == 2
    now[0] += 300
    with pytest.raises(PromptRefused):  # the timer was late: the use itself notices
        vault.get(row)
    assert Vault.open(conn, key_store=None).describe().idle_minutes == 5
    vault.set_idle_minutes(0)
    assert not vault.lock_if_idle()


def test_the_passphrase_changes_and_the_old_one_opens_nothing(conn: sqlite3.Connection, tmp_path: Path) -> None:
    vault = Vault.open(conn, nobody, key_store=None, given=GOOD)
    row = vault.put("aws-keys", SECRET)
    audit_key = vault.mac_key()
    with pytest.raises(WrongPassphrase):
        vault.change_passphrase(NEW, GOOD)
    with pytest.raises(UserError, match="too short"):
        vault.change_passphrase(GOOD, Secret("short"))
    vault.change_passphrase(GOOD, NEW)
    vault.lock()
    assert vault.get(row) == SECRET
    changed = Vault.open(conn, Person(NEW), key_store=None)
    assert (changed.get(row), changed.mac_key()) == (SECRET, audit_key)
    with pytest.raises(WrongPassphrase):
        Vault.open(conn, nobody, key_store=None, given=GOOD).unlock()
    asked = Person(NEW, GOOD)
    Vault.open(conn, asked, key_store=None).change_passphrase()
    assert [a["new"] for a in asked.asked] == [False, True]
    Vault.open(conn, nobody, key_store=None, given=GOOD).get(row)


def test_protection_moves_from_key_store_to_passphrase_and_back(
    conn: sqlite3.Connection, key_store: KeyStore, desktop: Any
) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    row = vault.put("aws-keys", SECRET)
    vault.protect("passphrase", NEW)
    assert desktop.entries == {}
    assert Vault.open(conn, Person(NEW), key_store=None).get(row) == SECRET
    vault.protect("keystore")
    assert len(desktop.entries) == 1
    assert Vault.open(conn, nobody, key_store=key_store).get(row) == SECRET


def test_a_failed_move_leaves_the_vault_as_it_was(conn: sqlite3.Connection, key_store: KeyStore, desktop: Any) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    row = vault.put("aws-keys", SECRET)
    conn.execute("UPDATE secret SET blob = x'00' WHERE id = ?", (row,))
    with pytest.raises(UserError, match="aws-keys"):
        vault.protect("passphrase", NEW)
    assert vault.level == "keystore"
    assert not conn.in_transaction
    assert Vault.open(conn, nobody, key_store=key_store).mac_key() == vault.mac_key()


def test_blobs_cannot_be_swapped_or_changed(conn: sqlite3.Connection, key_store: KeyStore) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    one, two = vault.put("aws-keys", Secret("one")), vault.put("aws-keys", Secret("two"))
    other = vault.put("ssh-key", Secret("three"))
    blob = conn.execute("SELECT blob FROM secret WHERE id = ?", (one,)).fetchone()[0]
    conn.execute("UPDATE secret SET blob = ? WHERE id = ?", (blob, two))
    conn.execute("UPDATE secret SET purpose = 'aws-keys' WHERE id = ?", (other,))
    assert vault.get(one) == Secret("one")
    for row in (two, other):
        with pytest.raises(UserError, match="does not open"):
            vault.get(row)


def test_secrets_join_the_callers_transaction(conn: sqlite3.Connection, key_store: KeyStore) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    vault.unlock()
    conn.execute("BEGIN IMMEDIATE")
    row = vault.put("aws-keys", SECRET)
    assert vault.get(row) == SECRET
    conn.execute("ROLLBACK")
    with pytest.raises(UserError, match="gone"):
        vault.get(row)
    row = vault.put("aws-keys", SECRET)
    vault.delete(row)
    vault.delete(row)
    assert conn.execute("SELECT count(*) FROM secret").fetchone() == (0,)


def test_a_vault_is_not_made_inside_a_transaction(conn: sqlite3.Connection, key_store: KeyStore, desktop: Any) -> None:
    conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(RuntimeError):
        Vault.open(conn, nobody, key_store=key_store).unlock()
    conn.execute("ROLLBACK")
    assert desktop.entries == {}


def test_a_lost_key_is_told_and_the_vault_can_be_reset(
    conn: sqlite3.Connection, key_store: KeyStore, desktop: Any
) -> None:
    vault = Vault.open(conn, nobody, key_store=key_store)
    vault.put("aws-keys", SECRET)
    desktop.entries.clear()
    lost = Vault.open(conn, nobody, key_store=key_store)
    with pytest.raises(UserError, match="is not in the key store"):
        lost.unlock()
    with pytest.raises(UserError, match="kept in a key store"):
        Vault.open(conn, nobody, key_store=None).unlock()
    assert lost.reset() == 1
    assert lost.state == "absent"
    assert lost.get(lost.put("aws-keys", SECRET)) == SECRET


def test_anothers_key_is_not_taken(conn: sqlite3.Connection, key_store: KeyStore, desktop: Any) -> None:
    Vault.open(conn, nobody, key_store=key_store).unlock()
    [entry] = desktop.entries
    key_store.write(entry[1], bytes(32))
    with pytest.raises(UserError, match="does not belong"):
        Vault.open(conn, nobody, key_store=key_store).unlock()


def test_key_file_troubles_are_named(conn: sqlite3.Connection, workspace_path: Path) -> None:
    Vault.open(conn, nobody, key_store=None).unlock()
    path = key_file(workspace_path)
    text = path.read_text()
    path.chmod(0o644)
    with pytest.raises(UserError, match="chmod 600"):
        Vault.open(conn, nobody, key_store=None).unlock()
    path.chmod(0o600)
    for content in ("", "{}", "[]", '{"name": "x", "key": ""}', text.replace('"key": "', '"key": "?')):
        path.write_text(content)
        with pytest.raises(UserError, match="does not hold the key"):
            Vault.open(conn, nobody, key_store=None).unlock()
    path.unlink()
    with pytest.raises(UserError, match="is missing"):
        Vault.open(conn, nobody, key_store=None).unlock()


def test_an_orphaned_key_file_is_kept_aside(conn: sqlite3.Connection, workspace_path: Path) -> None:
    key_file(workspace_path).write_text("of a former workspace")
    Vault.open(conn, nobody, key_store=None).unlock()
    aside = workspace_path.parent.glob("*.key.*")
    assert [p.read_text() for p in aside] == ["of a former workspace"]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "null",
        "[]",
        "{}",
        '{"version": 1, "id": 3}',
        '{"id":"a","level":"plain","key_name":"b","audit_key":""}',
        "%%",
    ],
)
def test_a_damaged_record_is_told_and_can_be_reset(conn: sqlite3.Connection, key_store: KeyStore, value: str) -> None:
    conn.execute("INSERT INTO setting VALUES ('vault', ?)", (value,))
    vault = Vault.open(conn, nobody, key_store=key_store)
    assert vault.state == "locked"
    with pytest.raises(UserError, match="damaged"):
        vault.unlock()
    assert vault.describe().level == ""
    vault.reset()
    vault.unlock()
    assert vault.level == "keystore"


def test_a_newer_vault_is_refused(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO setting VALUES ('vault', '{\"version\": 2}')")
    with pytest.raises(UserError, match="newer version"):
        Vault.open(conn, nobody, key_store=None).unlock()


def test_all_that_an_export_leaves_out_begins_with_vault(conn: sqlite3.Connection) -> None:
    vault = Vault.open(conn, nobody, key_store=None, given=GOOD)
    vault.put("aws-keys", SECRET)
    vault.set_idle_minutes(3)
    keys = [key for (key,) in conn.execute("SELECT key FROM setting")]
    assert keys
    assert all(key.startswith("vault") for key in keys)
