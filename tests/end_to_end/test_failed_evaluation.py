"""A scan whose evaluation falls is no success to a script, though what it read stays."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.conftest import Company, Desk, Ran, wait_until
from tests.end_to_end.test_bad_rules import MANY, RULE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]


def evaluating(engine: int) -> list[int]:
    children = psutil.Process(engine).children()
    return [one.pid for one in children if any("evaluate_worker" in word for word in one.cmdline())]


def test_a_scan_whose_evaluation_is_killed_says_so(company: Company, scanned: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    verdict = f"pass: versioning = 'Enabled' AND (SELECT count(*) FROM {MANY}) > 0"  # 20 seconds to be killed in
    (folder / "endless.yaml").write_text(RULE.format(id="zz-endless", verdict=verdict))
    client = scanned.client()
    client.call("setting.set", timeout=60, key="rules.folders", value=[str(folder)])
    ended: list[Ran] = []
    command = threading.Thread(target=lambda: ended.append(scanned.scan(company.url)))
    command.start()
    wait_until(lambda: len(scanned.rows("SELECT 1 FROM scan WHERE state = 'done'")) == 2, 100)
    while command.is_alive():
        for pid in evaluating(client.hello["engine"]):
            os.kill(pid, signal.SIGKILL)
        command.join(0.2)
    (ran,) = ended
    assert ran.code == 1, ran
    assert "Evaluate scan 2" in ran.err
    assert "was killed" in ran.err
    assert "Traceback" not in ran.err
    assert scanned.rows("SELECT resources > 100 FROM scan WHERE id = 2") == [(1,)]
