"""Uncaught exceptions: the user's environment is explained, our bug is called one; both without a crash."""

from __future__ import annotations

import sys
import threading
from typing import Any

import pytest

from backend.client import UserError
from gui.crash import install_hooks
from gui.toasts import STAYS


@pytest.fixture
def toasts(console: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    window, _ = console
    install_hooks(window.toasts)
    return window.toasts


def raise_it(error: Exception) -> None:
    try:
        raise error
    except type(error) as caught:
        sys.excepthook(type(caught), caught, caught.__traceback__)


def test_the_users_environment_is_shown_as_it_is(toasts: Any, qtbot: Any) -> None:
    raise_it(UserError("The disk is full.", "Free some space."))
    qtbot.waitUntil(lambda: toasts.texts() == ["The disk is full. Free some space."])


def test_our_bug_is_called_one(toasts: Any, qtbot: Any, caplog: pytest.LogCaptureFixture) -> None:
    raise_it(ZeroDivisionError("by zero"))
    qtbot.waitUntil(lambda: toasts.texts() == ["This is a bug in Vedette: ZeroDivisionError: by zero"])
    assert "a bug" in caplog.text


def test_other_threads_are_heard_too(toasts: Any, qtbot: Any) -> None:
    def fail() -> None:
        raise UserError("From a thread.")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: toasts.texts() == ["From a thread."])


def test_a_toast_with_a_button_runs_it_and_goes(toasts: Any) -> None:
    ran: list[int] = []
    toast = toasts.say("12 findings muted.", action="Undo", run=lambda: ran.append(1))
    assert toast.timer.isActive()
    assert toast.timer.interval() == STAYS
    toast.button.click()
    assert ran == [1]
    assert toasts.texts() == []


def test_errors_stay_and_the_oldest_makes_room(toasts: Any) -> None:
    for number in range(6):
        toasts.say(f"{number}", look="notice-fail")
    assert toasts.texts() == ["2", "3", "4", "5"]
    assert not any(one.timer.isActive() for one in toasts._shown)
