"""The operating system's key store, through `keyring`, and nothing that merely looks like one.

Only back ends that keep secrets with the system are allowed: Secret Service, libsecret, KWallet, the macOS keychain
and the Windows credential locker. `keyring` itself would follow PYTHON_KEYRING_BACKEND or its configuration file to
any class, plain-text files included; such a choice is ignored here, and said so. A chain of back ends is taken apart
and only the allowed ones are used. VEDETTE_KEY_STORE=none keeps the product away from the key store altogether.

An entry is one 32-byte key in base64 (the Windows locker holds no more than 1,280 characters).
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import Protocol

from backend.credentials.seal import KEY_BYTES
from backend.errors import UserError
from backend.product import NAME

ALLOWED = {
    "keyring.backends.SecretService.Keyring": "Secret Service (GNOME Keyring or compatible)",
    "keyring.backends.libsecret.Keyring": "Secret Service through libsecret",
    "keyring.backends.kwallet.DBusKeyring": "KDE Wallet (KWallet 5)",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KDE Wallet (KWallet 4)",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Locker",
}
SWITCH = "VEDETTE_KEY_STORE"


class Backend(Protocol):
    """What we use of a `keyring` back end."""

    def get_password(self, service: str, username: str) -> str | None:
        """The entry's text, None when there is none."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Write the entry."""

    def delete_password(self, service: str, username: str) -> None:
        """Remove the entry."""


class KeyStore:
    """One back end, holding data keys by name. Calls may block while the desktop asks its user to unlock the store."""

    def __init__(self, backend: Backend, title: str) -> None:
        self._backend = backend
        self.title = title

    def read(self, name: str) -> bytes | None:
        """The 32-byte key called `name`, None when there is none; `UserError` when the store does not answer."""
        try:
            text = self._backend.get_password(NAME, name)
        except Exception as error:  # noqa: BLE001 -- each back end raises classes of its own
            raise self._silent(error) from None
        if text is None:
            return None
        try:
            key = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise UserError(
                f"The entry '{name}' of service '{NAME}' in the key store ({self.title}) is not one of our keys.",
                "Another program may have changed it; restore the key store, or reset the vault.",
            )
        return key

    def write(self, name: str, key: bytes) -> None:
        """Keep `key` under `name`; read back, since a store that forgets would cost every secret."""
        try:
            self._backend.set_password(NAME, name, base64.b64encode(key).decode())
        except Exception as error:  # noqa: BLE001 -- each back end raises classes of its own
            raise self._silent(error) from None
        if self.read(name) != key:
            raise UserError(
                f"The key store ({self.title}) took the key of this workspace but did not keep it.",
                f"Set {SWITCH}=none to use a passphrase instead.",
            )

    def delete(self, name: str) -> None:
        """Forget the key called `name`; none there is no error."""
        try:
            if self._backend.get_password(NAME, name) is not None:
                self._backend.delete_password(NAME, name)
        except Exception as error:  # noqa: BLE001 -- each back end raises classes of its own
            raise self._silent(error) from None

    def _silent(self, error: Exception) -> UserError:
        # The class only: a back end's message may quote what it was given.
        return UserError(
            f"The key store ({self.title}) did not answer ({type(error).__name__}); it may be locked.",
            f"Unlock it and try again, or set {SWITCH}=none to use a passphrase for new workspaces.",
        )


def find_key_store() -> KeyStore | None:
    """The key store of this session, or None: no allowed back end works here, or it is switched off."""
    if _switched_off():
        return None
    found = _configured() or _best_of_allowed()
    return KeyStore(*found) if found else None


def describe_key_store(store: KeyStore | None = None) -> str:
    """In words: which key store is in use (`store`, else the one there is), or why none is; also what was refused."""
    if store is not None:
        return f"Key store: {store.title}."
    refused = _refused()
    note = (
        f" PYTHON_KEYRING_BACKEND or keyringrc.cfg names {refused}, which is not allowed and is ignored."
        if refused
        else ""
    )
    if _switched_off():
        return f"The key store is switched off by {SWITCH}=none."
    store = find_key_store()
    return (f"Key store: {store.title}." if store else "No key store of the operating system is available here.") + note


def _switched_off() -> bool:
    return os.environ.get(SWITCH, "").strip().lower() in {"none", "off", "0", "no"}


def _class_name(backend: object) -> str:
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _choice() -> object | None:
    """What `keyring` would use; None when its configuration does not even load."""
    try:
        import keyring

        return keyring.get_keyring()
    except Exception:  # noqa: BLE001 -- a class named in the environment that cannot be imported or made
        return None


def _members(backend: object) -> list[object]:
    """The back ends behind `backend`: itself, or the links of a chain, best first."""
    if _class_name(backend) == "keyring.backends.chainer.ChainerBackend":
        return list(getattr(backend, "backends", []))
    return [backend]


def _configured() -> tuple[Backend, str] | None:
    """The user's own choice, when it is allowed (one of KWallet and Secret Service, say)."""
    choice = _choice()
    for member in _members(choice) if choice is not None else []:
        title = ALLOWED.get(_class_name(member))
        if title:
            return member, title  # type: ignore[return-value]
    return None


def _best_of_allowed() -> tuple[Backend, str] | None:
    from importlib import import_module

    best: tuple[float, Backend, str] | None = None
    for name, title in ALLOWED.items():
        module, _, class_name = name.rpartition(".")
        try:
            kind = getattr(import_module(module), class_name)
            priority = float(kind.priority)
            if priority > 0 and (best is None or priority > best[0]):
                best = (priority, kind(), title)
        except Exception:  # noqa: BLE001, S112 -- each says "not here" in its own way: imports, D-Bus, RuntimeError
            continue
    return (best[1], best[2]) if best else None


def _refused() -> str:
    """The class that the environment or keyring's own file names, when it is not allowed."""
    choice = _choice()
    if choice is None:
        return os.environ.get("PYTHON_KEYRING_BACKEND", "") or "something that does not load"
    quiet = {"keyring.backends.fail.Keyring", "keyring.backends.chainer.ChainerBackend"}
    name = _class_name(choice)
    return "" if name in ALLOWED or name in quiet else name
