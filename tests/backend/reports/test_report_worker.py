from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pypdf import PdfReader

from backend.engine.channel import HEADER, decode, encode
from backend.errors import UserError
from backend.reports import manifest, worker


class Link:
    """The worker's side of the engine; stops after `stop_after` words of progress."""

    def __init__(self, stop_after: int = 10**9) -> None:
        self.told: list[tuple[int, int, str]] = []
        self.stop_after = stop_after

    def progress(self, done: int, total: int, text: str) -> None:
        self.told.append((done, total, text))

    def cancelled(self) -> bool:
        return len(self.told) >= self.stop_after


@pytest.mark.parametrize("format", worker.FORMATS)
def test_every_format_is_written_with_its_manifest(company_path, tmp_path, format):
    path = tmp_path / "out.file"
    done = worker.run({"workspace": str(company_path), "path": str(path), "format": format}, Link())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["out.file", "out.file.manifest.json"]
    assert [one.problem for one in manifest.verify(Path(done["manifest"]))] == [""]
    assert done["sha256"] == manifest.sha256_of(path)
    assert path.stat().st_mode & 0o777 == 0o600
    content = manifest.read(Path(done["manifest"]))
    assert len(content["workspace"]) == 32
    assert content["audit_log"] == {"count": 0, "mac": "0" * 64}


def test_the_head_of_the_audit_log_may_be_given(company_path, tmp_path):
    args = {"workspace": str(company_path), "path": str(tmp_path / "a.csv"), "format": "csv"}
    done = worker.run({**args, "audit_head": {"count": 7, "mac": "cd" * 32}}, Link())
    assert manifest.read(Path(done["manifest"]))["audit_log"] == {"count": 7, "mac": "cd" * 32}


def test_an_export_keeps_to_query_and_accounts(company_path, tmp_path):
    path = tmp_path / "a.json"
    args = {"workspace": str(company_path), "path": str(path), "format": "json"}
    worker.run({**args, "query": "severity:high status:fail", "options": {"accounts": ["prod"]}}, Link())
    found = json.loads(path.read_text())
    assert {(one["severity"], one["status"], one["account_name"]) for one in found} == {("high", "fail", "prod")}


def test_a_spreadsheet_gets_its_byte_order_mark(company_path, tmp_path):
    worker.run({"workspace": str(company_path), "path": str(tmp_path / "a.csv"), "format": "csv"}, Link())
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("after", [1, 2, 6])
def test_a_stopped_report_leaves_the_old_one_alone(company_path, tmp_path, after):
    path = tmp_path / "report.pdf"
    path.write_text("the old one")
    done = worker.run({"workspace": str(company_path), "path": str(path)}, Link(after))
    assert done == {"cancelled": True}
    assert path.read_text() == "the old one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "change",
    [
        {"format": "docx"},
        {"options": {"accounts": ["nobody"]}},
        {"options": {"nosuch": 1}},
        {"path": "/nosuch/folder/report.pdf"},
        {"path": "/"},
        {"path": "/proc/report.pdf"},
        {"format": "csv", "query": "nosuch:1"},
    ],
)
def test_what_cannot_be_is_one_sentence(company_path, tmp_path, change):
    with pytest.raises(UserError):
        worker.run({"workspace": str(company_path), "path": str(tmp_path / "r.pdf"), **change}, Link())
    assert list(tmp_path.iterdir()) == []


def test_the_workspace_is_never_overwritten(company_path):
    for path in (company_path, company_path.with_name(company_path.name + "-wal")):
        with pytest.raises(UserError, match="workspace itself"):
            worker.run({"workspace": str(company_path), "path": str(path)}, Link())


def test_a_full_disk_is_said_and_leaves_nothing(company_path, tmp_path):
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000));"
        "from backend.reports import worker; from backend.errors import UserError\n"
        "class Link:\n    progress = lambda *a: None\n    cancelled = lambda *a: False\n"
        "try: worker.run({'workspace': sys.argv[1], 'path': sys.argv[2]}, Link())\n"
        "except UserError as e: print(e.message)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(company_path), str(tmp_path / "r.pdf")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "cannot be written" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_it_runs_as_a_child_of_the_engine(company_path, tmp_path):
    path = tmp_path / "report.pdf"
    command = [sys.executable, "-P", "-m", "backend.engine.worker", "backend.reports.worker:run", str(os.getpid())]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(encode({"args": {"workspace": str(company_path), "path": str(path)}}))
    child.stdin.flush()
    frames = []
    while len(head := child.stdout.read(HEADER.size)) == HEADER.size:
        frames.append(decode(child.stdout.read(HEADER.unpack(head)[0])))
        if "done" in frames[-1] or "error" in frames[-1]:
            break
    child.stdin.close()
    child.wait(timeout=20)
    child.stdout.close()
    assert len(PdfReader(path).pages) == frames[-1]["done"]["pages"]
    assert [one["progress"]["text"] for one in frames if "progress" in one][-1] == "Done"
