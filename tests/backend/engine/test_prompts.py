from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from backend.credentials.prompt import PromptRefused
from backend.engine.channel import FrameReader
from backend.engine.clients import ClientConnection
from backend.engine.loop import Loop
from backend.engine.prompts import Prompts
from backend.errors import UserError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Scene:
    """Prompts over a clock of our own, and clients on real sockets."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.loop = Loop(self.clock)
        self.prompts = Prompts(self.loop)
        self.ends: list[socket.socket] = []
        self.clients: list[ClientConnection] = []

    def client(self) -> ClientConnection:
        ours, theirs = socket.socketpair()
        self.ends.append(theirs)
        client = ClientConnection(ours, self.loop, lambda *_: None, self.prompts.client_gone)
        self.clients.append(client)
        return client

    def heard(self, number: int = 0) -> list[dict[str, object]]:
        return FrameReader().feed(self.ends[number].recv(100_000))


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    for client in scene.clients:
        client.close()
    for end in scene.ends:
        end.close()
    scene.loop.close()


def test_the_answer_of_the_client_that_was_asked_arrives(scene: Scene) -> None:
    client = scene.client()
    answer = scene.prompts.ask(client, "mfa", "MFA code?", {"serial": "arn:x"}, owner="7")
    assert scene.heard() == [
        {"push": "prompt", "prompt": {"serial": "arn:x", "id": "1", "kind": "mfa", "text": "MFA code?", "job": "7"}}
    ]
    scene.prompts.answer(client, "1", "123456")
    assert answer.result() == "123456"
    assert scene.heard() == [{"push": "prompt_gone", "id": "1"}]


def test_two_minutes_are_the_limit(scene: Scene) -> None:
    answer = scene.prompts.ask(scene.client(), "mfa", "MFA code?")
    scene.clock.now += 119
    scene.loop.run_due()
    assert not answer.settled
    scene.clock.now += 2
    scene.loop.run_due()
    with pytest.raises(PromptRefused, match=r"Nobody answered within 2 minutes: MFA code\?"):
        answer.result()
    assert len(scene.prompts) == 0


def test_without_a_client_nobody_waits(scene: Scene) -> None:
    with pytest.raises(PromptRefused, match=r"no console or command line to put it to: MFA code\?"):
        scene.prompts.ask(None, "mfa", "MFA code?").result()


def test_a_client_that_leaves_takes_its_questions_along(scene: Scene) -> None:
    client, other = scene.client(), scene.client()
    mine, theirs = scene.prompts.ask(client, "mfa", "one"), scene.prompts.ask(other, "mfa", "two")
    client.close()
    with pytest.raises(PromptRefused, match="has gone: one"):
        mine.result()
    assert not theirs.settled


def test_another_client_may_not_answer_and_none_twice(scene: Scene) -> None:
    client, other = scene.client(), scene.client()
    answer = scene.prompts.ask(client, "mfa", "one")
    with pytest.raises(UserError, match="no longer open"):
        scene.prompts.answer(other, "1", "x")
    scene.prompts.answer(client, "1", None)
    with pytest.raises(PromptRefused, match="cancelled: one"):
        answer.result()
    with pytest.raises(UserError, match="no longer open"):
        scene.prompts.answer(client, "1", "x")


def test_a_job_that_ends_withdraws_its_question(scene: Scene) -> None:
    answer = scene.prompts.ask(scene.client(), "mfa", "one", owner="7")
    scene.prompts.withdraw("7")
    with pytest.raises(PromptRefused, match="has ended"):
        answer.result()
    assert [one["push"] for one in scene.heard()] == ["prompt", "prompt_gone"]
