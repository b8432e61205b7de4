from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.engine.channel import HEADER, MAX_FRAME, BadFrame, FrameReader, FrameTooLarge, encode

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
_frames = st.dictionaries(st.text(), _json)


@settings(max_examples=40)
@given(st.lists(_frames, max_size=5), st.data())
def test_frames_survive_any_cutting_of_the_stream(frames: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(encode(frame) for frame in frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = FrameReader()
    got: list[dict[str, Any]] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        got += reader.feed(stream[start:end])
    assert got == frames
    assert reader.pending == 0


@given(st.binary(max_size=200))
def test_any_bytes_give_frames_or_a_reason(data: bytes) -> None:
    try:
        frames = FrameReader().feed(data)
    except BadFrame as error:
        frames = error.before
    assert all(isinstance(frame, dict) for frame in frames)


def test_frames_before_a_bad_one_are_not_lost() -> None:
    with pytest.raises(BadFrame) as caught:
        FrameReader().feed(encode({"good": 1}) + HEADER.pack(2) + b"[]")
    assert caught.value.before == [{"good": 1}]


def _framed(body: bytes) -> bytes:
    return HEADER.pack(len(body)) + body


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HEADER.pack(MAX_FRAME + 1), "exceeds the limit"),
        (b"GET / HTTP/1.1\r\n\r\n", "exceeds the limit"),
        (_framed(b"\xff\xfe"), "not UTF-8"),
        (_framed(b"{"), "not JSON"),
        (_framed(b""), "not JSON"),
        (_framed(b"[1]"), "list, not an object"),
        (_framed(b'"text"'), "str, not an object"),
        (_framed(b"null"), "not an object"),
        (_framed(b'{"a": NaN}'), "NaN is no number"),
        (_framed(b'{"a": ' + b"9" * 5000 + b"}"), "not JSON"),
        (_framed(b'{"a": ' + b"[" * 100_000 + b"}"), "nested too deeply"),
    ],
)
def test_what_is_no_frame_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(BadFrame, match=reason):
        FrameReader().feed(data)


def test_a_length_over_the_limit_is_refused_before_its_body_is_kept() -> None:
    reader = FrameReader()
    with pytest.raises(BadFrame):
        reader.feed(HEADER.pack(2**32 - 1) + b"x" * 10)


def test_a_lone_surrogate_cannot_break_the_encoding() -> None:
    assert FrameReader().feed(encode({"name": "a\ud800b"})) == [{"name": "a?b"}]


def test_hostile_text_travels_unchanged() -> None:
    names = [
        "<script>alert(1)</script>",
        '=cmd|"/c calc"!A1',
        "abc\u202egnp.exe",
        "'; DROP TABLE finding; --",
        "\x00\x1b[2J",
    ]
    assert FrameReader().feed(encode({"names": names})) == [{"names": names}]


def test_never_travels_as_infinity() -> None:
    assert FrameReader().feed(encode({"max_age": float("inf")})) == [{"max_age": float("inf")}]


def test_too_large_a_frame_is_not_sent() -> None:
    with pytest.raises(FrameTooLarge, match="exceeds the limit"):
        encode({"x": "y" * MAX_FRAME})


def test_what_json_has_no_word_for_is_not_sent() -> None:
    loop: dict[str, Any] = {}
    loop["x"] = loop
    with pytest.raises(ValueError):
        encode(loop)
    with pytest.raises(TypeError):
        encode({"x": {1, 2}})


def test_a_large_frame_arrives_whole() -> None:
    frame = {"x": "é" * 4_000_000}
    data = encode(frame)
    reader = FrameReader()
    got = [one for start in range(0, len(data), 65536) for one in reader.feed(data[start : start + 65536])]
    assert got == [frame]
    assert json.loads(data[4:]) == frame
