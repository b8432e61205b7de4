"""The vault as the engine uses it: opened when first needed, its questions put to the client that needs it.

The vault's own prompt waits for its answer; the engine's one thread cannot. So what it would ask is asked here first,
and the vault is handed the answer.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from backend.engine.clients import ClientConnection
from backend.engine.later import Later, drive
from backend.engine.prompts import Prompts

if TYPE_CHECKING:
    from backend.credentials.secret import Secret
    from backend.credentials.vault import Vault

ATTEMPTS = 3


class EngineVault:
    """The one vault of the workspace. `name` is what questions call the workspace."""

    def __init__(self, conn: sqlite3.Connection, prompts: Prompts, name: str) -> None:
        self._conn, self._prompts, self._name = conn, prompts, name
        self._vault: Vault | None = None
        self._opening: Later[None] | None = None
        self._audit_ready = False

    @property
    def vault(self) -> Vault:
        """The vault, perhaps still locked."""
        if self._vault is None:
            from backend.credentials.passphrase_source import passphrase_from_environment
            from backend.credentials.vault import Vault

            self._vault = Vault.open(self._conn, given=passphrase_from_environment())
        return self._vault

    def lock_if_idle(self) -> bool:
        """Lock when no secret was used for the set time; True when it locked now."""
        return self._vault is not None and self._vault.lock_if_idle()

    def opens_silently(self) -> bool:
        """Whether it can be opened without a question."""
        return not self.vault.needs_passphrase()

    async def opened(self, client: ClientConnection | None) -> Vault:
        """The vault, open. Asks `client` for the passphrase when it must; `UserError` when that does not open it."""
        # Two verbs that need it at once: one question, and the second waits for its answer.
        while self._opening is not None:
            await _settled(self._opening)
        self.vault.lock_if_idle()
        if self.vault.needs_passphrase():
            self._opening = drive(self._ask(client))
            try:
                await self._opening
            finally:
                self._opening = None
        else:
            self.vault.unlock()
        self._audit_ready = True
        return self.vault

    async def audit_ready(self, client: ClientConnection | None) -> None:
        """See that the audit log's key is there. It opens no secret, so locking the vault does not take it away."""
        if not self._audit_ready:
            await self.opened(client)

    def mac_key(self) -> bytes:
        """The audit log's key; `audit_ready` was awaited before."""
        return self.vault.mac_key()

    async def ready_for_secrets(self, client: ClientConnection | None) -> Vault:
        """The vault, open and strong enough for a real secret: asks for a new passphrase when there must be one."""
        vault = await self.opened(client)
        if vault.needs_new_passphrase():
            text = f"There is no key store here. New passphrase for the secrets of {self._name}"
            vault.protect("passphrase", await self.new_passphrase(client, text))
        return vault

    async def new_passphrase(self, client: ClientConnection | None, text: str = "") -> Secret:
        """A new passphrase from the client."""
        from backend.credentials.passphrase import check_strength
        from backend.credentials.secret import Secret

        asked = text or f"New passphrase for {self._name}"
        answer = Secret(await self._prompts.ask(client, "passphrase", asked, {"new": True, "attempt": 1}))
        check_strength(answer)
        return answer

    async def present_passphrase(self, client: ClientConnection | None) -> Secret:
        """The passphrase of now, asked for even when the vault is open."""
        from backend.credentials.secret import Secret

        text = f"Present passphrase of {self._name}"
        return Secret(await self._prompts.ask(client, "passphrase", text, {"new": False, "attempt": 1}))

    async def _ask(self, client: ClientConnection | None) -> None:
        from backend.credentials.passphrase import WrongPassphrase
        from backend.credentials.secret import Secret

        for attempt in range(1, ATTEMPTS + 1):
            again = "That was not it. " if attempt > 1 else ""
            extra = {"new": False, "attempt": attempt}
            text = f"{again}Passphrase of {self._name}"
            answer = Secret(await self._prompts.ask(client, "passphrase", text, extra))
            try:
                self.vault.unlock(given=answer)
            except WrongPassphrase:
                if attempt == ATTEMPTS:
                    raise
            else:
                return


async def _settled(one: Later[None]) -> None:
    """Wait for it, whatever its result."""
    waiting: Later[None] = Later()
    one.then(lambda _: waiting.resolve(None))
    await waiting
