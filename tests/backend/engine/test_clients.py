from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from backend.engine.channel import HEADER, FrameReader, encode
from backend.engine.clients import PUSH_LIMIT, ClientConnection
from backend.engine.loop import Loop


class Pair:
    """A connection as the engine has it, and the client's bare socket."""

    def __init__(self) -> None:
        self.loop = Loop()
        ours, self.theirs = socket.socketpair()
        self.frames: list[dict[str, Any]] = []
        self.gone = False
        self.client = ClientConnection(ours, self.loop, lambda _, frame: self.frames.append(frame), self._left)
        self.reader = FrameReader()

    def _left(self, _: ClientConnection) -> None:
        self.gone = True

    def turn(self) -> None:
        """One round of the engine's loop."""
        self.loop.call_later(0, self.loop.stop)
        self.loop.run()

    def read(self) -> list[dict[str, Any]]:
        """All that has arrived at the client, the engine taking turns."""
        self.theirs.setblocking(False)
        found: list[dict[str, Any]] = []
        while True:
            try:
                data = self.theirs.recv(1 << 20)
            except BlockingIOError:
                self.turn()
                try:
                    data = self.theirs.recv(1 << 20)
                except BlockingIOError:
                    return found
            if not data:
                return found
            found += self.reader.feed(data)


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.client.close()
    pair.theirs.close()
    pair.loop.close()


def test_a_client_that_does_not_read_costs_no_more_than_granted_and_is_told(pair: Pair) -> None:
    push = {"push": "changed", "text": "x" * 1000}
    for _ in range(10_000):
        pair.client.push(push)
    assert pair.client.waiting < PUSH_LIMIT + 2000
    got = pair.read()
    assert got[-1] == {"push": "missed"}
    assert 0 < len(got) < 5000
    pair.client.push(push)
    assert pair.read() == [push]


def test_answers_are_never_dropped_but_further_requests_wait(pair: Pair) -> None:
    answer = {"id": 1, "ok": "y" * 500_000}
    for _ in range(4):
        pair.client.send(answer)
    pair.theirs.send(encode({"id": 2, "verb": "ping"}))
    pair.turn()
    assert pair.frames == []  # not even read, until it takes what it asked for
    assert pair.read() == [answer] * 4
    pair.turn()
    assert pair.frames == [{"id": 2, "verb": "ping"}]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HEADER.pack(17 * 1024 * 1024), "17,825,792 bytes exceeds the limit"),
        (HEADER.pack(3) + b"abc", "is not JSON"),
        (HEADER.pack(2) + b"[]", "not an object"),
    ],
)
def test_a_hostile_frame_closes_the_connection_with_a_reason(pair: Pair, data: bytes, reason: str) -> None:
    pair.theirs.send(data)
    pair.turn()
    (told,) = pair.read()
    assert told["push"] == "closed"
    assert reason in told["reason"]
    assert pair.gone


def test_a_client_that_vanishes_is_noticed(pair: Pair) -> None:
    pair.theirs.close()
    pair.turn()
    assert pair.gone
    pair.client.send({"id": 1, "ok": None})  # nobody minds
