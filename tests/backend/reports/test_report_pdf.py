from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from backend.reports.data import ReportData, load, snapshot
from backend.reports.options import ReportOptions
from backend.reports.pdf import render
from backend.reports.pdf.document import entries
from tests.backend.reports import company

PRINT = """
import hashlib, sys
from pathlib import Path
from backend.reports.data import load, snapshot
from backend.reports.options import ReportOptions
from backend.reports.pdf import render
from backend.workspace.file import open_reader
import io
conn = open_reader(Path(sys.argv[1]))
out = io.BytesIO()
with snapshot(conn):
    render(load(conn, ReportOptions()), conn, out)
print(hashlib.sha256(out.getvalue()).hexdigest())
"""


def printed(conn, **options) -> tuple[ReportData, PdfReader, bytes]:
    out = io.BytesIO()
    with snapshot(conn):
        data = load(conn, ReportOptions(**options))
        pages = render(data, conn, out)
    reader = PdfReader(io.BytesIO(out.getvalue()), strict=True)
    assert len(reader.pages) == pages
    return data, reader, out.getvalue()


def text_of(reader: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in reader.pages)


def squeezed(text: str) -> str:
    """Without white space: text is broken into lines anywhere."""
    return re.sub(r"\s+", "", text)


def outline(items, level=0) -> Iterator[tuple[int, str, object]]:
    for item in items:
        if isinstance(item, list):
            yield from outline(item, level + 1)
        else:
            yield level, item.title, item


@pytest.fixture(scope="module")
def report(company_path):
    from backend.workspace.file import open_reader

    conn = open_reader(company_path)
    yield printed(conn)
    conn.close()


def test_the_same_data_gives_the_same_bytes_whatever_the_environment(company_path):
    hashes = set()
    for zone, seed, epoch in (("UTC", "1", ""), ("Asia/Tokyo", "2", "86400")):
        changed = {"TZ": zone, "PYTHONHASHSEED": seed, "SOURCE_DATE_EPOCH": epoch, "RL_invariant": "0"}
        command = [sys.executable, "-P", "-c", PRINT, str(company_path)]
        done = subprocess.run(command, env={**os.environ, **changed}, capture_output=True, text=True, check=True)
        hashes.add(done.stdout)
    assert len(hashes) == 1


def test_every_section_says_what_it_should(report):
    data, reader, _ = report
    text = text_of(reader)
    for words in (
        "Executive summary", "Scope and method", "What would raise the score most", "Since the previous scan",
        "What could not be checked", "Muted results", "Appendix: resources", "Appendix: rules",
        "CIS AWS Foundations 5.0", "SOC 2", "WHY IT MATTERS", "HOW TO FIX IT", "COMMAND",
        "This report is no certification", "needs ec2:Describe", "Agreed with the owner", "Stale results",
        "Requirements without a rule", "role/audit", "111122223333", "eu-west-1",
    ):  # fmt: skip
        assert squeezed(words) in squeezed(text), words
    assert data.digest in squeezed(text)
    assert "ab" * 32 in squeezed(text)
    assert f"{data.score.score:.1f}" in text
    assert reader.metadata.title == "Cloud security posture report"
    assert reader.metadata.creation_date.timestamp() == data.created


def test_every_failing_resource_is_printed(report, company_conn):
    _, reader, _ = report
    text = squeezed(text_of(reader))
    rows = company_conn.execute(
        "SELECT resource FROM finding WHERE status = 'fail' AND presence = 'present' AND state = 'open' AND id > ?",
        (len(company.HOSTILE),),
    )
    assert [resource for (resource,) in rows if resource not in text] == []


def test_the_contents_name_the_right_pages(report):
    data, reader, _ = report
    contents = reader.pages[1].extract_text()
    numbers = {page: reader.pages[page - 1].extract_text() for page in range(1, len(reader.pages) + 1)}
    places = {title: reader.get_destination_page_number(item) + 1 for _, title, item in outline(reader.outline)}
    for entry in entries(data):
        heading = entry.title.split(" (")[0]
        assert squeezed(entry.title) in squeezed(contents)
        assert heading in numbers[places[heading]]
    # The numbers are drawn apart from the titles, one after another.
    assert "".join(str(places[entry.title.split(" (")[0]]) for entry in entries(data)) in squeezed(contents)


def test_pages_are_numbered_and_headed(report):
    _, reader, _ = report
    total = len(reader.pages)
    for number, page in enumerate(reader.pages, 1):
        words = squeezed(page.extract_text())
        if number > 1:
            assert f"Page{number}of" in words
            assert str(total) in words  # drawn apart, once it is known
            assert "Confidential" in words


def test_tables_repeat_their_header_row(report):
    _, reader, _ = report
    continued = [page.extract_text() for page in reader.pages if "(continued)" in page.extract_text()]
    assert continued
    assert all(re.search(r"Resource|Rule|Requirement", text) for text in continued)


def test_links_lead_somewhere(report):
    _, reader, _ = report
    known = set(reader.named_destinations)
    links = [
        annotation.get_object()
        for page in reader.pages
        for annotation in page.get("/Annots", [])
        if annotation.get_object()["/Subtype"] == "/Link"
    ]
    assert len(links) > 10
    assert {str(link["/Dest"]).removeprefix("/") for link in links if isinstance(link["/Dest"], str)} <= {
        name.removeprefix("/") for name in known
    }
    assert not [link for link in links if "/URI" in str(link.get("/A", ""))]


