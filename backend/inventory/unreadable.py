"""Answers our collectors cannot read: a failed call of that resource or listing, never the end of a scan."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Iterator
from typing import TypeVar

from backend.errors import UserError
from backend.inventory.outcome import CallFailed, Outcome

CODE = "UnreadableAnswer"

Item = TypeVar("Item")


def unreadable(operation: str, error: Exception) -> CallFailed:
    """The failure to record for an exception while an answer was read. Its traceback goes to the log.

    The message holds the exception's type and place, not its text, which may quote what the account keeps secret.
    """
    sys.stderr.write("".join(traceback.format_exception(error)))
    frames = traceback.extract_tb(error.__traceback__)
    where = f" ({frames[-1].name}, line {frames[-1].lineno})" if frames else ""
    return CallFailed(
        operation, Outcome.FAILED, CODE, f"the answer is not of the documented form: {type(error).__name__}{where}"
    )


def readable(operation: str, items: Iterable[Item]) -> Iterator[Item]:
    """The items, as long as they can be read.

    Raises:
        CallFailed: also in place of whatever reading the next item raised.
        UserError: as it is: the credentials ran out.
    """
    iterator = iter(items)
    while True:
        try:
            item = next(iterator)
        except StopIteration:
            return
        except (CallFailed, UserError):
            raise
        except Exception as error:
            raise unreadable(operation, error) from error
        yield item
