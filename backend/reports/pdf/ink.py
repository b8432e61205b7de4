"""Text and shapes on the page at hand. All text of a page goes into one text object, above its shapes."""

from __future__ import annotations

from typing import Any

from reportlab.pdfgen.canvas import Canvas

from backend.reports.pdf.fonts import Face, name_of, runs, width
from backend.reports.pdf.style import Shade, Style


class Ink:
    """Draws on a canvas; `flush` before the canvas goes to another page or form."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._text: Any = None
        self._font: tuple[Face, float] | None = None
        self._shade: Shade | None = None

    def put(self, x: float, y: float, text: str, style: Style, *, align: str = "left") -> None:
        """Set printable `text` with its baseline at `y`; `x` is its left, its middle or its right end."""
        if not text:
            return
        if align != "left":
            taken = width(text, style.face, style.size)
            x -= taken if align == "right" else taken / 2
        if self._text is None:
            self._text = self.canvas.beginText()
        if self._shade != style.shade:
            self._text.setFillColorRGB(*style.shade)
            self._shade = style.shade
        self._text.setTextOrigin(round(x, 2), round(y, 2))
        for face, run in runs(text, style.face):
            if self._font != (face, style.size):
                self._text.setFont(name_of(face), style.size)
                self._font = (face, style.size)
            self._text.textOut(run)

    def flush(self) -> None:
        """Write the text collected so far."""
        if self._text is not None:
            self.canvas.drawText(self._text)
        self._text = self._font = self._shade = None

    def fill(self, x: float, y: float, wide: float, high: float, shade: Shade) -> None:
        """A filled box, `x`, `y` its lower left."""
        self.canvas.setFillColorRGB(*shade)
        self.canvas.rect(round(x, 2), round(y, 2), round(wide, 2), round(high, 2), stroke=0, fill=1)

    def frame(self, x: float, y: float, wide: float, high: float, shade: Shade, thick: float = 0.5) -> None:
        """An empty box."""
        self.canvas.setStrokeColorRGB(*shade)
        self.canvas.setLineWidth(thick)
        self.canvas.rect(round(x, 2), round(y, 2), round(wide, 2), round(high, 2), stroke=1, fill=0)

    def line(self, x1: float, y1: float, x2: float, y2: float, shade: Shade, thick: float = 0.5) -> None:
        """A straight line."""
        self.canvas.setStrokeColorRGB(*shade)
        self.canvas.setLineWidth(thick)
        self.canvas.line(round(x1, 2), round(y1, 2), round(x2, 2), round(y2, 2))

    def link(self, x: float, y: float, wide: float, high: float, key: str) -> None:
        """Make a box lead to the place marked `key`, which may come later in the document."""
        self.canvas.linkRect("", key, (x, y, x + wide, y + high), relative=0, thickness=0, Border="[0 0 0]")
