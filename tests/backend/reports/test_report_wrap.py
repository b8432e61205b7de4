from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from backend.reports.pdf.fonts import Face, printable, runs, width
from backend.reports.pdf.wrap import fit, wrap

WORDS = st.text(st.sampled_from("ab:/-. arn⟩é"), max_size=120) | st.text(max_size=60)


@given(WORDS, st.sampled_from(list(Face)), st.floats(12, 300))
def test_lines_fit_and_lose_nothing(text, face, room):
    shown = printable(text)
    lines = wrap(shown, face, 8.0, room)
    widest = max((width(sign, face, 8.0) for sign in shown), default=0)
    assert all(width(line, face, 8.0) <= max(room, widest) + 1e-6 for line in lines)
    assert "".join(lines).replace(" ", "") == shown.replace(" ", "")
    assert len(lines) >= 1


@given(WORDS, st.floats(12, 300))
def test_one_line_fits(text, room):
    shown = printable(text)
    line = fit(shown, Face.SANS, 8.0, room)
    assert line == shown or line.endswith("…")
    assert width(line, Face.SANS, 8.0) <= max(room, 2 * max((width(sign, Face.SANS, 8.0) for sign in shown), default=0))


@given(st.text())
def test_printable_text_hides_nothing_and_has_a_glyph_for_all(text):
    from backend.reports.pdf.fonts import register

    shown = printable(text)
    assert not [sign for sign in shown if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}]
    for face, run in runs(shown, Face.SANS):
        assert all(ord(sign) in register()[face].face.charToGlyph for sign in run)


def test_codes_of_what_cannot_be_shown():
    assert printable("a\u202eb") == "a⟨U+202E⟩b"
    assert printable("\N{PILE OF POO}") == "⟨U+1F4A9⟩"
    assert printable("漢") == "⟨U+6F22⟩"
    assert printable("one\ntwo\x00") == "one two⟨U+0000⟩"
    assert printable("Ünïcödé Ελλάδα Москва – ≥ →") == "Ünïcödé Ελλάδα Москва – ≥ →"


def test_an_arn_breaks_after_a_separator():
    arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/payments/50dc6c495c0c9188"
    lines = wrap(arn, Face.MONO, 6.6, 160)
    assert "".join(lines) == arn
    assert all(line[-1] in ":/-" for line in lines[:-1])
