"""What secrets look like: formats that give themselves away, names that promise one, and values that are none.

Collecting masks by them what evaluating accuses by them, so both stages read them here. Every expression runs in linear
time: bounded repeats, or a look-behind that lets a run be tried once only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

Span = tuple[int, int]
"""Start and end of a part of a text."""

# formats that are secrets wherever they stand
_FORMATS = re.compile(
    r"""
      -----BEGIN[ ](?:[A-Z0-9]{1,12}[ ]){0,3}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----
    | (?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])          # AWS access key id
    | (?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])          # the same as in documentation and emulators
    | gh[pousr]_[A-Za-z0-9]{36}
    | github_pat_[A-Za-z0-9_]{22}
    | glpat-[A-Za-z0-9_-]{20}
    | (?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10}
    | hooks\.slack\.com/services/T[A-Z0-9]{6,12}/B[A-Z0-9]{6,12}/[A-Za-z0-9]{20}
    | (?<![A-Za-z0-9])[sr]k_live_[A-Za-z0-9]{16}
    | (?<![A-Za-z0-9_-])sk-[A-Za-z0-9_-]{32}
    | (?<![A-Za-z0-9_-])AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])
    | (?<![A-Za-z0-9_-])SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}
    | (?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}
    | (?<![A-Za-z0-9])pypi-AgE[A-Za-z0-9_-]{40}
    | (?<![A-Za-z0-9])dop_v1_[a-f0-9]{64}
    | (?<![A-Za-z0-9])hv[sb]\.[A-Za-z0-9_-]{24}
    | (?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,4096}\.eyJ[A-Za-z0-9_-]{10,4096}\.[A-Za-z0-9_-]{10}
    | AccountKey=[A-Za-z0-9+/]{86}==
    """,
    re.VERBOSE,
)
# forms with a value inside, which still may be a placeholder
_VALUED = (
    re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,24}://[^\s:/@]{0,128}:([^\s/@]{3,128})@[^\s/]"),
    re.compile(
        r"(?<![A-Za-z0-9_])(?:password|passwd|pwd|sharedaccesskey)[ ]{0,4}=[ ]{0,4}[\"']?([^;\s\"'&]{4,256})",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![A-Za-z0-9_])aws_secret_access_key[ ]{0,4}[=:][ ]{0,4}[\"']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])",
        re.IGNORECASE,
    ),
)
_AWS_SECRET_KEY = re.compile(r"[A-Za-z0-9/+]{40}")

_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_PASSWORD_WORDS = frozenset(("PASSWORD", "PASSWD", "PWD", "PASS", "PASSPHRASE", "PASSWORDS"))
_SECRET_WORDS = frozenset(("SECRET", "SECRETS", "TOKEN", "APIKEY", "CREDENTIAL", "CREDENTIALS", "CREDS"))
_KEY_KINDS = frozenset(
    (
        "API", "ACCESS", "PRIVATE", "SECRET", "ENCRYPTION", "SIGNING", "ACCOUNT", "MASTER", "AUTH", "LICENSE",
        "SERVICE", "APP",
    )
)  # fmt: skip
# a last word that says the value is about a secret and not one
_METADATA = frozenset(
    (
        "ARN", "ARNS", "NAME", "NAMES", "ID", "IDS", "PATH", "FILE", "FILENAME", "DIR", "URL", "URI", "ENDPOINT",
        "LENGTH", "TTL", "EXPIRY", "EXPIRATION", "EXPIRES", "TIMEOUT", "REGION", "PARAM", "PARAMETER", "HEADER",
        "ALG", "ALGORITHM", "TYPE", "ENABLED", "COUNT", "LIMIT", "POLICY", "VERSION", "REF", "SSM", "ALIAS",
        "PREFIX", "SUFFIX", "ISSUER", "AUDIENCE", "SOURCE", "STORE", "MANAGER", "ROTATION", "DAYS", "HOURS",
        "MINUTES", "SECONDS", "MIN", "MAX", "SIZE", "FORMAT", "FIELD", "REQUIRED", "BUCKET", "TABLE", "PROVIDER",
        "STDIN", "PROMPT",
    )
)  # fmt: skip
_ENDINGS = ("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "APIKEY")

_PLACEHOLDER = re.compile(
    r"""
      (?:true|false|yes|no|none|null|nil|undefined|empty|n/a|default|redacted|masked|hidden|todo|tbd
        |placeholder|secret|password|token)
    | <.{0,200}> | \{\{.{0,200}\}\} | \{[A-Za-z_].{0,200}\} | \$.{0,200} | %[^%]{1,100}% | \#\{.{0,200}\} | \[.{0,60}\]
    | (.)\1{0,200}                                        # one sign over and over
    | (?:your|my|the|insert|enter|replace)[-_ ].{0,100}
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_REFERENCE = re.compile(
    r"(?:arn:aws|ssm:|secretsmanager:|secretmanager:|resolve:|vault:|op://|file:|kms:|alias/|aws:kms|AQICAH|AQECAH|env:|!)",
    re.IGNORECASE,
)
_PATH = re.compile(r"/?[A-Za-z][A-Za-z0-9_.-]{0,63}(?:/[A-Za-z0-9_.+=@-]{1,24}){1,12}/?")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,24}://")
_WORDS = re.compile(r"[A-Za-z]{1,20}(?:[-_.:][A-Za-z]{0,20}[0-9]{0,3}){0,12}")


