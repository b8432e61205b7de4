from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.credentials.seal import SealBroken, seal, unseal

KEY = bytes(range(32))


@given(st.binary(max_size=300), st.text(max_size=20), st.text(max_size=20))
def test_what_was_sealed_opens(plain: bytes, purpose: str, row: str) -> None:
    assert unseal(KEY, seal(KEY, plain, purpose, row), purpose, row) == plain


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_a_blob_opens_only_for_its_purpose_and_row(purpose: str, row: str, other_purpose: str, other_row: str) -> None:
    if (purpose, row) != (other_purpose, other_row):
        with pytest.raises(SealBroken):
            unseal(KEY, seal(KEY, b"x", purpose, row), other_purpose, other_row)


def test_purpose_and_row_do_not_run_into_one_another() -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, seal(KEY, b"x", "ab", "c"), "a", "bc")


@given(st.data())
def test_a_changed_blob_does_not_open(data: st.DataObject) -> None:
    blob = bytearray(seal(KEY, b"some secret", "p", "1"))
    at = data.draw(st.integers(0, len(blob) - 1))
    blob[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        unseal(KEY, bytes(blob), "p", "1")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x01" + bytes(27), b"\x02" + bytes(60)])
def test_short_and_newer_blobs_are_refused(blob: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(KEY, blob, "p", "1")


def test_another_key_does_not_open_and_no_two_blobs_are_alike() -> None:
    blob = seal(KEY, b"x", "p", "1")
    assert blob != seal(KEY, b"x", "p", "1")
    with pytest.raises(SealBroken):
        unseal(bytes(32), blob, "p", "1")
