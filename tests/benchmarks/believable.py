"""Values that rules really look at: enumerations, ports, ranges, ids that join, policies as accounts have them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.iam.aws_managed_policies import aws_managed_policies_data

ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1")
NOW = 1_790_000_000
DAY = 86_400
AWS_POLICIES = (
    "ReadOnlyAccess SecurityAudit ViewOnlyAccess AmazonS3FullAccess AmazonEC2FullAccess AWSLambda_FullAccess"
    " CloudWatchFullAccess AmazonSSMManagedInstanceCore PowerUserAccess AdministratorAccess AWSSupportAccess"
).split()
_DOCUMENTS = json.loads(aws_managed_policies_data)

# Resources of a table for each one of a table that is not named here. Disks, addresses and rules are what grows.
SHARE = {
    "aws_ec2_security_group_rule": 14.0, "aws_ec2_snapshot": 10.0, "aws_ec2_network_interface": 9.0,
    "aws_ec2_volume": 8.0, "aws_ec2_instance": 6.0, "aws_cloudwatch_log_group": 6.0, "aws_ec2_security_group": 2.0,
    "aws_iam_role": 4.0, "aws_lambda_function": 4.0, "aws_s3_bucket": 4.0, "aws_iam_policy": 4.0,
    "aws_vpc_route": 3.0, "aws_cloudwatch_alarm": 3.0, "aws_vpc_subnet": 2.0, "aws_secretsmanager_secret": 2.0,
    "aws_ec2_network_acl_entry": 4.0, "aws_cloudtrail_trail": 0.02, "aws_guardduty_detector": 0.01,
    "aws_config_recorder": 0.01, "aws_accessanalyzer_analyzer": 0.01, "aws_iam_saml_provider": 0.01,
    "aws_iam_root_user": 0.0, "aws_cloudwatch_metric_filter": 0.05,
}  # fmt: skip


@dataclass
class Place:
    """Where a value goes: row `number` of its table; even rows lie in the first region, odd ones in the second."""

    number: int
    rng: random.Random
    counts: Mapping[str, int]

    def of(self, prefix: str, table: str) -> str:
        """The id of some row of a table in the same region."""
        return f"{prefix}-{self.rng.randrange(max(1, self.counts[table] // 2)) * 2 + self.number % 2:08x}"

    def some(self, prefix: str, table: str, most: int) -> str:
        """A JSON list of ids of that table."""
        return json.dumps(sorted({self.of(prefix, table) for _ in range(self.rng.randint(1, most))}))

    def own(self, prefix: str) -> str:
        """The row's own id."""
        return f"{prefix}-{self.number:08x}"

    def likely(self, chance: float) -> bool:
        """True with this chance."""
        return self.rng.random() < chance


Value = Callable[[Place], Any]


def one_of(*values: Any) -> Value:
    """One of the values."""
    return lambda place: place.rng.choice(values)


def yes(chance: float) -> Value:
    """1 with this chance, else 0."""
    return lambda place: int(place.likely(chance))


def text(chance: float, value: str) -> Value:
    """The text with this chance, else ''."""
    return lambda place: value if place.likely(chance) else ""


def items(chance: float, *values: str) -> Value:
    """An empty JSON list with this chance, else a list of one of the values."""
    return lambda place: "[]" if place.likely(chance) else json.dumps(place.rng.sample(values, 1))


def ago(most: int) -> Value:
    """A moment within so many days before the scan."""
    return lambda place: float(NOW - place.rng.randrange(most * DAY))


def own(prefix: str) -> Value:
    """The row's id."""
    return lambda place: place.own(prefix)


def ref(prefix: str, table: str) -> Value:
    """The id of a row of another table in the same region."""
    return lambda place: place.of(prefix, table)


def refs(prefix: str, table: str, most: int = 2) -> Value:
    """Some of them, as a JSON list."""
    return lambda place: place.some(prefix, table, most)


def resource_policy(place: Place, arn: str = "") -> str:
    """None in half of the places; else for an own role, a foreign account or everyone, often TLS only; none twice."""
    if place.likely(0.5):
        return ""
    arn = arn or f"arn:aws:s3:::b{place.number}"
    allowed: dict[str, Any] = {"AWS": f"arn:aws:iam::{ACCOUNT}:role/r{place.number}"}
    who = place.rng.choice([allowed] * 6 + [{"AWS": "arn:aws:iam::210987654321:root"}, "*", "*"])
    said: list[dict[str, Any]] = [
        {"Sid": "Use", "Effect": "Allow", "Principal": who, "Action": ["s3:Get*", "kms:Decrypt"], "Resource": arn}
    ]
    if place.likely(0.7):
        plain = {"Bool": {"aws:SecureTransport": "false"}}
        said.append({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, f"{arn}/*"],
                     "Condition": plain})  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": said})