def has_secret_format(text: str) -> bool:
    """Whether some part of `text` is a secret by its form alone."""
    return next(secret_spans(text), None) is not None


def secret_spans(text: str) -> Iterator[Span]:
    """Where in `text` something is a secret by its form alone; a span may hold only how the secret begins."""
    for found in _FORMATS.finditer(text):
        yield found.span()
    for expression in _VALUED:
        for found in expression.finditer(text):
            if not is_harmless(found[1]):
                yield found.span(1)
    if _is_aws_secret_key(text.strip()):
        yield 0, len(text)


def variable_is_secret(name: str, value: str) -> bool:
    """Whether a variable holds a secret, by its value's form or by its name and value together."""
    promise = name_promises(name)
    return has_secret_format(value) or bool(promise and value_is_secret(promise, value))


def name_promises(name: str) -> str:
    """'password' or 'secret' when a variable of that name should hold one, else ''."""
    words = [word.upper() for word in _HUMPS.findall(name[:256])]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _METADATA:
        return ""
    if any(word in _PASSWORD_WORDS or word.endswith(_ENDINGS[:3]) for word in words):
        # PWD alone is the shell's working directory, PASS at the front is mostly a verb
        return "" if words in (["PWD"], ["OLDPWD"]) or (words[0] == "PASS" and len(words) > 1) else "password"
    if any(word in _SECRET_WORDS or word.endswith(_ENDINGS[3:]) for word in words):
        return "secret"
    return "secret" if any(second == "KEY" and first in _KEY_KINDS for first, second in pairwise(words)) else ""


def value_is_secret(promise: str, value: str) -> bool:
    """Whether `value`, under a name with that `promise`, is the secret itself and not a placeholder or a reference."""
    value = value.strip()
    if is_harmless(value):
        return False
    if promise == "password":
        return len(value) >= 4 and not (_PATH.fullmatch(value) and "/" in value[:-1] and entropy(value) < 4)
    if len(value) < 8 or " " in value or _WORDS.fullmatch(value) or _PATH.fullmatch(value):
        return False
    return entropy(value) >= 2.5


def is_harmless(value: str) -> bool:
    """Whether `value` is empty, a placeholder, a reference to where the secret is kept, or a small number."""
    if len(value) < 4 or _REFERENCE.match(value) or _PLACEHOLDER.fullmatch(value):
        return True
    if _URL.match(value):
        return True  # a URL with a password in it is a format of its own
    return value.isdecimal() and len(value) < 4


def entropy(text: str) -> float:
    """Bits per character of `text` by its own frequencies."""
    sample = text[:512]
    counts = Counter(sample)
    return -sum(n / len(sample) * math.log2(n / len(sample)) for n in counts.values()) if sample else 0.0


def _is_aws_secret_key(text: str) -> bool:
    """40 characters of mixed kinds and high entropy; a SHA-1 in hex is not."""
    if not _AWS_SECRET_KEY.fullmatch(text):
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    return all(any(kind(sign) for sign in text) for kind in kinds) and entropy(text) >= 4.2
