"""The two kinds of trouble: the user's environment, and our own bugs.

A `UserError` is a sentence for a person and is shown as it is. Every other exception is our bug: it is
logged with its traceback and shown as one.
"""

from __future__ import annotations


class UserError(Exception):
    """Something in the user's environment is not as we need it.

    `message` names the thing and what happened; `next_step` says what to do about it (may be empty).
    """

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(f"{message} {next_step}".strip())
        self.message = message
        self.next_step = next_step