def bucket_policy(place: Place) -> str:
    """The same about the bucket itself."""
    return resource_policy(place, f"arn:aws:s3:::r-{place.number:08x}")


_CALLS = ["s3:GetObject", "s3:PutObject", "dynamodb:*", "sqs:SendMessage", "ec2:Describe*", "lambda:InvokeFunction",
          "kms:Decrypt", "logs:*", "sns:Publish", "ssm:GetParameter*", "secretsmanager:GetSecretValue"]  # fmt: skip
_BAD = ["iam:PassRole", "ec2:RunInstances", "iam:CreateAccessKey", "iam:PutRolePolicy", "*", "ssm:*", "kms:*"]


def identity_policy(place: Place) -> str:
    """AWS's own documents first, then customer's ones: a few statements, one in five with something dangerous."""
    if place.number < len(AWS_POLICIES):
        return json.dumps(_DOCUMENTS[AWS_POLICIES[place.number]]["Document"])
    said = []
    for part in range(place.rng.randint(1, 3)):
        calls = place.rng.sample(_CALLS, place.rng.randint(1, 5))
        if place.likely(0.1):
            calls.append(place.rng.choice(_BAD))
        where = "*" if place.likely(0.5) else f"arn:aws:s3:::bucket-{place.number}-{part}/*"
        said.append({"Effect": "Allow", "Action": calls, "Resource": where})
    if place.likely(0.1):
        said.append({"Effect": "Deny", "Action": ["iam:*", "organizations:*"], "Resource": "*"})
    return json.dumps({"Version": "2012-10-17", "Statement": said})


def policy_uid(number: int) -> str:
    """The ARN of a policy."""
    if number < len(AWS_POLICIES):
        return f"arn:aws:iam::aws:policy/{AWS_POLICIES[number]}"
    return f"arn:aws:iam::{ACCOUNT}:policy/r{number}"


def policies_held(place: Place) -> str:
    """Two own policies; a third of the principals hold ReadOnlyAccess besides, a tenth another one of AWS."""
    count = max(len(AWS_POLICIES) + 1, place.counts["aws_iam_policy"])
    held = {policy_uid(place.rng.randrange(len(AWS_POLICIES), count)) for _ in range(2)}
    if place.number % 3 == 0:
        held.add(policy_uid(0))
    if place.number % 10 == 0:
        held.add(policy_uid(place.rng.randrange(len(AWS_POLICIES))))
    return json.dumps(sorted(held))


def trust_policy(place: Place) -> str:
    """A service of the account's own, or an account."""
    service = trusted_service(place)
    who: dict[str, str] = {"Service": service}
    if place.number % 5 == 0:
        who = {"AWS": f"arn:aws:iam::{ACCOUNT if place.number % 2 else '210987654321'}:root"}
    said = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


def trusted_service(place: Place) -> str:
    """The same for the same row."""
    names = ("ec2", "lambda", "ecs-tasks", "events", "states", "backup")
    return f"{names[place.number % len(names)]}.amazonaws.com"


_SOURCES = ("10.0.0.0/8", "192.168.7.0/24", "203.0.113.0/24", "0.0.0.0/0", "172.16.0.0/12", "::/0", "0.0.0.0/0", "")
_PORTS = (22, 443, 3306, 80, 5432, 8080, 3389, 6379, 0, 9200, 27017)  # 0: all ports


def cidr(place: Place) -> str:
    """Half of them private, a quarter the whole internet, an eighth a group instead."""
    return _SOURCES[place.number * 7919 // 16 % len(_SOURCES)]


def family(place: Place) -> str:
    """The family of that range."""
    return {"": "", "::/0": "ipv6"}.get(cidr(place), "ipv4")


def first_port(place: Place) -> int:
    """Where the range of ports begins."""
    return _PORTS[place.number * 31 // 7 % len(_PORTS)]


def last_port(place: Place) -> int:
    """Where it ends."""
    return first_port(place) or 65_535
