"""Questions only a person can answer: a passphrase, an MFA code.

Whoever needs an answer is given a `Prompt` and does not know who is behind it: the engine forwards it to the client
that began the job, the command line reads a file or the terminal, a test answers at once.
"""

from __future__ import annotations

from typing import Any, Protocol

from backend.errors import UserError


class PromptRefused(UserError):
    """Nobody answered: cancelled, no client, no terminal, or too late. The message says what was asked for."""


class Prompt(Protocol):
    """Ask and wait. `kind` is 'passphrase' or 'mfa'; `text` is the question for a person.

    `extra` holds plain JSON values: for a passphrase `new` (true: a new one, so the face asks twice and compares) and
    `attempt` (from 1); for an MFA code `serial` (of the device). Returns the answer; raises `PromptRefused` when there
    is none.
    """

    def __call__(self, kind: str, text: str, **extra: Any) -> str:  # noqa: D102 -- the class says it
        ...


def nobody(kind: str, text: str, **extra: Any) -> str:
    """The prompt of a run without a person: refuses every question."""
    raise PromptRefused(f"Nobody is there to answer: {text}", "Run it in a terminal or in the console.")
