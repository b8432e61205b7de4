"""The first page: what this is, of what, when, by which rules, and how to tell that it is unchanged."""

from __future__ import annotations

from backend.product import NAME, VERSION
from backend.reports import wording
from backend.reports.data import ReportData
from backend.reports.pdf import style
from backend.reports.pdf.flow import Flow
from backend.reports.pdf.fonts import Face, printable
from backend.reports.pdf.sections import past
from backend.reports.pdf.style import Style
from backend.reports.pdf.wrap import wrap

NOT_A_CERTIFICATION = (
    "This report is no certification, attestation or audit opinion. Results are mapped to framework requirements by the"
    " authors of the rules; no standards body has reviewed or endorsed the mapping. A requirement without a failing"
    " result is not thereby met: rules see part of what a requirement asks."
)

_TITLE = Style(face=Face.BOLD, size=27.0, leading=34.0, shade=style.ACCENT)
_SUBTITLE = Style(size=13.0, leading=19.0, shade=style.QUIET)
_VALUE = Style(size=9.4, leading=13.6)
_CODE = Style(face=Face.MONO, size=8.0, leading=12.6)


def write(flow: Flow, data: ReportData) -> None:
    """Write the page."""
    ink, options = flow.ink, data.options
    right = style.LEFT + style.WIDTH
    ink.fill(0, style.PAGE_HEIGHT - 14, style.PAGE_WIDTH, 14, style.ACCENT)
    flow.y = style.PAGE_HEIGHT - 62
    ink.put(style.LEFT, flow.y, NAME, Style(face=Face.BOLD, size=12.0, shade=style.ACCENT))
    ink.put(right, flow.y, printable(options.classification).upper(), style.LABEL, align="right")
    flow.y -= 108
    flow.canvas.bookmarkPage("cover", fit="XYZ", left=0, top=style.PAGE_HEIGHT)
    flow.canvas.addOutlineEntry("Cover", "cover", 0)
    for line in wrap(printable(options.title), _TITLE.face, _TITLE.size, style.WIDTH)[:4]:
        ink.put(style.LEFT, flow.y, line, _TITLE)
        flow.y -= _TITLE.leading
    for text in (options.organization, _period(data)):
        for line in wrap(printable(text), _SUBTITLE.face, _SUBTITLE.size, style.WIDTH)[:2] if text else ():
            ink.put(style.LEFT, flow.y, line, _SUBTITLE)
            flow.y -= _SUBTITLE.leading
    if data.demo:
        flow.y -= 12
        ink.frame(style.LEFT, flow.y - 8, style.WIDTH, 24, style.INK, 1.2)
        words = "DEMO DATA – made up, no real account was read"
        ink.put(style.LEFT + style.WIDTH / 2, flow.y, words, style.STRONG, align="center")
    flow.y -= 34
    ink.line(style.LEFT, flow.y, right, flow.y, style.ACCENT, 1.2)
    flow.y -= 10
    for label, text, chosen in _facts(data):
        _fact(flow, label, text, chosen)
    lines = wrap(NOT_A_CERTIFICATION, style.SMALL.face, style.SMALL.size, style.WIDTH - 20)
    high = len(lines) * style.SMALL.leading + 14
    ink.fill(style.LEFT, 52, style.WIDTH, high, style.PANEL)
    y = 52 + high - 7
    for line in lines:
        y -= style.SMALL.leading
        ink.put(style.LEFT + 10, y + 3, line, style.SMALL)
    flow.new_page(bare=True)


def _period(data: ReportData) -> str:
    if data.past is not None:
        return past.headline(data.past)
    return f"Evidence as of {wording.moment(data.as_of)}" if data.as_of else "No scan has been run"


def _facts(data: ReportData) -> list[tuple[str, str, Style]]:
    scope, scans = data.scope, data.scope.scans
    accounts = [f"{one.name} ({one.cloud_id})" if one.name != one.cloud_id else one.name for one in scope.accounts]
    identities = sorted({one.identity for one in scope.accounts if one.identity})
    versions = sorted({scan.product_version for scan in scans})
    facts = [
        ("ACCOUNTS", f"{len(accounts)}: {wording.shortened(accounts, 8)}" if accounts else "none", _VALUE),
        ("REGIONS", f"{len(data.regions)}: {wording.shortened(list(data.regions), 20)}" if scans else "none", _VALUE),
        ("FRAMEWORKS", wording.shortened([one.title for one in data.frameworks], 8) or "none", _VALUE),
    ]
    if scans:
        begun = min(scan.started_at for scan in scans)
        ended = max(scan.finished_at or scan.started_at for scan in scans)
        facts.append(("SCANNED", f"{wording.moment(begun)} to {wording.moment(ended)}, read-only", _VALUE))
    facts.append(("IDENTITY", wording.shortened(identities, 3) or "none", _CODE if identities else _VALUE))
    if data.options.prepared_by:
        facts.append(("PREPARED BY", data.options.prepared_by, _VALUE))
    facts.append(
        (
            "REPORT TIME" if data.past is None else "AS OF",
            wording.moment(data.created) if data.created else "no data",
            _VALUE,
        )
    )
    scanned = f"; scans by {', '.join(versions)}" if versions and versions != [VERSION] else ""
    facts.append(("TOOL", f"{NAME} {VERSION}{scanned}; {wording.count(len(data.rules), 'rule')}", _VALUE))
    if data.past is None:
        facts.append(("RULES SHA-256", ", ".join(data.rules_digests) or "not recorded", _CODE))
    else:
        facts.append(("JUDGED", past.judged(data.past), _VALUE))
        facts.append(("RULES SHA-256", data.past.rules_sha256, _CODE))
    facts.append(("DATA SHA-256", data.digest, _CODE))
    facts.append(
        ("TO VERIFY", "The manifest beside this file carries its SHA-256 and the head of the audit log.", _VALUE)
    )
    return facts


def _fact(flow: Flow, label: str, text: str, chosen: Style) -> None:
    lines = wrap(printable(text), chosen.face, chosen.size, style.WIDTH - 96)
    if len(lines) > 5:
        lines = [*lines[:4], f"{lines[4]} …"]
    for number, line in enumerate(lines):
        flow.y -= chosen.leading
        if number == 0:
            flow.ink.put(style.LEFT, flow.y, label, style.LABEL)
        flow.ink.put(style.LEFT + 96, flow.y, line, chosen)
    flow.y -= 8
