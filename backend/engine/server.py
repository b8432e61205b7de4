"""The engine: one thread that owns the workspace's writer connection and serves clients, workers and timers."""

from __future__ import annotations

import logging
import socket
import sqlite3
from contextlib import suppress
from inspect import iscoroutine
from pathlib import Path
from typing import Any

from backend.engine.channel import BadFrame, Frame, FrameTooLarge
from backend.engine.clients import ClientConnection, Clients
from backend.engine.jobs import Jobs, describe_error
from backend.engine.later import Later, drive
from backend.engine.lifetime import Lifetime, linger_seconds
from backend.engine.loop import READ, Loop
from backend.engine.peer import is_same_user, peer_uid
from backend.engine.prompts import Prompts
from backend.engine.pushes import Pushes
from backend.engine.transaction import Writer
from backend.engine.undo import UndoLog
from backend.engine.upkeep import Upkeep
from backend.engine.vault import EngineVault
from backend.engine.verbs import VERBS
from backend.engine.verbs.argument import check_arguments
from backend.engine.verbs.verb import Verb
from backend.errors import UserError
from backend.workspace.audit import append
from backend.workspace.handover import mark

log = logging.getLogger(__name__)

LONGEST_UNGREETED = 10.0  # seconds a connection may stay without a hello


class Engine:
    """All parts of it, by name. `workspace` is the real path; `conn` is for reading, `writer` for writing."""

    def __init__(self, workspace: Path, conn: sqlite3.Connection, listener: socket.socket, log_file: Path) -> None:
        self.workspace, self.log_file = workspace, log_file
        self.loop = Loop()
        self.clients = Clients()
        self.pushes = Pushes(self.loop, self.clients.push)
        self.writer = Writer(conn, self.pushes)
        self.prompts = Prompts(self.loop)
        self.vault = EngineVault(conn, self.prompts, workspace.name)
        self.jobs = Jobs(self)
        self.undo = UndoLog()
        self.lifetime = Lifetime(self.loop, self._needed, self._retire, linger_seconds())
        self.upkeep = Upkeep(self)
        self._listener = listener
        self._connections: set[ClientConnection] = set()

    @property
    def conn(self) -> sqlite3.Connection:
        """The writer's connection, to read with."""
        return self.writer.conn

    def run(self) -> None:
        """Serve until nobody needs us, or a signal ends it. Workers do not outlive it."""
        self._listener.setblocking(False)
        self.loop.watch(self._listener.fileno(), READ, self._accept)
        try:
            self.upkeep.begin()
            self.lifetime.check()
            self.loop.run()
        finally:
            self.jobs.close()
            self.pushes.flush()
            for client in list(self._connections):
                client.close()
            with suppress(sqlite3.Error):
                self.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self.loop.close()

    def welcome(self, client: ClientConnection) -> None:
        """A client said hello."""
        self.clients.add(client)
        self.lifetime.check()

    def interrupted_scans(self) -> list[int]:
        """Scans that an earlier engine left unfinished and that wait to be resumed."""
        return self.upkeep.interrupted()

    def audit(self, client: ClientConnection | None, action: str, subject: str, **detail: Any) -> None:
        """Write what an analyst did to the audit log, inside the transaction that does it. No secret in `detail`."""
        who = client.who if client is not None else "engine"
        append(self.conn, self.vault.mac_key(), who, action, subject, detail)
        self.writer.changed("audit_log")

    # -- clients

    def _accept(self, _: int) -> None:
        with suppress(BlockingIOError):
            connection, _address = self._listener.accept()
            if not is_same_user(connection):
                log.warning("a process of user %d tried to connect and was refused", peer_uid(connection))
                connection.close()
                return
            client = ClientConnection(connection, self.loop, self._asked, self._gone)
            self._connections.add(client)
            self.loop.call_later(LONGEST_UNGREETED, lambda: None if client.greeted else client.close())

    def _gone(self, client: ClientConnection) -> None:
        self._connections.discard(client)
        self.clients.remove(client)
        self.prompts.client_gone(client)
        self.lifetime.check()

    def _asked(self, client: ClientConnection, frame: Frame) -> None:
        id, verb = frame.get("id"), frame.get("verb")
        if not isinstance(id, int) or not isinstance(verb, str):
            client.refuse("The connection is closed: a request has no number or no verb.")
            return
        if verb != "hello" and not client.greeted:
            client.refuse("The connection is closed: the first word must be hello.")
            return
        drive(self._run(client, verb, frame.get("args", {}))).then(lambda end: self._answer(client, id, verb, end))

    async def _run(self, client: ClientConnection, name: str, given: Any) -> Any:
        verb: Verb | None = VERBS.get(name)
        if verb is None:
            raise UserError(f"This engine knows no verb “{name[:60]}”.")
        arguments = check_arguments(name, verb.arguments, given)
        if verb.owner_only:
            mark.refuse(self.conn, verb.owner_only)
        if verb.audited:
            await self.vault.audit_ready(client)
        result = verb.run(self, client, **arguments)
        return await result if iscoroutine(result) else result

    def _answer(self, client: ClientConnection, id: int, verb: str, end: Later[Any]) -> None:
        try:
            answer: Frame = {"id": id, "ok": end.result()}
        except Exception as error:
            if not isinstance(error, UserError):
                log.exception("verb %s failed", verb)
            answer = {"id": id, "error": describe_error(error)}
        try:
            client.send(answer)
        except (FrameTooLarge, ValueError, TypeError, BadFrame) as error:
            log.exception("the answer to %s cannot be sent", verb)
            client.send({"id": id, "error": describe_error(error)})
        if verb == "hello" and not client.greeted:
            client.refuse("The connection is closed: see the answer to hello.")

    # -- lifetime

    def _needed(self) -> bool:
        return bool(len(self.clients) or self.jobs.active() or len(self.prompts))

    def _retire(self) -> None:
        # Somebody may have connected this very moment and wait for an answer.
        self._accept(READ)
        if not self._connections:
            self.loop.stop()
