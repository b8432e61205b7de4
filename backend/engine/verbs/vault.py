"""The vault: its state, opening and locking it, how it is protected."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb

if TYPE_CHECKING:
    from backend.engine.server import Engine


def status(engine: Engine, client: ClientConnection) -> dict[str, Any]:
    """State, level, protection in words, number of secrets."""
    return asdict(engine.vault.vault.describe())


async def unlock(engine: Engine, client: ClientConnection, passphrase: str | None) -> dict[str, Any]:
    """Open it; the passphrase, where one is needed, is asked for when it is not given."""
    from backend.credentials.secret import Secret

    if passphrase is not None and engine.vault.vault.state != "unlocked":
        engine.vault.vault.unlock(given=Secret(passphrase))
    await engine.vault.opened(client)
    engine.pushes.changed("vault")
    return status(engine, client)


def lock(engine: Engine, client: ClientConnection) -> dict[str, Any]:
    """Forget the data key; the next secret asks for it."""
    engine.vault.vault.lock()
    engine.pushes.changed("vault")
    return status(engine, client)


async def protect(engine: Engine, client: ClientConnection, level: str, passphrase: str | None) -> dict[str, Any]:
    """Move to the key store or to a (new) passphrase; every secret is sealed anew."""
    from backend.credentials.secret import Secret

    vault = await engine.vault.opened(client)
    if level == "passphrase":
        new = Secret(passphrase) if passphrase is not None else await engine.vault.new_passphrase(client)
        vault.protect("passphrase", new)
    else:
        vault.protect("keystore")
    _audit(engine, client, "vault.protect", level=level)
    return status(engine, client)


async def change(engine: Engine, client: ClientConnection, old: str | None, new: str | None) -> dict[str, Any]:
    """A new passphrase; the present one is asked for even when the vault is open."""
    from backend.credentials.secret import Secret

    present = Secret(old) if old is not None else await engine.vault.present_passphrase(client)
    changed = Secret(new) if new is not None else await engine.vault.new_passphrase(client)
    engine.vault.vault.change_passphrase(present, changed)
    await engine.vault.opened(client)
    _audit(engine, client, "vault.change")
    return status(engine, client)


def set_idle(engine: Engine, client: ClientConnection, minutes: int) -> dict[str, Any]:
    """Lock by itself after so many idle minutes; 0 is never."""
    engine.vault.vault.set_idle_minutes(minutes)
    _audit(engine, client, "vault.idle", minutes=minutes)
    return status(engine, client)


def _audit(engine: Engine, client: ClientConnection, action: str, **detail: Any) -> None:
    with engine.writer.decision():
        engine.audit(client, action, "vault", **detail)
    engine.pushes.changed("vault")


_PASSPHRASE = Arg("text", None, longest=4096)

VERBS = (
    Verb("vault.status", "State and protection of the vault.", status),
    Verb("vault.unlock", "Open the vault.", unlock, {"passphrase": _PASSPHRASE}),
    Verb("vault.lock", "Forget the vault's key until it is needed again.", lock),
    Verb(
        "vault.protect",
        "Keep the vault's key in the key store, or wrapped by a passphrase.",
        protect,
        {"level": Arg("word", choices=("keystore", "passphrase")), "passphrase": _PASSPHRASE},
        audited=True,
    ),
    Verb("vault.change", "Change the vault's passphrase.", change, {"old": _PASSPHRASE, "new": _PASSPHRASE}),
    Verb("vault.idle", "Lock after idle minutes; 0 is never.", set_idle, {"minutes": Arg("integer")}, audited=True),
)
