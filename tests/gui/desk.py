"""A console on a filled workspace, for tests and pictures: with a stand-in for the engine where none is needed."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from backend.client import Client
from gui.channel.link import EngineLink

ROOT = Path(__file__).parents[2]


def fill_module() -> Any:
    """The filler of the read tests, by path: tests are no package."""
    name = "workspace_filler"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, ROOT / "tests/backend/reads/fill.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


class QuietEngine:
    """Reads are real; verbs are answered from a table and remembered; pushes are made by the test."""

    read_only = False

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Any] = {"job.list": [], "profile.list": []}
        self.callbacks: dict[str, list[Callable[[dict[str, Any]], None]]] = {}
        self._client = Client.open_read_only(workspace)

    def call(self, verb: str, /, timeout: float | None = None, **args: Any) -> Any:
        self.asked.append((verb, args))
        answer = self.answers.get(verb)
        if isinstance(answer, Exception):
            raise answer
        return answer(**args) if callable(answer) else answer

    def on(self, push: str, callback: Callable[[dict[str, Any]], None]) -> None:
        self.callbacks.setdefault(push, []).append(callback)

    def push(self, push: str, **frame: Any) -> None:
        for callback in self.callbacks.get(push, []):
            callback({"push": push, **frame})

    def reader(self) -> sqlite3.Connection:
        return self._client.reader()

    def close(self) -> None:
        self._client.close()


def quiet_link(workspace: Path) -> tuple[EngineLink, QuietEngine]:
    """A link whose verbs go nowhere."""
    engine = QuietEngine(workspace)
    return EngineLink(engine, engine.reader), engine
