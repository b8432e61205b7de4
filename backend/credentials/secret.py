"""`Secret`: a text that does not show itself.

Printing, formatting, logging, serialising or pickling one yields a mask or an error; only `reveal()` gives the value,
so each place that uses a secret in clear can be found by searching for that word. Every living `Secret` is also known
to `backend.credentials.redaction`, which takes its value out of logs and exception texts.
"""

from __future__ import annotations

import hmac
import weakref
from typing import NoReturn

MASK = "«secret»"

_living: weakref.WeakValueDictionary[int, Secret] = weakref.WeakValueDictionary()


class Secret:
    """One secret text (a key, a token, a passphrase)."""

    __slots__ = ("__value", "__weakref__")

    def __init__(self, value: str) -> None:
        self.__value = value
        _living[id(self)] = self

    def reveal(self) -> str:
        """The value in clear: for the one call that needs it, never to be stored or printed."""
        return self.__value

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self.__value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    __hash__ = None  # type: ignore[assignment]

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not serialised: reveal() it where it is needed, or seal it in the vault")


def living_values() -> list[str]:
    """Values of all secrets this process holds now, for redaction."""
    return [secret.reveal() for secret in list(_living.values())]
