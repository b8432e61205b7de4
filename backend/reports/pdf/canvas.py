"""A ReportLab canvas whose bytes depend on what is drawn and nothing else, and that keeps its pages small."""

from __future__ import annotations

import hashlib
import time
import zlib
from typing import BinaryIO

from reportlab.lib.utils import TimeStamp
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from backend.reports.pdf import style

_LEVEL = 6


def new_canvas(stream: BinaryIO, created: int, seed: str) -> Canvas:
    """A canvas that writes to `stream`; `created` (epoch seconds) is its date, `seed` makes its id."""
    canvas = Canvas(stream, pagesize=(style.PAGE_WIDTH, style.PAGE_HEIGHT), invariant=1, pageCompression=1, lang="en")
    # ReportLab takes date and id from SOURCE_DATE_EPOCH, or else from the year 2000.
    stamp = TimeStamp(1)
    stamp.t, stamp.lt = created, tuple(time.gmtime(created))
    stamp.YMDhms = stamp.lt[:6]
    canvas._doc._timeStamp = stamp
    canvas._doc.signature = hashlib.md5(seed.encode(), usedforsecurity=False)
    # Every canvas begins with Helvetica, which no file embeds; all text here is set in our own fonts.
    canvas._preamble = "1 0 0 1 0 0 cm"
    canvas._doc.idToObject[pdfdoc.BasicFonts].dict.clear()
    canvas._doc.delayedFonts.clear()
    return canvas


def end_page(canvas: Canvas) -> None:
    """Finish the page, and compress it at once: ReportLab would keep every page as text until the end."""
    canvas.showPage()
    page = canvas._doc.Pages.pages[-1]
    stream = pdfdoc.PDFStream(content=zlib.compress(page.stream.encode("latin-1"), _LEVEL) + b"\n")
    stream.dictionary["Filter"] = pdfdoc.PDFName("FlateDecode")
    page.Contents = stream
    page.stream = None
