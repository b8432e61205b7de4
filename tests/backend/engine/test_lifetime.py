from __future__ import annotations

import pytest

from backend.engine.lifetime import LINGER, SWITCH, Lifetime, linger_seconds
from backend.engine.loop import Timers


class Scene:
    def __init__(self) -> None:
        self.now = 100.0
        self.needed = False
        self.ended = 0
        self.timers = Timers(lambda: self.now)
        self.lifetime = Lifetime(self.timers, lambda: self.needed, self._end, 10)

    def _end(self) -> None:
        self.ended += 1

    def at(self, seconds: float) -> None:
        self.now = 100 + seconds
        self.timers.run_due()


def test_ten_seconds_after_the_last_need_it_ends() -> None:
    scene = Scene()
    scene.lifetime.check()
    scene.at(9)
    scene.lifetime.check()
    assert scene.ended == 0
    scene.at(10)
    assert scene.ended == 1


def test_whoever_comes_meanwhile_stops_the_clock() -> None:
    scene = Scene()
    scene.lifetime.check()
    scene.at(9)
    scene.needed = True
    scene.lifetime.check()
    scene.at(60)
    assert scene.ended == 0
    scene.needed = False
    scene.lifetime.check()
    scene.at(69)
    assert scene.ended == 0
    scene.at(71)
    assert scene.ended == 1


@pytest.mark.parametrize(("text", "seconds"), [("0.5", 0.5), ("-3", 0), ("soon", LINGER), ("", LINGER)])
def test_the_environment_may_say_how_long(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv(SWITCH, text)
    assert linger_seconds() == seconds
