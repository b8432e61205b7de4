"""Results that come later, and coroutines that wait for them, all in the engine's one thread.

A verb that needs an answer from a person, or the end of a job, is an `async def` and awaits a `Later`. This is all of
it: no event loop of asyncio stands between the selector and the hot path.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """One result, settled once: by a value or by an exception. Settling it again does nothing."""

    def __init__(self) -> None:
        self.settled = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Later[T]], None]] = []

    def resolve(self, value: T) -> None:
        """Settle with a value."""
        self._settle(value, None)

    def fail(self, error: BaseException) -> None:
        """Settle with an exception."""
        self._settle(None, error)

    def result(self) -> T:
        """The value, or the exception raised; only once settled."""
        if not self.settled:
            raise RuntimeError("the result is not there yet")
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # T may itself be None

    def then(self, callback: Callable[[Later[T]], None]) -> None:
        """Call `callback` with this object once settled (at once when it is)."""
        if self.settled:
            callback(self)
        else:
            self._callbacks.append(callback)

    def __await__(self) -> Generator[Later[Any], None, T]:
        if not self.settled:
            yield self
        return self.result()

    def _settle(self, value: T | None, error: BaseException | None) -> None:
        if self.settled:
            return
        self.settled, self._value, self._error = True, value, error
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback(self)


def drive(work: Coroutine[Later[Any], None, T]) -> Later[T]:
    """Run a coroutine as far as it goes, and on each time what it waits for is settled."""
    end: Later[T] = Later()

    def step(_: Later[Any] | None = None) -> None:
        try:
            waiting = work.send(None)
        except StopIteration as stop:
            end.resolve(stop.value)
        except Exception as error:  # noqa: BLE001 -- handed on to whoever looks at the result
            end.fail(error)
        else:
            waiting.then(step)

    step()
    return end
