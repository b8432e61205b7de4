"""What became of an API call, in the seven words the workspace knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """Outcome of one API call (see table `api_call_outcome`)."""

    OK = "ok"
    DENIED = "denied"
    THROTTLED = "throttled"
    NOT_IN_REGION = "not_in_region"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CallFailed(Exception):
    """A call that gave no answer; `code` and `message` are the provider's own (redacted of nothing secret)."""

    def __init__(self, operation: str, outcome: Outcome, code: str, message: str) -> None:
        super().__init__(f"{operation}: {outcome.value} ({code})")
        self.operation = operation
        self.outcome = outcome
        self.code = code
        self.message = message


@dataclass(frozen=True)
class CallRecord:
    """A row of `api_call_outcome` in the making."""

    operation: str
    region: str
    resource: str
    outcome: Outcome
    code: str = ""
    message: str = ""

    def wire(self) -> dict[str, Any]:
        """As it travels from the scan worker to the engine."""
        return {
            "operation": self.operation,
            "region": self.region,
            "resource": self.resource,
            "outcome": self.outcome.value,
            "code": self.code,
            "message": self.message,
        }


Recorder = Callable[[CallRecord], None]
