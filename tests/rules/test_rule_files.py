"""The shipped rules: their examples hold, nobody can fool them, and what they tell people to do is well formed."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from typing import Any

import botocore.session
import pytest

from backend.inventory import catalog, plan
from backend.inventory.aws import permissions as aws
from backend.posture.check import check_paths
from backend.posture.frameworks import load_frameworks
from backend.posture.load import load
from backend.posture.mutate import test_paths as run_examples
from backend.posture.permissions import operations_of, policy
from backend.posture.rule import WEIGHT, Rule
from backend.product import rules_root
from backend.reads.findings.remediation import command
from tests.rules.commands import commands

RULES, LOADING = load([rules_root() / "posture"])
PLACEHOLDER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
ALWAYS = {"uid", "account", "region", "name"}  # every finding has them
# Operations that no rule rests on: tags become labels, the rest is shown with the resource. May only shrink.
UNREAD = {
    "acm.ListTagsForCertificate",
    "cloudfront.ListTagsForResource",
    "config.DescribeDeliveryChannels",
    "dynamodb.ListTagsOfResource",
    "ec2.DescribeImageAttribute",
    "ecr.ListTagsForResource",
    "lambda.ListTags",
    "opensearch.ListTags",
    "s3.GetBucketLifecycleConfiguration",
    "s3.GetBucketReplication",
    "s3.GetBucketTagging",
    "s3.GetBucketWebsite",
    "s3.GetObjectLockConfiguration",
}
HOSTILE = 'a b\'; rm -rf "$HOME" `id` $(id) <x> | &&\\'

# (operation, the IAM actions it needs) where the names differ: held against the AWS service authorization reference.
RENAMED = {
    "apigateway.GetRestApis": ["apigateway:GET"],
    "apigateway.GetStages": ["apigateway:GET"],
    "apigatewayv2.GetApis": ["apigateway:GET"],
    "efs.DescribeFileSystems": ["elasticfilesystem:DescribeFileSystems"],
    "elb.DescribeLoadBalancers": ["elasticloadbalancing:DescribeLoadBalancers"],
    "elbv2.DescribeListeners": ["elasticloadbalancing:DescribeListeners"],
    "iam.GetCredentialReport": ["iam:GenerateCredentialReport", "iam:GetCredentialReport"],
    "opensearch.DescribeDomain": ["es:DescribeDomain"],
    "s3.GetBucketAcl": ["s3:GetBucketAcl"],
    "s3.GetBucketEncryption": ["s3:GetEncryptionConfiguration"],
    "s3.GetBucketLifecycleConfiguration": ["s3:GetLifecycleConfiguration"],
    "s3.GetBucketReplication": ["s3:GetReplicationConfiguration"],
    "s3.GetObjectLockConfiguration": ["s3:GetBucketObjectLockConfiguration"],
    "s3.GetPublicAccessBlock": ["s3:GetBucketPublicAccessBlock"],
    "s3.ListBuckets": ["s3:ListAllMyBuckets"],
    "s3control.GetAccessPoint": ["s3:GetAccessPoint"],
    "s3control.GetPublicAccessBlock": ["s3:GetAccountPublicAccessBlock"],
    "sts.GetCallerIdentity": [],
}


def lines(problems: Any) -> str:
    return "\n".join(str(problem) for problem in problems)


def test_every_rule_file_loads_and_compiles():
    assert len(RULES) >= 100
    problems = [*LOADING, *check_paths([rules_root() / "posture"])]
    assert not problems, lines(problems)


def test_examples_hold_and_what_was_not_collected_never_passes():
    report = run_examples([rules_root() / "posture"])
    assert not report.problems, lines(report.problems)
    assert report.rules == len(RULES)
    assert report.examples >= 2 * report.rules
    assert report.mutations > report.examples


def test_titles_are_statements_of_their_own():
    titles = Counter(rule.title for rule in RULES)
    assert [title for title, count in titles.items() if count > 1] == []
    assert [title for title in titles if re.match(r"(?i)ensure|check|verify", title)] == []
    assert [title for title in titles if len(title) > 90 or title.endswith(".")] == []


def test_ids_begin_with_the_provider_of_the_resource():
    assert [rule.id for rule in RULES if not rule.id.startswith(f"{catalog.tables()[rule.resource].provider}-")] == []


def test_severities_are_spread_as_risks_are():
    """Nobody reads a list where everything is critical."""
    share = {severity: sum(rule.severity == severity for rule in RULES) / len(RULES) for severity in WEIGHT}
    assert 0.03 <= share["critical"] <= 0.25, share
    assert share["high"] <= 0.5, share
    assert share["medium"] >= 0.15, share
    assert share["low"] >= 0.05, share


def test_frameworks_and_equivalents_are_written_in_their_own_form():
    frameworks, _ = load_frameworks([rules_root() / "frameworks"])
    known = {one.id for one in frameworks}
    assert [(rule.id, set(rule.frameworks) - known) for rule in RULES if set(rule.frameworks) - known] == []
    wrong = [
        (rule.id, key, name)
        for rule in RULES
        for key, names in rule.equivalents.items()
        for name in names
        if key != "prowler" or not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)+", name)
    ]
    assert wrong == []


def test_every_rule_says_how_to_mend_with_a_command():
    assert [rule.id for rule in RULES if not rule.remediation.cli] == []
    not_aws = [
        (rule.id, words)
        for rule in RULES
        for words in commands(rule.remediation.cli)
        if words[0] != "aws" or len(words) < 3 or not re.fullmatch(r"[a-z0-9]+", words[1])
    ]
    assert not_aws == []


def test_placeholders_name_columns_or_facts():
    """A placeholder nobody fills stays as `<word>` in the command that the user copies."""
    wrong = []
    for rule in RULES:
        known = {*catalog.tables()[rule.resource].by_name, *rule.facts, *ALWAYS}
        parts = (rule.remediation.text, rule.remediation.cli, rule.remediation.terraform, rule.reason)
        wrong += [(rule.id, name) for part in parts for name in PLACEHOLDER.findall(part) if name not in known]
    assert wrong == []


@pytest.mark.parametrize("value", [HOSTILE, {"k": HOSTILE}, [HOSTILE, 1], 'x"}', "--force", "*"])
def test_no_name_of_a_resource_gets_out_of_its_word(value: Any):
    """Who may name a bucket may not add words to the command that mends it."""
    wrong = []
    for rule in RULES:
        names = set(PLACEHOLDER.findall(rule.remediation.cli))
        calm, _ = command(rule.remediation.cli, dict.fromkeys(names, "x"))
        wild, missing = command(rule.remediation.cli, dict.fromkeys(names, value))
        if missing or [len(one) for one in commands(wild)] != [len(one) for one in commands(calm)]:
            wrong.append((rule.id, wild))
    assert wrong == []


def test_commands_hold_no_secret_and_open_nothing():
    wrong = [
        (rule.id, rule.remediation.cli)
        for rule in RULES
        if re.search(
            r"--(secret-access-key|master-user-password|password|no-verify-ssl)(?![\w-])|0\.0\.0\.0/0|::/0|public-read"
            r"|[Pp]rincipal\W+\*|--no-storage-encrypted|--disable|--skip-final-snapshot",
            rule.remediation.cli,
        )
    ]
    assert wrong == []


# ---- what a scan for these rules may do -------------------------------------------------------------------------


@cache
def model(service: str) -> Any:
    return _SESSION.get_service_model(service)


_SESSION = botocore.session.get_session()


def prefixes(service: str) -> set[str]:
    """What the IAM prefix of a service may be, by its model."""
    metadata = model(service).metadata
    return {service, metadata["endpointPrefix"], metadata.get("signingName", "")}


@cache
def managed_actions() -> frozenset[str]:
    """Every IAM action that AWS's own managed policies name in full; the emulator ships them."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found: set[str] = set()
    for one in json.loads(aws_managed_policies_data).values():
        statements = one["Document"]["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            actions = statement.get("Action", [])
            found.update([actions] if isinstance(actions, str) else actions)
    return frozenset(found)


def all_operations() -> list[str]:
    return sorted({*operations_of(RULES), *plan.everything().operations()})


def test_every_operation_exists_in_the_api():
    unknown = []
    for operation in all_operations():
        service, name = operation.split(".")
        if name not in model(service).operation_names:
            unknown.append(operation)
    assert unknown == []


def test_what_is_collected_but_read_by_no_rule_is_known():
    """It costs calls and permissions for nothing, unless something other than rules wants it."""
    unread = set(plan.everything().operations()) - set(operations_of(RULES))
    assert unread - UNREAD == set()


def test_every_action_is_one_that_aws_knows_under_the_prefix_of_its_service():
    strange = [
        (operation, action)
        for operation in all_operations()
        for action in aws.permissions_of(operation)
        if action not in managed_actions() or action.split(":")[0] not in prefixes(operation.split(".")[0])
    ]
    assert strange == []


def test_actions_whose_names_differ_are_right():
    assert {operation: sorted(aws.permissions_of(operation)) for operation in RENAMED} == RENAMED
    exceptions = aws._EXCEPTIONS
    gone = [
        operation
        for operation in exceptions
        if operation.split(".")[1] not in model(operation.split(".")[0]).operation_names
    ]
    assert gone == []


def test_the_derived_policy_can_only_read():
    (statement,) = policy(RULES)["Statement"]
    verbs = re.compile(r"[a-z0-9-]+:(Get|List|Describe|BatchGet)[A-Z][A-Za-z0-9]+\Z|apigateway:GET\Z")
    assert [action for action in statement["Action"] if not verbs.match(action)] == ["iam:GenerateCredentialReport"]
    assert "*" not in "".join(statement["Action"])
    data = ("s3:GetObject", "secretsmanager:GetSecretValue", "ssm:GetParameter", "dynamodb:GetItem", "kms:Decrypt")
    assert not set(data) & set(statement["Action"])
    assert len(json.dumps(policy(RULES))) < 6144  # the limit of a managed policy


def test_a_policy_for_one_rule_asks_for_that_rule_only():
    one: Rule = next(rule for rule in RULES if rule.id == "aws-s3-bucket-versioning")
    (statement,) = policy([one])["Statement"]
    services = {action.split(":")[0] for action in statement["Action"]}
    assert "s3:GetBucketVersioning" in statement["Action"]
    assert services <= {"s3", "sts", "ec2", "iam"}
