"""A scan killed half way, then taken up again: the end is that of an undisturbed one, and nothing is asked twice."""

from __future__ import annotations

import os
import re
import signal
import time
from collections import Counter
from typing import Any

import psutil
import pytest

from backend.client import Client
from tests.end_to_end.conftest import REGIONS, Company, Desk, wait_until
from tests.end_to_end.middlebox import Middlebox

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

ONCE_A_SCAN = ("sts ", "ec2 eu-west-1 DescribeRegions")  # who we are, and the scope: asked by each worker, of no unit


# The emulator answers some questions (a trail's latest delivery) with the moment it is asked.
_NOW = re.compile(rf"\b{int(time.time()) // 10_000}\d{{4}}(\.\d+)?|\b\d{{4}}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?")


def content(desk: Desk) -> dict[str, list[Any]]:
    """All that a scan leaves, without times and row ids."""
    found: dict[str, list[Any]] = {}
    tables = [
        name for (name,) in desk.rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'aws_%'")
    ]
    for table in tables:
        columns = [row[1] for row in desk.rows(f"PRAGMA table_info({table})")]
        kept = [one for one in columns if one not in ("row_id", "collected_at", "hash", "raw")]
        found[table] = desk.rows(f"SELECT {','.join(kept)} FROM {table}")
    found["outcome"] = desk.rows("SELECT operation, region, resource, outcome, code, message FROM api_call_outcome")
    found["unit"] = desk.rows("SELECT unit, region, resources FROM scan_unit")
    found["finding"] = desk.rows(
        "SELECT rule, account, resource, region, name, status, presence, state, reason, evidence, missing FROM finding"
    )
    found["history"] = desk.rows(
        "SELECT f.rule, f.resource, h.status_before, h.status FROM finding_history h JOIN finding f ON f.id = h.finding"
        " WHERE h.status_before = ''"
    )
    found["scan"] = desk.rows("SELECT cloud_id, state, identity, regions, plan, resources FROM scan")
    found["score"] = desk.rows("SELECT scan, scope, key, score, coverage, passed, failed, unknown, muted FROM score")
    return {name: sorted(_NOW.sub("now", repr(row)) for row in rows) for name, rows in found.items()}


def start(desk: Desk, url: str) -> Client:
    client = desk.client()
    account = desk.add(client, url)
    client.call("scan.start", accounts=[account], regions=list(REGIONS))
    return client


def settled(desk: Desk, client: Client) -> None:
    """Wait until the scan is done and judged."""
    wait_until(lambda: desk.rows("SELECT 1 FROM scan WHERE state = 'done'"), 110)
    wait_until(lambda: all(job["state"] not in ("queued", "running") for job in client.call("job.list")))


@pytest.fixture
def undisturbed(company: Company, box: Middlebox, second_desk: Desk) -> tuple[dict[str, list[Any]], Counter[str]]:
    client = start(second_desk, box.url)
    settled(second_desk, client)
    counts = box.counts()
    box.requests.clear()
    return content(second_desk), counts


def kept_units(desk: Desk) -> set[tuple[str, str]]:
    return set(desk.rows("SELECT unit, region FROM scan_unit"))


def worker_of(engine: int) -> int:
    (pid,) = [child.pid for child in psutil.Process(engine).children() if "scan_worker" in " ".join(child.cmdline())]
    return pid


def assert_not_asked_again(kept: set[tuple[str, str]], again: Counter[str], asked: Counter[str]) -> None:
    for key, count in again.items():
        assert count <= asked[key], key
    for unit, region in kept:
        # What names a finished listing is asked no more, where one unit alone asks it (ecs:ListClusters serves three).
        name = unit.split(".")[1]
        for key in again:
            if key.replace(".", " ").endswith(f" {name}") and (region in key or region == "global"):
                assert asked[key] > 1 or key.startswith(ONCE_A_SCAN), (unit, region, key)


def test_a_scan_killed_twice_ends_as_an_undisturbed_one(
    desk: Desk, box: Middlebox, undisturbed: tuple[dict[str, list[Any]], Counter[str]]
) -> None:
    whole, asked = undisturbed
    units = len(whole["unit"])
    client = start(desk, box.url)

    wait_until(lambda: len(kept_units(desk)) >= units // 3)
    os.kill(worker_of(client.hello["engine"]), signal.SIGKILL)
    wait_until(lambda: desk.rows("SELECT 1 FROM scan WHERE state = 'interrupted'"))
    before, kept = len(box.requests), kept_units(desk)
    assert units // 3 <= len(kept) < units
    # It fell: so a person decides, and the engine does not go on by itself.
    client.call("scan.resume", scan=desk.rows("SELECT id FROM scan")[0][0])

    wait_until(lambda: len(kept_units(desk)) >= max(2 * units // 3, len(kept) + 1))
    os.kill(client.hello["engine"], signal.SIGKILL)
    wait_until(lambda: not client.connected)
    assert_not_asked_again(kept, box.counts(before), asked)
    before, kept = len(box.requests), kept_units(desk)
    assert len(kept) < units
    client = desk.client()  # the next start: the new engine goes on by itself
    settled(desk, client)
    assert_not_asked_again(kept, box.counts(before), asked)

    ended = content(desk)
    for name, rows in whole.items():
        assert ended[name] == rows, name
    assert len(box.requests) < 1.5 * sum(asked.values())  # only units in flight were asked twice
    assert client.call("audit.verify")["ok"]
