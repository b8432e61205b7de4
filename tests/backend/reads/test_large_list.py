"""A list of 250,000 findings jumps anywhere as fast as a hundred would."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.reads import findings
from backend.workspace import file
from tests.backend.reads.fill import NOW, fill


def p95(read: Callable[[], object], times: int) -> float:
    """Milliseconds."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        read()
        taken.append(1000 * (time.perf_counter() - start))
    return sorted(taken)[int(times * 0.95)]


@pytest.mark.slow
def test_a_quarter_of_a_million(tmp_path: Path) -> None:
    path = tmp_path / "large.vedette"
    fill(path, findings=250_000)
    conn = file.open_reader(path)
    dice = random.Random(1)
    where = findings.where("", now=NOW)
    ids = findings.ids(conn, where)
    assert len(ids) > 230_000

    def jump() -> object:
        at = dice.randrange(len(ids) - 500)
        return findings.rows(conn, ids[at : at + 500])

    assert p95(jump, 40) < 20
    assert p95(lambda: findings.page(conn, where, limit=500), 40) < 20
    assert p95(lambda: findings.detail(conn, ids[dice.randrange(len(ids))]), 40) < 20
    assert p95(lambda: findings.ids(conn, where), 5) < 500
    conn.close()
