"""Take secrets out of texts that leave the program: log records, tracebacks, error messages.

Three nets, one over the other: the values of all living `Secret`s (also as they look quoted for a URL, in JSON and in
base64); texts shaped like AWS keys, tokens and signatures; and `name = value` pairs whose name says secret. A long key
with dots, dashes or only hexadecimal digits is not masked by shape, so that ARNs, paths and hashes stay readable.
"""

from __future__ import annotations

import base64
import json
import logging
import re
import sys
import threading
import traceback
from collections.abc import Iterable
from types import TracebackType
from typing import Any
from urllib.parse import quote

from backend.credentials.secret import MASK, Secret, living_values

# A shorter value ("test") would tear holes into harmless text; nothing that short protects anything.
SHORTEST = 8

_ACCESS_KEY = re.compile(r"\b(A(?:KIA|SIA))([A-Z0-9]{12})([A-Z0-9]{4})\b")
_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9/+_.-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_-]|\.\w)")
_TOKEN = re.compile(r"(?<![A-Za-z0-9/+=_-])[A-Za-z0-9/+_-]{120,}={0,2}")
_SIGNATURE = re.compile(r"(?i)(Signature=)[0-9a-f]{64}")
_NAMED = re.compile(
    r"""(?ix)
    (["']?(?:aws_?|x-amz-)?(?:secret_?access_?key|session_?token|security-token|secret_?key|passphrase|password
        |client_?secret|refresh_?token|access_?token|token_?code|private_?key)["']?
     \s*(?:=|:|=>)\s*)
    ("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&}\])]+)"""
)


def redact(text: str, secrets: Iterable[Secret | str] = ()) -> str:
    """`text` with every known secret, and everything shaped like an AWS secret, masked.

    `secrets` adds values to those of the living `Secret`s; values shorter than eight characters are left.
    """
    values = {*living_values(), *(s.reveal() if isinstance(s, Secret) else s for s in secrets)}
    for value in sorted(_spellings(values), key=len, reverse=True):
        text = text.replace(value, MASK)
    text = _NAMED.sub(lambda m: m[1] + MASK, text)
    text = _ACCESS_KEY.sub(lambda m: f"{m[1]}…{m[3]}", text)
    text = _SIGNATURE.sub(lambda m: m[1] + MASK, text)
    text = _TOKEN.sub(lambda m: MASK if _looks_random(m[0]) else m[0], text)
    return _SECRET_KEY.sub(lambda m: MASK if _looks_random(m[0]) else m[0], text)


def redacted_traceback(exception: BaseException) -> str:
    """The traceback of `exception`, causes included, with secrets masked: for a log or a bug report."""
    return redact("".join(traceback.format_exception(exception)))


class RedactingFilter(logging.Filter):
    """Masks secrets in the message, the arguments and the traceback of each record that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask, and let the record pass."""
        _redact_record(record)
        return True


def install_redaction() -> None:
    """Redact every log record and every uncaught exception of this process. Call it first thing; twice does no harm.

    Works on the record factory, so that no handler, however added, sees the clear text.
    """
    made_by = logging.getLogRecordFactory()
    if getattr(made_by, "redacts", False):
        return

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = made_by(*args, **kwargs)
        _redact_record(record)
        return record

    factory.redacts = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(factory)
    # The SDK logs signed headers and whole answers at DEBUG, and one refused MFA prompt as a warning with traceback.
    logging.getLogger("botocore").setLevel(logging.WARNING)
    logging.getLogger("botocore.credentials").setLevel(logging.ERROR)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _redact_record(record: logging.LogRecord) -> None:
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 -- a wrong format string must not carry its arguments out in clear
        text = str(record.msg)
    record.msg, record.args = redact(text), ()
    if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
        record.exc_text = redacted_traceback(record.exc_info[1]).rstrip()
        record.exc_info = None  # a formatter that ignores exc_text would print it anew, in clear
    if record.exc_text:
        record.exc_text = redact(record.exc_text)
    if record.stack_info:
        record.stack_info = redact(record.stack_info)


def _uncaught(kind: type[BaseException], exception: BaseException, where: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, exception, where)
    elif sys.stderr is not None:
        sys.stderr.write(redacted_traceback(exception))


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not issubclass(args.exc_type, SystemExit):
        _uncaught(args.exc_type, args.exc_value, args.exc_traceback)


def _spellings(values: Iterable[str]) -> set[str]:
    """Each value long enough to mask, and how it looks inside a URL, a JSON text, a `repr` and base64."""
    found: set[str] = set()
    for value in values:
        if len(value) < SHORTEST:
            continue
        found |= {value, quote(value, safe=""), json.dumps(value)[1:-1], repr(value)[1:-1]}
        found |= {base64.b64encode(value.encode()).decode().rstrip("="), _plain_json(value)}
        found |= {part for part in _parts(value) if len(part) >= SHORTEST}
    return found


def _plain_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _parts(value: str) -> list[str]:
    """A secret that is a JSON object of texts (an AWS key pair) leaks by any one of them."""
    if not value.startswith("{"):
        return []
    try:
        fields = json.loads(value)
    except ValueError:
        return []
    return [part for part in fields.values() if isinstance(part, str)] if isinstance(fields, dict) else []


def _looks_random(text: str) -> bool:
    return bool(re.search("[a-z]", text) and re.search("[A-Z]", text) and re.search("[0-9]", text))
