"""hello and ping: who is at the other end, and is it alive."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb
from backend.errors import UserError
from backend.product import NAME, VERSION
from backend.workspace.handover import mark
from backend.workspace.version import SCHEMA_VERSION

if TYPE_CHECKING:
    from backend.engine.server import Engine


def hello(engine: Engine, client: ClientConnection, product: str, schema: int, face: str, who: str) -> dict[str, Any]:
    """Refuse another version, saying which side to restart; else add the client."""
    if client.greeted:
        raise UserError("hello was said before.")
    if (product, schema) != (VERSION, SCHEMA_VERSION):
        raise mismatch(engine.workspace.name, product, schema)
    client.face, client.who = face, who.strip()
    engine.welcome(client)
    return {
        "product": VERSION,
        "schema": SCHEMA_VERSION,
        "engine": os.getpid(),
        "workspace": str(engine.workspace),
        "log": str(engine.log_file),
        "handed_over": found.sentence() if (found := mark.load(engine.conn)) else "",
        "interrupted": engine.interrupted_scans(),
        "jobs": [job.public() for job in engine.jobs.active()],
    }


def mismatch(workspace: str, product: str, schema: int) -> UserError:
    """The sentence for a client of another version: the older side is the one to restart."""
    theirs = (*_numbers(product), schema)
    ours = (*_numbers(VERSION), SCHEMA_VERSION)
    client, here = f"{NAME} {product} (schema {schema})", f"{NAME} {VERSION} (schema {SCHEMA_VERSION})"
    message = f"This program is {client}, but {workspace} is held by an engine that is {here}."
    if theirs < ours:
        return UserError(message, "Restart this program, so that it is the newer version too.")
    return UserError(
        message,
        "Restart the engine: close every console and command line on this workspace, wait until its jobs are done and "
        "ten seconds more, then open it again.",
    )


def _numbers(version: str) -> tuple[int, int, int]:
    parts = [int("".join(filter(str.isdecimal, part)) or 0) for part in version[:40].split(".")[:3]]
    return (*parts, 0, 0, 0)[:3]  # type: ignore[return-value]


def ping(engine: Engine, client: ClientConnection) -> dict[str, Any]:
    """Alive, and how busy."""
    return {"engine": os.getpid(), "jobs": len(engine.jobs.active()), "clients": len(engine.clients)}


HELLO = Verb(
    "hello",
    "Say who you are; the first word on every connection.",
    hello,
    {
        "product": Arg("word", longest=100),
        "schema": Arg("integer"),
        "face": Arg("word", longest=40),
        "who": Arg("word", longest=100),
    },
)

VERBS = (HELLO, Verb("ping", "Whether the engine is there.", ping))
