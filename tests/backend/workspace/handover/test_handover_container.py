from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.errors import UserError
from backend.workspace.file import CONTAINER_MAGIC
from backend.workspace.handover import container

PASSPHRASE = "correct horse bättery"
CHUNK = 64


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container, "MEMORY_KIB", 64)
    monkeypatch.setattr(container, "ITERATIONS", 1)
    monkeypatch.setattr(container, "LANES", 1)
    monkeypatch.setattr(container, "CHUNK", CHUNK)


def sealed(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    target = io.BytesIO()
    container.encrypt(io.BytesIO(content), target, passphrase)
    return target.getvalue()


def opened(content: bytes, passphrase: str = PASSPHRASE) -> bytes:
    target = io.BytesIO()
    container.decrypt(io.BytesIO(content), target, passphrase, "theirs.enc")
    return target.getvalue()


def body_at(content: bytes) -> int:
    start = len(CONTAINER_MAGIC)
    return start + 4 + int.from_bytes(content[start : start + 4], "big")


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])
def test_what_goes_in_comes_out_and_nothing_of_it_shows(size: int) -> None:
    content = (b"secret words " * size)[:size]
    assert opened(sealed(content)) == content
    assert b"secret" not in sealed(content)
    assert sealed(content) != sealed(content)


def test_a_passphrase_is_the_same_however_it_was_typed() -> None:
    assert opened(sealed(b"x", "correct horse ba\u0308ttery"), "correct horse b\u00e4ttery") == b"x"


def test_another_passphrase_is_told() -> None:
    with pytest.raises(container.WrongPassphrase, match="does not open"):
        opened(sealed(b"x" * 500), "correct horse battery")
    with pytest.raises(UserError, match="at least 10 characters"):
        sealed(b"x", "short")


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), size=st.sampled_from([1, CHUNK, 3 * CHUNK, 3 * CHUNK + 9]))
def test_any_changed_byte_is_found(data: st.DataObject, size: int) -> None:
    content = bytearray(sealed(bytes(size)))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(UserError):
        opened(bytes(content))


def test_a_file_cut_anywhere_is_found() -> None:
    content = sealed(bytes(2 * CHUNK + 5))
    for length in range(len(content)):
        with pytest.raises(UserError):
            opened(content[:length])


def test_chunks_cannot_be_dropped_swapped_doubled_or_added() -> None:
    content = sealed(bytes(range(256)) * 2)
    start, size = body_at(content), CHUNK + 16
    head, chunks = content[:start], [content[at : at + size] for at in range(start, len(content), size)]
    assert len(chunks) == 8
    assert opened(head + b"".join(chunks))
    for order in ([1, 0, *range(2, 8)], [0, *range(2, 8)], [0, 0, *range(1, 8)], [*range(8), 7], [*range(8), 0], [7]):
        with pytest.raises(UserError):
            opened(head + b"".join(chunks[number] for number in order))


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 40}, {"memory_kib": 0}, {"memory_kib": True}, {"iterations": 10**9}, {"lanes": "1"},
        {"chunk": 1 << 40}, {"chunk": None}, {"salt": "!"}, {"salt": None}, {"nonce": "AA=="}, {"nonce": 7},
        {"version": 2}, {"kdf": "md5"},
    ],
)  # fmt: skip
def test_a_doctored_header_costs_nothing(change: dict[str, object]) -> None:
    content = sealed(b"x")
    start = len(CONTAINER_MAGIC) + 4
    header = json.loads(content[start : body_at(content)]) | change
    text = json.dumps(header).encode()
    with pytest.raises(UserError):
        opened(CONTAINER_MAGIC + len(text).to_bytes(4, "big") + text + content[body_at(content) :])


@given(content=st.binary(max_size=200))
def test_rubbish_is_told(content: bytes) -> None:
    for start in (b"", CONTAINER_MAGIC, CONTAINER_MAGIC + b"\0\0\0\x02"):
        with pytest.raises(UserError):
            opened(start + content)
