"""Questions that travel: from a job (or the vault) to the client that began the work, and its answer back.

Without that client, or without an answer in two minutes, whoever asked is told so and fails. Answers are secrets: they
are handed on and kept nowhere.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from backend.credentials.prompt import PromptRefused
from backend.engine.clients import ClientConnection
from backend.engine.later import Later
from backend.engine.loop import Timer, Timers
from backend.errors import UserError

PATIENCE = 120.0  # seconds


@dataclass
class _Open:
    client: ClientConnection
    text: str
    answer: Later[str]
    timer: Timer
    owner: str


class Prompts:
    """Questions that are open."""

    def __init__(self, timers: Timers, patience: float = PATIENCE) -> None:
        self._timers, self._patience = timers, patience
        self._numbers = itertools.count(1)
        self._open: dict[str, _Open] = {}

    def __len__(self) -> int:
        return len(self._open)

    def ask(
        self,
        client: ClientConnection | None,
        kind: str,
        text: str,
        extra: dict[str, Any] | None = None,
        owner: str = "",
    ) -> Later[str]:
        """Ask the client. `owner` is the id of the job behind it, '' for the engine itself.

        The result fails with `PromptRefused` when there is no client, when it leaves or cancels, or after two minutes.
        """
        answer: Later[str] = Later()
        if client is None or client.closed:
            answer.fail(
                PromptRefused(
                    f"There is a question, and no console or command line to put it to: {text}",
                    "Start it again from a console that stays open.",
                )
            )
            return answer
        id = str(next(self._numbers))
        timer = self._timers.call_later(self._patience, lambda: self._expire(id))
        self._open[id] = _Open(client, text, answer, timer, owner)
        client.send({"push": "prompt", "prompt": {**(extra or {}), "id": id, "kind": kind, "text": text, "job": owner}})
        return answer

    def answer(self, client: ClientConnection, id: str, value: str | None) -> None:
        """The client's answer; None cancels. `UserError` when the question is not open, or another client's."""
        found = self._open.get(id)
        if found is None or found.client is not client:
            raise UserError("This question is no longer open.", "Start again what asked it.")
        if value is None:
            self._settle(id, PromptRefused(f"The question was cancelled: {found.text}"))
        else:
            self._settle(id, None, value)

    def client_gone(self, client: ClientConnection) -> None:
        """Questions of a client that left cannot be answered any more."""
        for id in [id for id, one in self._open.items() if one.client is client]:
            text = self._open[id].text
            reason = PromptRefused(
                f"The console or command line that was asked has gone: {text}",
                "Start it again from one that stays open.",
            )
            self._settle(id, reason)

    def withdraw(self, owner: str) -> None:
        """The job behind these questions ended."""
        for id in [id for id, one in self._open.items() if one.owner == owner]:
            self._settle(id, PromptRefused("What asked this question has ended."))

    def _expire(self, id: str) -> None:
        if id in self._open:
            minutes = self._patience / 60
            text = self._open[id].text
            self._settle(id, PromptRefused(f"Nobody answered within {minutes:g} minutes: {text}", "Start it again."))

    def _settle(self, id: str, error: PromptRefused | None, value: str = "") -> None:
        found = self._open.pop(id)
        found.timer.cancel()
        found.client.send({"push": "prompt_gone", "id": id})
        if error is not None:
            found.answer.fail(error)
        else:
            found.answer.resolve(value)