def test_nothing_in_the_file_acts(report):
    _, _, content = report
    for word in (b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/EmbeddedFile", b"/OpenAction", b"/AA "):
        assert word not in content


def test_hostile_names_are_text_and_nothing_else(report):
    _, reader, _ = report
    text = squeezed(text_of(reader))
    for shown in (
        "=cmd|'/CcalcʹA0".replace("ʹ", "'!"),
        "<script>alert(1)</script>",
        "<para>&amp;<b>bold</b></para>",
        "right-to-left-⟨U+202E⟩gpj.exe",
        "zero⟨U+200B⟩width⟨U+2066⟩isolate",
        "emoji-⟨U+1F4A9⟩-⟨U+1F469⟩⟨U+200D⟩⟨U+1F467⟩",
        "⟨U+6F22⟩⟨U+5B57⟩",
        "Ünïcödé-Ελλάδα-Москва",
        "endstreamendobj\\(%PDF-1.4>>",
        "⟨U+001B⟩[31mred",
        "{name}%s{0}",
    ):
        assert shown in text, shown
    assert "\u202e" not in text


def test_only_our_fonts_are_embedded_and_drawn(report):
    _, reader, _ = report
    used = set()
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            used.add(font.get_object()["/BaseFont"])
    assert {name.split("+")[-1] for name in used} == {"NotoSans-Regular", "NotoSans-Bold", "NotoSansMono-Regular"}


def test_demo_data_is_marked_on_every_page(make):
    conn = make()
    company.frame(conn)
    conn.execute("UPDATE account SET demo = 1")
    company.add(conn, [company.finding(0, 1, "fail")])
    _, reader, _ = printed(conn)
    assert all("DEMO DATA" in page.extract_text() for page in reader.pages)


def test_an_empty_workspace_prints(make):
    _, reader, _ = printed(make())
    text = squeezed(text_of(reader))
    assert "Noaccounthasbeenscannedyet" in text
    assert "SCORE" in text
    assert "100.0" not in text
    assert "1970" not in text


def test_nothing_evaluated_prints_no_score(make):
    conn = make()
    company.frame(conn)
    company.add(conn, [company.finding(place, 1, "unknown") for place in range(4)])
    _, reader, _ = printed(conn)
    summary = reader.pages[2].extract_text()
    assert "n/a" in summary
    assert "there is no score" in " ".join(summary.split())
    assert "100.0" not in summary


def test_what_passed_is_listed_on_request(company_conn, report):
    plain, _, _ = report
    _, reader, _ = printed(company_conn, passed=True)
    assert len(reader.pages) > plain.score.passed / 40
    assert "Appendix: results that passed" in reader.pages[1].extract_text()


def test_a_row_longer_than_a_page_is_split(make):
    conn = make()
    company.frame(conn)
    names = {f"n{number}": "y" * 5_000 for number in range(40)}
    long = ", ".join(f"{key}={value}" for key, value in names.items())
    company.add(conn, [company.finding(0, 1, "fail", reason=long, name="z" * 20_000)])
    _, reader, _ = printed(conn, title="T" * 500, organization="O" * 500, classification="C" * 500)
    assert len(reader.pages) < 30
    assert "morecharacters" in squeezed(text_of(reader))


def test_a_hostile_rule_is_text_too(make):
    conn = make()
    company.frame(conn)
    evil = "<img src=x> \u202e " + "w" * 3_000
    conn.execute(
        "UPDATE rule SET title = ?, definition = json_set(definition, '$.rationale', ?, '$.remediation.cli', ?)",
        (evil[:300], evil, "line\n" * 400),
    )
    conn.execute("UPDATE account SET name = '<b>' || name")
    conn.execute("UPDATE framework_requirement SET title = ?, section = ?", (evil, evil))
    company.add(conn, [company.finding(place, 1, "fail") for place in range(len(company.RULES))])
    _, reader, _ = printed(conn)
    assert "<imgsrc=x>⟨U+202E⟩" in squeezed(text_of(reader))


def test_progress_is_told_and_may_stop_it(company_conn):
    class Stopped(Exception):
        pass

    told = []

    def step(done, total, text):
        told.append((done, total, text))
        if len(told) == 4:
            raise Stopped

    with snapshot(company_conn):
        data = load(company_conn, ReportOptions())
        with pytest.raises(Stopped):
            render(data, company_conn, io.BytesIO(), step)
        told.clear()
        render(data, company_conn, io.BytesIO(), lambda *one: told.append(one))
    assert [one[0] for one in told] == sorted(one[0] for one in told)
    assert told[-1][0] == told[-1][1]


@pytest.mark.slow
def test_twenty_thousand_findings_take_little_memory(tmp_path):
    path = tmp_path / "large.vedette"
    company.fill(path, 20_000, failing=True)
    # Not ru_maxrss: a child's begins with what its parent had before exec.
    source = PRINT + "\nprint(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", source, str(path)], capture_output=True, text=True, check=True, timeout=110
    )
    assert int(done.stdout.split()[-1]) < 150 * 1024
