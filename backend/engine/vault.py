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
    """The one vault of the workspace."""

    def __init__(self, conn: sqlite3.Connection, prompts: Prompts) -> None:
        self._conn, self._prompts = conn, prompts
        self._vault: Vault | None = None
        self._opening: Later[None] | None = None

    @property
    def vault(self) -> Vault:
        """The vault, perhaps still locked."""
        if self._vault is None:
            from backend.credentials.passphrase_source import passphrase_from_environment
            from backend.credentials.vault import Vault

            self._vault = Vault.open(self._conn, given=passphrase_from_environment())
        return self._vault

    def opens_silently(self) -> bool:
        """Whether it can be opened without a question."""
        return not self.vault.needs_passphrase()

    async def opened(self, client: ClientConnection | None) -> Vault:
        """The vault, open. Asks `client` for the passphrase when it must; `UserError` when that does not open it."""
        # Two verbs that need it at once: one question, and the second waits for its answer.
        while self._opening is not None:
            await _settled(self._opening)
        if self.vault.state == "unlocked" or not self.vault.needs_passphrase():
            self.vault.unlock()
            return self.vault
        self._opening = drive(self._ask(client))
        try:
            await self._opening
        finally:
            self._opening = None
        return self.vault

    def mac_key(self) -> bytes:
        """The audit log's key; the vault was opened before."""
        return self.vault.mac_key()

    async def new_passphrase(self, client: ClientConnection | None, text: str) -> Secret:
        """A new passphrase from the client."""
        from backend.credentials.passphrase import check_strength
        from backend.credentials.secret import Secret

        answer = Secret(await self._prompts.ask(client, "passphrase", text, {"new": True, "attempt": 1}))
        check_strength(answer)
        return answer

    async def _ask(self, client: ClientConnection | None) -> None:
        from backend.credentials.passphrase import WrongPassphrase
        from backend.credentials.secret import Secret

        for attempt in range(1, ATTEMPTS + 1):
            again = "That was not it. " if attempt > 1 else ""
            extra = {"new": False, "attempt": attempt}
            answer = Secret(await self._prompts.ask(client, "passphrase", f"{again}Passphrase of this workspace", extra))
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
