"""Text and shapes on the page at hand. All text of a page is written in one block, above its shapes."""

from __future__ import annotations

from reportlab.pdfgen.canvas import Canvas

from backend.reports.pdf.fonts import Face, register, runs, width
from backend.reports.pdf.style import Shade, Style

_REMEMBERED = 20_000


class Ink:
    """Draws on a canvas; `flush` before the canvas goes to another page or form.

    The operators for text are written here: the canvas's own text object measures and formats every string again, which
    is half the time of a long report.
    """

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self._text: list[str] = []
        self._font = ""
        self._shade: Shade | None = None
        self._coded: dict[tuple[Face, str], list[tuple[str, str]]] = {}

    def put(self, x: float, y: float, text: str, style: Style, *, align: str = "left") -> None:
        """Set printable `text` with its baseline at `y`; `x` is its left, its middle or its right end."""
        if not text:
            return
        if align != "left":
            taken = width(text, style.face, style.size)
            x -= taken if align == "right" else taken / 2
        write = self._text.append
        if self._shade != style.shade:
            write("{:.3g} {:.3g} {:.3g} rg".format(*style.shade))
            self._shade = style.shade
        write(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
        for name, shown in self._code(text, style.face):
            font = f"{name} {style.size:g} Tf"
            if self._font != font:
                write(font)
                self._font = font
            write(f"({shown}) Tj")

    def _code(self, text: str, face: Face) -> list[tuple[str, str]]:
        """(name of the font's subset in this file, the text in its codes). The same text always has the same codes."""
        found = self._coded.get((face, text))
        if found is None:
            document, fonts, found = self.canvas._doc, register(), []
            for of, run in runs(text, face):
                for subset, codes in fonts[of].splitString(run, document):
                    found.append((fonts[of].getSubsetInternalName(subset, document), self.canvas._escape(codes)))
            if len(self._coded) >= _REMEMBERED:
                self._coded.clear()
            self._coded[face, text] = found
        return found

    def flush(self) -> None:
        """Write the text collected so far."""
        if self._text:
            self.canvas._code.append(f"BT {' '.join(self._text)} ET")
        self._text, self._font, self._shade = [], "", None

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
