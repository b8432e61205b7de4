from __future__ import annotations

import copy
import gc
import json
import logging
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.credentials.redaction import RedactingFilter, install_redaction, redact, redacted_traceback
from backend.credentials.secret import Secret, living_values

CANARY = 'canary/with+odd "chars" & ünï'
# Shaped like the real thing, made up here.
AWS_ID = "AKIA" + "QWERTYUIOPAS" + "7Z3X"
AWS_KEY = "abcdEFGH1234/jklmNOPQ+5678rstuVWXYzABCD0"


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{0!r:>40}".format, lambda s: f"{s}"])
def test_a_secret_does_not_show_itself(show: object) -> None:
    assert CANARY not in show(Secret(CANARY))  # type: ignore[operator]
    assert CANARY not in show([Secret(CANARY)]) if show is not str else True  # type: ignore[operator]


def test_a_secret_is_not_serialised() -> None:
    for serialise in (json.dumps, pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError) as refused:
            serialise(Secret(CANARY))  # type: ignore[operator]
        assert CANARY not in str(refused.value)
    assert not hasattr(Secret(CANARY), "__dict__")
    with pytest.raises(TypeError):
        hash(Secret(CANARY))


def test_secrets_compare_by_value_and_reveal_it() -> None:
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(CANARY) == Secret(CANARY)
    assert Secret(CANARY) != Secret("other")
    assert Secret(CANARY) != CANARY


def test_a_forgotten_secret_is_forgotten_by_redaction_too() -> None:
    secret = Secret("forget-me-please")
    assert secret.reveal() in living_values()
    del secret
    gc.collect()
    assert "forget-me-please" not in living_values()


@given(st.text(min_size=8), st.text(), st.text())
def test_a_known_secret_never_survives(value: str, before: str, after: str) -> None:
    secret = Secret(value)
    for text in (f"{before}{value}{after}", f"{before}{json.dumps({'k': value})}{after}", f"{before}{[value]!r}"):
        masked = redact(text)
        # The mask's own letters may make up a value such as «secret»; nothing else may.
        assert value not in masked.replace("«secret»", "\x00") or value in "\x00"
    assert secret.reveal() == value


@pytest.mark.parametrize(
    "leak",
    [
        f"key {AWS_KEY}.",
        f"aws_secret_access_key = {AWS_KEY}",
        '{"SecretAccessKey": "short-one"}',
        "'session_token': 'with \\' quote'",
        "x-amz-security-token:IQoJb3JpZ2luX2VjE" + "Ab3" * 50,
        "token IQoJb3JpZ2luX2VjE" + "Ab3/" * 40 + "==",
        "Authorization: AWS4-HMAC-SHA256 Credential=x, Signature=" + "0a" * 32,
        "passphrase: correct-horse",
        "password=hunter2&x=1",
    ],
)
def test_what_looks_like_a_secret_is_masked(leak: str) -> None:
    masked = redact(leak)
    for part in (AWS_KEY, "short-one", "with", "IQoJb3", "0a0a", "correct-horse", "hunter2"):
        assert part not in masked
    assert "«secret»" in masked


def test_a_key_id_keeps_enough_to_be_recognised() -> None:
    assert redact(f"key {AWS_ID} is inactive") == "key AKIA…7Z3X is inactive"


@pytest.mark.parametrize(
    "harmless",
    [
        "arn:aws:iam::123456789012:role/service-role/AWSConfigRoleForMyCompany2024InProductionEurope",
        "sha1 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/usr/lib/python3/dist-packages/botocore/data/ec2/2016-11-15/service-2.json",
        "https://s3.eu-west-1.amazonaws.com/my-bucket/some/Long/Path/With/Upper1/AndLower.txt",
        "test said testing",
    ],
)
def test_harmless_texts_stay_readable(harmless: str) -> None:
    keep = [Secret("test"), Secret("testing")]
    assert redact(harmless, keep) == harmless


def test_logging_is_redacted_by_filter(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("filtered-canary")
    logger = logging.getLogger("tests.filtered")
    logger.addFilter(RedactingFilter())
    try:
        raise ValueError(f"bad {secret.reveal()}")
    except ValueError:
        logger.exception("it was %s", secret.reveal())
    assert "filtered-canary" not in caplog.text
    assert "ValueError: bad «secret»" in caplog.text


def test_every_logger_is_redacted_once_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    before = logging.getLogRecordFactory()
    secret = Secret("installed-canary")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logger = logging.getLogger("tests.installed")
    logger.addHandler(handler)
    try:
        install_redaction()
        install_redaction()
        try:
            raise KeyError(secret.reveal()) from OSError(f"cause {secret.reveal()}")
        except KeyError as error:
            logger.exception("%(a)s", {"a": secret.reveal()})
            logger.warning("too few %s %s", secret.reveal(), exc_info=error)
            sys.excepthook(KeyError, error, error.__traceback__)
        thread = threading.Thread(target=lambda: {}[secret.reveal()])  # type: ignore[misc]
        thread.start()
        thread.join()
    finally:
        logging.setLogRecordFactory(before)
        logger.removeHandler(handler)
    shown = capsys.readouterr().err
    assert "installed-canary" not in shown
    assert shown.count("KeyError") >= 4
    assert "OSError: cause «secret»" in shown


def test_a_traceback_for_a_bug_report_has_no_secret() -> None:
    secret = Secret("traceback-canary")
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError(secret.reveal())
    assert "traceback-canary" in str(caught.value)
    assert "traceback-canary" not in redacted_traceback(caught.value)
