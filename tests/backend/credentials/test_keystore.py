from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.chainer import ChainerBackend

from backend.credentials import keystore
from backend.credentials.keystore import KeyStore, describe_key_store, find_key_store
from backend.errors import UserError

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _restore_keyring() -> object:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def test_a_key_is_kept_found_and_forgotten(key_store: KeyStore, desktop: KeyringBackend) -> None:
    assert key_store.read("w") is None
    key_store.write("w", KEY)
    assert key_store.read("w") == KEY
    [(service, name)] = desktop.entries  # type: ignore[attr-defined]
    assert (service, name) == ("Vedette", "w")
    assert len(desktop.entries[service, name]) < 1280  # type: ignore[attr-defined]  # the Windows locker's limit
    key_store.delete("w")
    key_store.delete("w")
    assert key_store.read("w") is None


def test_a_locked_key_store_is_told_without_its_words(key_store: KeyStore, desktop: KeyringBackend) -> None:
    key_store.write("w", KEY)
    desktop.locked = True  # type: ignore[attr-defined]
    for act in (lambda: key_store.read("w"), lambda: key_store.write("w", KEY), lambda: key_store.delete("w")):
        with pytest.raises(UserError, match=r"did not answer \(RuntimeError\)") as refused:
            act()
        assert "AAEC" not in str(refused.value)
        assert refused.value.__cause__ is None


@pytest.mark.parametrize("entry", ["", "short", "AAAA", "é", "A" * 44])
def test_a_foreign_entry_is_not_taken_for_a_key(key_store: KeyStore, desktop: KeyringBackend, entry: str) -> None:
    desktop.set_password("Vedette", "w", entry)
    with pytest.raises(UserError, match="not one of our keys"):
        key_store.read("w")


def test_a_store_that_forgets_is_noticed(
    key_store: KeyStore, desktop: KeyringBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "set_password", lambda *a: None)
    with pytest.raises(UserError, match="did not keep it"):
        key_store.write("w", KEY)


def test_a_backend_that_is_not_allowed_is_ignored_and_named(desktop: KeyringBackend) -> None:
    keyring.set_keyring(desktop)
    assert find_key_store() is None
    assert "DesktopKeyring, which is not allowed" in describe_key_store()
    assert "No key store" in describe_key_store()


def test_an_allowed_choice_of_the_user_is_used(desktop: KeyringBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring.set_keyring(desktop)
    kind = type(desktop)
    monkeypatch.setitem(keystore.ALLOWED, f"{kind.__module__}.{kind.__qualname__}", "the tests' desktop")
    found = find_key_store()
    assert found is not None
    assert found.title == "the tests' desktop"
    assert describe_key_store() == "Key store: the tests' desktop."
    monkeypatch.setenv("VEDETTE_KEY_STORE", "none")
    assert find_key_store() is None
    assert "switched off" in describe_key_store()


def test_a_chain_gives_its_allowed_links_only(desktop: KeyringBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    class Plaintext(type(desktop)):  # type: ignore[misc]
        pass

    links = [Plaintext(), desktop]
    monkeypatch.setattr(ChainerBackend, "backends", links)
    keyring.set_keyring(ChainerBackend())
    assert find_key_store() is None
    kind = type(desktop)
    monkeypatch.setitem(keystore.ALLOWED, f"{kind.__module__}.{kind.__qualname__}", "the tests' desktop")
    found = find_key_store()
    assert found is not None
    found.write("w", KEY)
    assert desktop.entries  # type: ignore[attr-defined]
    assert not links[0].entries


@pytest.mark.parametrize("choice", ["keyring.backends.null.Keyring", "plain.Keyring", "no.such.Module"])
def test_the_environment_cannot_redirect_to_a_plain_file(
    tmp_path: Path, choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plain.py").write_text(
        "from keyring.backend import KeyringBackend\n"
        "class Keyring(KeyringBackend):\n"
        "    priority = 99\n"
        "    def get_password(self, service, username): return open('stolen').read()\n"
        "    def set_password(self, service, username, password): open('stolen', 'w').write(password)\n"
    )
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", choice)
    code = (
        f"import sys; sys.path.append({str(tmp_path)!r})\n"
        "from backend.credentials.keystore import describe_key_store, find_key_store\n"
        "print(find_key_store()); print(describe_key_store())"
    )
    root = Path(keystore.__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    none, description = done.stdout.splitlines()
    assert none == "None"
    assert choice in description
    assert "not allowed" in description
    assert not (root / "stolen").exists()


def test_the_real_secret_service_keeps_a_key() -> None:
    secretservice = pytest.importorskip("keyring.backends.SecretService")
    if not secretservice.Keyring.viable:
        pytest.skip("no Secret Service runs here (needs D-Bus and a keyring daemon)")
    store = KeyStore(secretservice.Keyring(), "Secret Service")
    store.write("vedette test", KEY)
    try:
        assert store.read("vedette test") == KEY
    finally:
        store.delete("vedette test")
