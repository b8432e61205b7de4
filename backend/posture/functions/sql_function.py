"""One SQL function: its description and its safe call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from backend.posture.functions.arguments import BadInput, SqlValue

Result = str | int | float | None


@dataclass(frozen=True, slots=True)
class SqlFunction:
    """One function: `arity` holds the numbers of arguments it takes, `examples` pairs of SQL and what it gives.

    `run` takes the arguments and may raise `BadInput`; where `needs_now`, the scan's epoch second comes first.
    """

    name: str
    arity: tuple[int, ...]
    parameters: str
    doc: str
    examples: tuple[tuple[str, Result], ...]
    run: Callable[..., Result]
    needs_now: bool = False

    @property
    def signature(self) -> str:
        """As an author writes it: `port_in(port, from_port, to_port)`."""
        return f"{self.name}({self.parameters})"


def evaluate(function: SqlFunction, arguments: tuple[SqlValue, ...], now: int) -> tuple[Result, str]:
    """(result, cause); the cause is '' unless the input could not be judged. Never raises."""
    if None in arguments:
        return None, ""
    try:
        return function.run(*((now, *arguments) if function.needs_now else arguments)), ""
    except BadInput as error:
        return None, f"{function.name}: {error}"
    except Exception as error:  # noqa: BLE001 - a rule over 100,000 rows must not fall over one hostile row
        return None, f"{function.name}: the input could not be judged ({type(error).__name__})"


def caller(function: SqlFunction, now: int, causes: Callable[[str], None]) -> Callable[..., Result]:
    """`evaluate` as SQLite calls it, with nothing in between that a million calls would notice."""
    run = partial(function.run, now) if function.needs_now else function.run

    def call(*arguments: SqlValue) -> Result:
        if None in arguments:
            return None
        try:
            return run(*arguments)
        except Exception:  # noqa: BLE001 - `evaluate` says why
            result, cause = evaluate(function, arguments, now)
            if cause:
                causes(cause)
            return result

    return call


def sql_function(
    name: str,
    parameters: str,
    doc: str,
    run: Callable[..., Result],
    *examples: tuple[str, Result],
    needs_now: bool = False,
) -> SqlFunction:
    """A function whose arity is that of its parameters; `examples` are pairs of arguments in SQL and result."""
    calls = tuple((f"{name}({arguments})", result) for arguments, result in examples)
    return SqlFunction(name, (parameters.count(",") + 1,), parameters, doc, calls, run, needs_now)
