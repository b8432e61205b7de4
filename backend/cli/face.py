"""What every command stands on: which workspace, which format, how to reach the engine."""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from backend.errors import UserError

if TYPE_CHECKING:
    from backend.client import Client
    from backend.credentials.secret import Secret

FACE = "cli"


class Face:
    """One invocation of the command line."""

    def __init__(self, workspace: Path | None, format: str | None, passphrase_file: str | None = None) -> None:
        self._workspace = workspace
        self._format = format
        self._passphrase_file = passphrase_file

    @property
    def workspace(self) -> Path:
        """The workspace file asked for, else the user's own."""
        from backend.product import default_workspace

        return self._workspace if self._workspace is not None else default_workspace()

    @property
    def chosen(self) -> Path | None:
        """The workspace that was named, if one was."""
        return self._workspace

    def format(self, *more: str) -> str:
        """The output format; table, json, csv, or one of `more`. UserError for one this command has not."""
        from backend.cli.output import FORMATS

        allowed = (*FORMATS, *more)
        if self._format is not None and self._format not in allowed:
            raise UserError(f"This command has no format {self._format}.", f"It has {', '.join(allowed)}.")
        return self._format or "table"

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection; no engine is started for it."""
        from backend.client import Client

        if not self.workspace.exists():
            raise UserError(
                f"There is no workspace {self.workspace} yet.",
                "`vedette scan aws` makes it; `vedette demo` shows one with data in it.",
            )
        client = Client.open_read_only(self.workspace)
        try:
            yield client.reader()
        finally:
            client.close()

    @contextmanager
    def engine(self, *, create: bool = False) -> Iterator[Client]:
        """A client of the engine, which is started when none runs; its questions are put to the terminal."""
        from backend.cli.prompting import answer_prompts
        from backend.client import Client

        passphrase = self._passphrase()
        if create:
            self.workspace.parent.mkdir(parents=True, exist_ok=True)
        client = Client.open(self.workspace, face=FACE, create=create)
        try:
            with answer_prompts(client, passphrase):
                yield client
        finally:
            client.close()

    def _passphrase(self) -> Secret | None:
        """The vault's passphrase, where a file or the environment gives it."""
        from backend.credentials.passphrase_source import passphrase_from_environment, read_passphrase

        given = passphrase_from_environment()  # taken in any case: no child may inherit it
        return read_passphrase(self._passphrase_file) if self._passphrase_file else given


def of(arguments: argparse.Namespace) -> Face:
    """The face of parsed arguments."""
    names = ("workspace", "format", "passphrase_file")
    return Face(*(getattr(arguments, name, None) for name in names))
