"""Questions of the engine (passphrase, MFA code) on the terminal; in a pipe they are refused with a sentence."""

from __future__ import annotations

import getpass
import queue
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from backend.cli.output import say
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.client import Client
    from backend.credentials.secret import Secret


def interactive() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


@contextmanager
def answer_prompts(client: Client, passphrase: Secret | None = None) -> Iterator[None]:
    """Answer the client's prompts in a thread of their own while the block runs.

    `passphrase` answers the vault's first question for one; if it is wrong, nothing else is tried.
    """
    waiting: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    unsubscribe = client.on("prompt", lambda push: waiting.put(push["prompt"]))

    def serve() -> None:
        while (prompt := waiting.get()) is not None:
            # The engine may have given the question up meanwhile.
            with suppress(UserError):
                client.call("prompt.answer", id=prompt["id"], answer=ask(prompt, passphrase))

    thread = threading.Thread(target=serve, name="vedette-prompts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        unsubscribe()
        waiting.put(None)


def ask(prompt: dict[str, Any], passphrase: Secret | None = None) -> str | None:
    """The answer to one prompt; None when there is nobody to give it."""
    text = str(prompt.get("text", "")) or "Passphrase"
    if passphrase is not None and prompt.get("kind") == "passphrase":
        if prompt.get("attempt", 1) == 1:
            return passphrase.reveal()
        say("The passphrase that was given is not the vault's.")
        return None
    if not interactive():
        say(f"{text}: there is no terminal to ask on. Run this in a terminal, or see --passphrase-file.")
        return None
    from backend.cli.progress import paused
    from backend.reads.visible import visible

    with paused():
        try:
            while True:
                answer = getpass.getpass(f"{visible(text)}: ", stream=None)
                if not prompt.get("new") or getpass.getpass("Once more: ") == answer:
                    return answer
                say("The two differ. Enter it again.")
        except (EOFError, KeyboardInterrupt):
            return None
