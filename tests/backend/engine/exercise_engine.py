"""An engine with job kinds of its own, for tests: `python -P tests/backend/engine/exercise_engine.py WORKSPACE`.

Kind `exercise` takes {"steps": [[word, …], …]} and does them one after the other; verb `exercise.start` starts one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
os.environ["PYTHONPATH"] = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])

from backend.engine import __main__ as engine_main  # noqa: E402
from backend.engine import kinds, process  # noqa: E402
from backend.engine.verbs import VERBS  # noqa: E402
from backend.engine.verbs.argument import Arg  # noqa: E402
from backend.engine.verbs.verb import Verb  # noqa: E402


class ExerciseHandler(kinds.Handler):
    """Writes each batch's comments into table `setting`, one row for each."""

    def batch(self, engine: Any, job: Any, data: dict[str, Any]) -> None:
        for key in data.get("keys", ()):
            engine.conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, '1')", (key,))
        if data.get("fail"):
            raise RuntimeError(data["fail"])
        if data.get("die"):
            os.kill(os.getpid(), 9)
        engine.writer.changed("setting", None, written=len(data.get("keys", ())))


def start(engine: Any, client: Any, steps: list[Any], title: str) -> dict[str, Any]:
    return engine.jobs.start("exercise", title, {"steps": steps}, client).public()


def put(engine: Any, client: Any, key: str, value: str) -> None:
    with engine.writer.transaction() as conn:
        conn.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (key, value))
        engine.writer.changed("setting", None, written=1)


def big(engine: Any, client: Any, size: int) -> str:
    return "x" * size


process.TERMINATE_AFTER, process.KILL_AFTER = 0.3, 0.6  # nobody waits ten seconds for a test


def full(engine: Any, client: Any) -> None:
    """From now on the file cannot grow, as on a full disk."""
    engine.conn.execute(f"PRAGMA max_page_count = {engine.conn.execute('PRAGMA page_count').fetchone()[0]}")


def bug(engine: Any, client: Any) -> None:
    raise KeyError("a bug of ours")


kinds.KINDS["exercise"] = kinds.JobKind("exercise", "exercise_worker:run", "exercise_engine:ExerciseHandler", at_once=3)
_STEPS = {"steps": Arg("any"), "title": Arg("text", "Exercise")}
for verb in (
    Verb("exercise.start", "Start an exercise job.", start, _STEPS),
    Verb("exercise.put", "Write a setting.", put, {"key": Arg("word"), "value": Arg("text")}),
    Verb("exercise.full", "A full disk.", full),
    Verb("exercise.bug", "Fails.", bug),
    Verb("exercise.big", "A large answer.", big, {"size": Arg("integer")}),
):
    VERBS[verb.name] = verb


if __name__ == "__main__":
    sys.modules["exercise_engine"] = sys.modules["__main__"]
    raise SystemExit(engine_main.main(sys.argv[1:]))
