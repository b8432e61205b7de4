from __future__ import annotations

import json
import os
import threading
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from backend.credentials.passphrase import WrongPassphrase, check_strength, unwrap, wrap
from backend.credentials.passphrase_source import passphrase_from_environment, read_passphrase
from backend.credentials.secret import Secret
from backend.errors import UserError

KEY = bytes(range(32))
GOOD = Secret("correct horse battery")


def test_the_right_passphrase_opens_and_a_wrong_one_says_so() -> None:
    envelope = json.loads(json.dumps(wrap(KEY, GOOD, "w")))
    assert unwrap(envelope, GOOD, "w") == KEY
    with pytest.raises(WrongPassphrase) as wrong:
        unwrap(envelope, Secret("not the right one"), "w")
    assert "not the right one" not in str(wrong.value)
    with pytest.raises(WrongPassphrase):
        unwrap(envelope, GOOD, "another workspace")


def test_the_same_letters_open_however_they_are_composed() -> None:
    text = "épée à Zürich"
    envelope = wrap(KEY, Secret(unicodedata.normalize("NFD", text)), "w")
    assert unwrap(envelope, Secret(unicodedata.normalize("NFC", text)), "w") == KEY


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 32 * 1024},
        {"iterations": 1},
        {"lanes": 1},
        {"salt": "AAAAAAAAAAAAAAAAAAAAAA=="},
        {"extra": 1},
    ],
)
def test_a_doctored_header_does_not_open(change: dict[str, Any]) -> None:
    with pytest.raises(WrongPassphrase):
        unwrap({**wrap(KEY, GOOD, "w"), **change}, GOOD, "w")


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 2**40},
        {"memory_kib": -1},
        {"iterations": 10**9},
        {"iterations": True},
        {"lanes": 0},
        {"memory_kib": "65536"},
        {"salt": "?"},
        {"salt": ""},
        {"wrapped": "not base64!"},
        {"version": 2},
        {"kdf": "md5"},
        {"memory_kib": 8, "lanes": 16},
    ],
)
def test_a_damaged_envelope_is_refused_without_work(change: dict[str, Any]) -> None:
    with pytest.raises(UserError) as refused:
        unwrap({**wrap(KEY, GOOD, "w"), **change}, GOOD, "w")
    assert not isinstance(refused.value, WrongPassphrase)


def test_a_short_new_passphrase_is_refused() -> None:
    with pytest.raises(UserError, match="too short"):
        check_strength(Secret("012345678"))
    check_strength(Secret("0123456789"))


def test_a_passphrase_file_must_be_private(tmp_path: Path) -> None:
    path = tmp_path / "pass"
    path.write_text("correct horse battery\nsecond line\n")
    path.chmod(0o640)
    with pytest.raises(UserError, match="chmod 600"):
        read_passphrase(str(path))
    path.chmod(0o600)
    assert read_passphrase(str(path)) == GOOD


@pytest.mark.parametrize(("content", "word"), [(b"", "empty"), (b"\n", "empty"), (b"\xff\xfe\n", "UTF-8")])
def test_an_unusable_passphrase_file_is_named(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "pass"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(UserError, match=word) as refused:
        read_passphrase(str(path))
    assert str(path) in str(refused.value)


def test_a_missing_passphrase_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        read_passphrase(str(tmp_path / "nowhere"))


def test_a_passphrase_comes_through_a_descriptor() -> None:
    reader, writer = os.pipe()

    def write() -> None:
        os.write(writer, b"correct horse battery\n")
        os.close(writer)

    threading.Thread(target=write).start()
    assert read_passphrase(f"fd:{reader}") == GOOD
    with pytest.raises(UserError, match="descriptor"):
        read_passphrase("fd:none")
    with pytest.raises(UserError, match="descriptor"):
        read_passphrase(f"fd:{reader}")


def test_the_environment_gives_a_passphrase_and_keeps_none_for_children(tmp_path: Path) -> None:
    environ = {"VEDETTE_PASSPHRASE": GOOD.reveal()}
    assert passphrase_from_environment(environ) == GOOD
    assert environ == {}
    assert passphrase_from_environment(environ) is None
    path = tmp_path / "pass"
    path.write_text("from a file, this one")
    path.chmod(0o600)
    assert passphrase_from_environment({"VEDETTE_PASSPHRASE_FILE": str(path)}) == Secret("from a file, this one")
