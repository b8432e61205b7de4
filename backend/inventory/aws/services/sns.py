"""SNS: topics and who hears them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, flag, integer, text

_LIST = "sns.ListTopics"
_GET = "sns.GetTopicAttributes"
_SUBSCRIPTIONS = "sns.ListSubscriptions"

TOPIC = ResourceTable(
    name="aws_sns_topic",
    title="SNS topic",
    service="sns",
    listing=_LIST,
    columns=(
        text("arn", "ARN of the topic.", _LIST),
        text("policy", "Access policy.", _GET),
        text("kms_key", "KMS key of server-side encryption; empty when off.", _GET),
        integer("confirmed_subscribers", "Confirmed subscriptions.", _GET),
        integer("pending_subscribers", "Subscriptions nobody confirmed yet.", _GET),
        flag("fifo", "It keeps the order of messages.", _GET, False),
    ),
)

SUBSCRIPTION = ResourceTable(
    name="aws_sns_subscription",
    title="SNS subscription",
    service="sns",
    listing=_SUBSCRIPTIONS,
    columns=(
        text("topic_arn", "Topic it hears.", _SUBSCRIPTIONS),
        text("protocol", "email, https, lambda, sqs …", _SUBSCRIPTIONS),
        flag("confirmed", "Its owner confirmed it.", _SUBSCRIPTIONS),
    ),
)


def _topics(page: Answer, scope: Scope) -> Iterable[Row]:
    for topic in page.get("Topics", []):
        arn = topic.get("TopicArn")
        if arn:
            row = Row(TOPIC, arn, scope.account, scope.region, arn.rsplit(":", 1)[-1])
            row.fill(_LIST, {"arn": arn}, topic)
            yield row


def _number(attributes: Mapping[str, str], name: str) -> int | None:
    """Attributes are texts; one that is no number is not collected."""
    value = str(attributes.get(name, ""))
    return int(value) if value.isascii() and value.isdigit() else None


def _attributes(answer: Answer, row: Row) -> Mapping[str, Any]:
    attributes = answer.get("Attributes", {})
    return {
        "policy": attributes.get("Policy"),
        "kms_key": attributes.get("KmsMasterKeyId"),
        "confirmed_subscribers": _number(attributes, "SubscriptionsConfirmed"),
        "pending_subscribers": _number(attributes, "SubscriptionsPending"),
        "fifo": None if "FifoTopic" not in attributes else attributes["FifoTopic"] == "true",
    }


def _subscriptions(page: Answer, scope: Scope) -> Iterable[Row]:
    for number, one in enumerate(page.get("Subscriptions", [])):
        topic, arn = one.get("TopicArn"), one.get("SubscriptionArn", "")
        if not topic:
            continue
        confirmed = arn.startswith("arn:")
        # An unconfirmed subscription has the words PendingConfirmation in place of an ARN.
        uid = arn if confirmed else f"{topic}:pending-{one.get('Protocol', '')}-{one.get('Endpoint', number)}"
        row = Row(SUBSCRIPTION, uid, scope.account, scope.region, str(one.get("Endpoint", "") or uid))
        row.fill(
            _SUBSCRIPTIONS,
            {"topic_arn": topic, "protocol": one.get("Protocol"), "confirmed": confirmed},
            one,
        )
        yield row


SERVICE = Service(
    name="sns",
    title="SNS",
    tables=(TOPIC, SUBSCRIPTION),
    listings=(Listing(_LIST, (TOPIC,), _topics), Listing(_SUBSCRIPTIONS, (SUBSCRIPTION,), _subscriptions)),
    details=(Detail(_GET, TOPIC, lambda row: {"TopicArn": row.uid}, _attributes),),
)
