from __future__ import annotations

import json

import pytest

from backend.errors import UserError
from backend.reports import manifest
from backend.reports.data import load
from backend.reports.options import ReportOptions


@pytest.fixture
def written(tmp_path, company_conn):
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF- not really" * 100)
    data = load(company_conn, ReportOptions())
    content = manifest.describe(report, "pdf", data, workspace="w1", audit={"count": 12, "mac": "ab" * 32})
    path = manifest.manifest_path(report)
    path.write_bytes(manifest.encode(content))
    return report, path, data


def test_it_says_what_it_rests_on(written):
    _, path, data = written
    content = json.loads(path.read_text())
    assert path.name == "report.pdf.manifest.json"
    assert content["files"][0] | {"file": "report.pdf", "bytes": 1600} == content["files"][0]
    assert content["data_sha256"] == data.digest
    assert content["audit_log"] == {"count": 12, "mac": "ab" * 32}
    assert [one["id"] for one in content["scans"]] == [3, 4]
    assert content["created"] == "2025-11-24T16:00:00Z"
    assert content["workspace"] == "w1"


def test_an_untouched_file_is_confirmed(written):
    _, path, _ = written
    assert [one.problem for one in manifest.verify(path)] == [""]


def test_one_changed_byte_is_found(written):
    report, path, _ = written
    content = bytearray(report.read_bytes())
    content[800] ^= 1
    report.write_bytes(content)
    assert "changed" in manifest.verify(path)[0].problem


def test_a_cut_off_and_a_missing_file_are_found(written):
    report, path, _ = written
    report.write_bytes(report.read_bytes()[:-1])
    assert "1,599 bytes" in manifest.verify(path)[0].problem
    report.unlink()
    assert "missing" in manifest.verify(path)[0].problem


def test_a_manifest_cannot_point_out_of_its_folder(written):
    _, path, _ = written
    content = json.loads(path.read_text())
    content["files"][0]["file"] = "../../etc/passwd"
    path.write_text(json.dumps(content))
    assert "outside" in manifest.verify(path)[0].problem


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kind": "vedette report manifest", "form": 99}', "\x00"])
def test_what_is_no_manifest_is_refused(tmp_path, text):
    path = tmp_path / "x.manifest.json"
    path.write_text(text)
    with pytest.raises(UserError):
        manifest.verify(path)
    with pytest.raises(UserError):
        manifest.verify(tmp_path / "nothing")
