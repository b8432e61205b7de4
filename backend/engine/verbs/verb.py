"""A verb: something a client may ask of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from backend.engine.verbs.argument import Arg


@dataclass(frozen=True)
class Verb:
    """One entry of the table. `run(engine, client, **arguments)` returns JSON, or a coroutine of it.

    An `audited` verb writes to the audit log, so the vault that holds the log's key is opened before it runs.
    `owner_only` names what is not possible in a workspace that somebody handed over ("A scan").
    """

    name: str
    doc: str
    run: Callable[..., Any]
    arguments: Mapping[str, Arg] = field(default_factory=dict)
    audited: bool = False
    owner_only: str = ""
