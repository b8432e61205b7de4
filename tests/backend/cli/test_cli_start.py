"""It starts fast, knows whether there is a display, and names every verb as the engine does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import backend.cli
from backend.cli.display import Display, probe
from backend.engine.verbs import VERBS

HEAVY = ("boto3", "rich", "cryptography", "yaml", "sqlite3", "reportlab", "PySide6", "keyring", "platformdirs")


def test_the_command_line_loads_nothing_it_does_not_need() -> None:
    code = f"import sys, backend.cli.main as m; m.parser(); print([n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_listing_findings_loads_no_cloud_library(findings_file: Path) -> None:
    code = (
        "import sys, backend.cli.main as m;"
        f" m.main(['--workspace', {str(findings_file)!r}, 'findings', '--limit', '1', '--format', 'json']);"
        " print([n for n in ('boto3', 'rich', 'reportlab', 'yaml') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_every_verb_it_calls_is_one_of_the_engines() -> None:
    folder = Path(backend.cli.__file__).parent
    called = {
        verb
        for path in folder.rglob("*.py")
        for verb in re.findall(r'\.call\(\s*"([a-z_.]+)"', path.read_text("utf-8"))
    }
    assert len(called) > 10
    assert called <= set(VERBS)


def test_a_session_without_a_display_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    found = probe()
    assert not found.usable
    assert "DISPLAY" in found.reason


def test_a_display_that_is_not_there_does_not_end_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    monkeypatch.setenv("DISPLAY", "127.0.0.1:97")
    found = probe()
    assert not found.usable
    assert found.reason


def test_the_offscreen_platform_is_no_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert probe() == Display("offscreen")
    assert not probe().usable
