"""Every operation that pages is read to its last page, by botocore's own client against answers of its own models."""

from __future__ import annotations

import copy
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config

from backend.inventory import catalog
from backend.inventory.aws.api import Api
from backend.inventory.aws.paging import SINGLE, paging_of
from backend.inventory.outcome import CallFailed, Outcome
from tests.backend.inventory.aws import model_answers as answers

OPERATIONS = sorted(
    {operation for table in catalog.tables().values() for operation in table.operations()}
    | {also for listing in catalog.listings() for also in listing.also}
)


def client_of(service: str, region: str = "eu-west-1") -> Any:
    """A real client that never reaches a network: its answers are given before the request is sent."""
    session = boto3.session.Session(aws_access_key_id="x", aws_secret_access_key="x")
    return session.client(service, region_name=region, config=Config(signature_version=UNSIGNED))


def _put(answer: dict[str, Any], path: str, value: Any) -> None:
    steps = path.split(".")
    for step in steps[:-1]:
        answer = answer.setdefault(step, {})
    if value is None:
        answer.pop(steps[-1], None)
    else:
        answer[steps[-1]] = value


def _pages(operation: str, tokens: tuple[tuple[str, str], ...], more: str) -> list[dict[str, Any]]:
    """Three pages: the first two carry tokens."""
    sample = answers.full(operation)
    pages = []
    for number in range(3):
        page = copy.deepcopy(sample)
        for _, take in tokens:
            path = take.split(" || ")[0].strip()
            if path.isidentifier() or all(part.isidentifier() for part in path.split(".")):
                _put(page, path, f"token-{number}" if number < 2 else None)
        if more:
            _put(page, more, number < 2)
        pages.append(page)
    return pages


@pytest.mark.parametrize("operation", OPERATIONS)
def test_all_pages_are_asked_for(operation: str) -> None:
    service = operation.split(".")[0]
    client = client_of(service)
    paging = paging_of(client, operation)
    if paging is SINGLE:
        shape = answers.operation_model(operation).output_shape
        tokens = {"NextToken", "nextToken", "Marker", "NextMarker"} & set(shape.members if shape else ())
        assert not tokens, f"{operation} pages, but nobody reads its next page"
        return
    given = _pages(operation, paging.tokens, paging.more)
    asked: list[dict[str, Any]] = []

    def answer(params: dict[str, Any], context: dict[str, Any], **_: Any) -> Any:
        class Response:
            status_code = 200

        return Response(), given[len(asked) - 1]

    def remember(params: dict[str, Any], **_: Any) -> None:
        asked.append(dict(params))

    name = operation.split(".")[1]
    hyphenated = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"provide-client-params.{hyphenated}.{name}", remember)
    client.meta.events.register(f"before-call.{hyphenated}.{name}", answer)
    api = Api(lambda service, region: client, "eu-west-1")
    shape = answers.operation_model(operation).input_shape
    arguments = {key: _required(shape.members[key], key) for key in (shape.required_members if shape else ())}
    found = list(api.pages(operation, "eu-west-1", **arguments))
    assert len(found) == 3
    for put, _ in paging.tokens:
        assert [one.get(put) for one in asked] == [None, "token-0", "token-1"]


def _required(shape: Any, name: str) -> Any:
    return answers._value(shape, 0, name)


def test_a_token_that_comes_back_unchanged_ends_the_listing_as_failed() -> None:
    client = client_of("ec2")

    def answer(**_: Any) -> Any:
        class Response:
            status_code = 200

        return Response(), {"Volumes": [], "NextToken": "again"}

    client.meta.events.register("before-call.ec2.DescribeVolumes", answer)
    api = Api(lambda service, region: client, "eu-west-1")
    with pytest.raises(CallFailed) as failed:
        list(api.pages("ec2.DescribeVolumes", "eu-west-1"))
    assert failed.value.outcome is Outcome.FAILED
    assert api.calls == 2
