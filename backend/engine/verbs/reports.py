"""Reports: print findings to a file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from backend.engine.clients import ClientConnection
from backend.engine.verbs.argument import Arg
from backend.engine.verbs.verb import Verb

if TYPE_CHECKING:
    from backend.engine.server import Engine

FORMATS = ("pdf", "csv", "json", "ocsf", "sarif")


def build(
    engine: Engine, client: ClientConnection, format: str, path: str, options: dict[str, Any], query: str
) -> dict[str, Any]:
    """Start a job that writes a report and its manifest; the result holds path, manifest and sha256."""
    request = {"format": format, "path": path, "options": options, "query": query}
    return engine.jobs.start("report", f"Write {PurePath(path).name}", request, client, {"path": path}).public()


VERBS = (
    Verb(
        "report.build",
        "Write a report and its manifest; a job.",
        build,
        {
            "format": Arg("word", choices=FORMATS),
            "path": Arg("path", longest=4096),
            "options": Arg("object", {}),
            "query": Arg("text", ""),
        },
        audited=True,
    ),
)
