"""Of a report of an earlier moment: that it is one, by which rules it was judged, and what had to be left out."""

from __future__ import annotations

from backend.past.note import Note
from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.pdf.flow import Flow

SHOWN = 30


def headline(past: Note) -> str:
    """For under the title."""
    of = f", the end of scan No. {past.scan}" if past.scan is not None else ""
    return f"As of {wording.moment(past.at)}{of}; evidence of {wording.moment(past.evidence_at)}"


def judged(past: Note) -> str:
    """For the cover's list of facts."""
    return (
        f"by the rules in force when this was made, not those of that time; evidence of"
        f" {wording.moment(past.evidence_at)}, decisions until {wording.moment(past.at)}"
    )


def write(flow: Flow, data: ReportData) -> None:
    """Write the part of the section on scope; nothing in a report of the present."""
    past = data.past
    if past is None:
        return
    flow.heading(1, "An earlier moment", "scope-past", keep=60)
    flow.paragraph(
        f"This report shows how things stood at {wording.moment(past.at)}. For each account the newest scan that was"
        f" done by then was held against the rules with SHA-256 {past.rules_sha256}, from the answers stored at the"
        " time. Decisions of analysts count up to that moment; a mute whose end had come by then has ended. Accounts,"
        " frameworks and the words of the rules are today's. The same moment, data and rules give the same report at"
        " any later time."
    )
    for text in _history(past), *_left_out(past):
        if text:
            flow.paragraph(text)


def _history(past: Note) -> str:
    scans = wording.shortened([str(scan) for scan in past.judged], SHOWN)
    text = (
        f"Judged anew, in their order: {wording.count(len(past.judged), 'scan')} (No. {scans}). Since when a result"
        " stands, and earlier scores, follow from that."
    )
    if past.from_history:
        names = wording.shortened(list(past.from_history), SHOWN)
        text += f" What was before them is as it was recorded then, by the rules of that time, for: {names}."
    return text


def _left_out(past: Note) -> list[str]:
    scans = [f"No. {scan} of {name} ({wording.moment(at)})" for scan, name, at in past.unfinished]
    found = [
        (scans, "Scans begun by then that were not done by then; nothing of them is used: "),
        (past.without_scan, "Accounts none of whose scans was done by then: "),
        (past.retired, "Accounts scanned by then that were removed from the workspace since; left out: "),
        (past.deleted_rules, "Rules that had judged by then and are no more; their results are left out: "),
        (past.failed_rules, "Rules that failed to run when this was made; their results are missing or older: "),
    ]
    texts = [f"{words}{wording.shortened(list(names), SHOWN)}." for names, words in found if names]
    if past.reread:
        texts.append(
            f"{wording.count(past.reread, 'resource')} of the scans used {'was' if past.reread == 1 else 'were'} read"
            f" again after that moment, the last at {wording.moment(past.reread_at)}; what was read then took the place"
            " of the scan's answers and is shown here."
        )
    if past.unfit:
        texts.append(
            f"{wording.count(past.unfit, 'decision')} of analysts {'is' if past.unfit == 1 else 'are'} not shown: about"
            " results that today's rules do not give."
        )
    return texts
