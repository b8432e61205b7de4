"""SQS: queues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, flag, text

_LIST = "sqs.ListQueues"
_GET = "sqs.GetQueueAttributes"

QUEUE = ResourceTable(
    name="aws_sqs_queue",
    title="SQS queue",
    service="sqs",
    listing=_LIST,
    columns=(
        text("url", "URL of the queue.", _LIST),
        text("policy", "Access policy; empty when only the owner may use it.", _GET),
        text("kms_key", "KMS key of server-side encryption; empty when none is named.", _GET),
        flag("sse_sqs", "Encrypted with a key that SQS manages.", _GET, False),
        text("dead_letter_policy", "Where messages go that nobody could handle (JSON).", _GET),
    ),
)


def _queues(page: Answer, scope: Scope) -> Iterable[Row]:
    for url in page.get("QueueUrls", []):
        name = str(url).rsplit("/", 1)[-1]
        row = Row(QUEUE, scope.arn("sqs", name), scope.account, scope.region, name)
        row.fill(_LIST, {"url": url}, {"QueueUrl": url})
        row.context["url"] = url
        yield row


def _attributes(answer: Answer, row: Row) -> Mapping[str, Any]:
    attributes = answer.get("Attributes", {})
    managed = attributes.get("SqsManagedSseEnabled")
    return {
        "policy": attributes.get("Policy"),
        "kms_key": attributes.get("KmsMasterKeyId"),
        "sse_sqs": None if managed is None else str(managed).lower() == "true",
        "dead_letter_policy": attributes.get("RedrivePolicy"),
    }


SERVICE = Service(
    name="sqs",
    title="SQS",
    tables=(QUEUE,),
    listings=(
        # Without MaxResults the answer is cut at 1,000 queues and carries no token to go on with.
        Listing(
            _LIST,
            (QUEUE,),
            _queues,
            arguments={"MaxResults": 1000},
            narrow=lambda row: {"QueueNamePrefix": row.name},
        ),
    ),
    details=(
        Detail(
            _GET,
            QUEUE,
            lambda row: {"QueueUrl": row.context.get("url", ""), "AttributeNames": ["All"]},
            _attributes,
        ),
    ),
)
