"""What the person decides who runs a remediation command: the words for its `<x>`, the files it names.

Each answer reads the account as that person would, and changes no more than the finding asks for.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.rules.account_lab import ACCOUNT, HOME
from tests.rules.neglect import certificate

Values = Mapping[str, Any]
Answer = Callable[[Any, Values], Any]  # (aws, columns and evidence of the finding) -> word; None: leave the command out
REPEATED = ("aws-apigateway-rest-api-authorization", "aws-apigatewayv2-api-authorization")
"""Rules whose command mends one part of the resource: it is run until nothing is left."""
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


class NothingLeft(Exception):
    """There is nothing more to decide: the command has been run often enough."""


def _statement(**keys: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **keys}]}


def _ours(action: str, resource: Any = "*") -> dict[str, Any]:
    return _statement(Principal={"AWS": ROOT}, Action=action, Resource=resource)


def _region(values: Values) -> str:
    return HOME if values["region"] == "global" else str(values["region"])


def _key(aws: Any, values: Values) -> str:
    return str(aws("kms", _region(values)).create_key(Description="made for a remedy")["KeyMetadata"]["Arn"])


def _log_bucket(aws: Any, values: Values) -> str:
    return "mf-access-logs" if _region(values) == HOME else "mf-us-access-logs"


def _access_key(aws: Any, values: Values) -> str:
    keys = aws("iam", HOME).list_access_keys(UserName=values["name"])["AccessKeyMetadata"]
    return str(min(keys, key=lambda key: key["CreateDate"])["AccessKeyId"])


def _holder(kind: str, list_name: str) -> Answer:
    """Who holds the policy that the finding is about; nobody of that kind: that command is not needed."""

    def answer(aws: Any, values: Values) -> str | None:
        arn = "arn:aws:iam::aws:policy/AWSCloudShellFullAccess"
        if ":policy/" in values["uid"]:
            arn = values["uid"]
        held = aws("iam", HOME).list_entities_for_policy(PolicyArn=arn)[list_name]
        return str(held[0][kind]) if held else None

    return answer


def _open_method(aws: Any, values: Values) -> tuple[str, str]:
    gateway = aws("apigateway", _region(values))
    for resource in gateway.get_resources(restApiId=values["api_id"])["items"]:
        for method in resource.get("resourceMethods", {}):
            answer = gateway.get_method(restApiId=values["api_id"], resourceId=resource["id"], httpMethod=method)
            if answer["authorizationType"] == "NONE" and not answer.get("apiKeyRequired"):
                return str(resource["id"]), str(method)
    raise NothingLeft


def _open_route(aws: Any, values: Values) -> str:
    routes = aws("apigatewayv2", _region(values)).get_routes(ApiId=values["api_id"])["Items"]
    for one in routes:
        if one.get("AuthorizationType", "NONE") == "NONE":
            return str(one["RouteId"])
    raise NothingLeft


def _web_acl(aws: Any, values: Values) -> str:
    regional = "api_id" in values
    client = aws("wafv2", _region(values) if regional else "us-east-1")
    made = client.create_web_acl(
        Name=f"mf-{abs(hash(values['uid']))}",
        Scope="REGIONAL" if regional else "CLOUDFRONT",
        DefaultAction={"Allow": {}},
        VisibilityConfig={"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "mf"},
    )
    return str(made["Summary"]["ARN"])


def _function(aws: Any, values: Values) -> str:
    return str(aws("lambda", _region(values)).list_functions()["Functions"][0]["FunctionArn"])


def _log_group(aws: Any, values: Values) -> str:
    return f"arn:aws:logs:{_region(values)}:{ACCOUNT}:log-group:/mf/prod/checkout"


def _always(word: str | None) -> Answer:
    return lambda aws, values: word


WORDS: dict[str, Answer] = {
    "log-group": _always("mf-cloudtrail"),
    "topic-arn": _always(f"arn:aws:sns:{HOME}:{ACCOUNT}:mf-security-alerts"),
    "key-arn": _key,
    "log-bucket": _log_bucket,
    "access-log-bucket": _log_bucket,
    "log-group-arn": _log_group,
    "role-arn": _always(f"arn:aws:iam::{ACCOUNT}:role/mf-cloudtrail-to-logs"),
    "config-role-arn": _always(f"arn:aws:iam::{ACCOUNT}:role/mf-config"),
    "config-bucket": _always("mf-audit-config"),
    "trail": _always("mf-organization-audit"),
    "access-key-id": _access_key,
    "role": _holder("RoleName", "PolicyRoles"),
    "group": _holder("GroupName", "PolicyGroups"),
    "user": _holder("UserName", "PolicyUsers"),
    "policy-arn": _always(f"arn:aws:iam::{ACCOUNT}:policy/mf-boundary-developers"),
    "resource-id": lambda aws, values: _open_method(aws, values)[0],
    "method": lambda aws, values: _open_method(aws, values)[1],
    "route-id": _open_route,
    "web-acl-arn": _web_acl,
    "variable": lambda aws, values: json.loads(values["secret_names"])[0],
    "rotation-function-arn": _function,
    "next-minor-version": _always("1.35"),
    "newer-runtime": _always("python3.13"),
    "etag": lambda aws, values: aws("cloudfront", HOME).get_distribution_config(Id=values["distribution_id"])["ETag"],
    "instance-profile": _always("mf-web"),
    "bucket-arn": lambda aws, values: f"arn:aws:s3:::{_log_bucket(aws, values)}",
    "instance-port": _always("8080"),
    "certificate-arn": lambda aws, values: aws("acm", _region(values)).list_certificates()["CertificateSummaryList"][0][
        "CertificateArn"
    ],
    "mfa-device-arn": _always(f"arn:aws:iam::{ACCOUNT}:mfa/root-account-mfa-device"),
    "instance-class": _always("db.r6g.large"),
    "another-zone": lambda aws, values: f"{_region(values)}b",
    "code": _always("123456"),
    "next-code": _always("654321"),
    "address": _always("security@marlowe-finch.example"),
    "number": _always("+41 44 000 00 00"),
    "name": _always("mf-entra-id-2"),
    "certificate-id": lambda aws, values: aws("iam", HOME).list_signing_certificates(UserName=values["name"])[
        "Certificates"
    ][0]["CertificateId"],
}
# Where the same word asks for something else.
WORDS_OF_RULE: dict[tuple[str, str], Answer] = {
    ("aws-iam-user-rights-through-groups", "group"): _always("engineers"),
    ("aws-cloudtrail-log-group", "log-group-arn"): _always(f"arn:aws:logs:{HOME}:{ACCOUNT}:log-group:mf-cloudtrail:*"),
    ("aws-account-support-role", "role"): _always("mf-incident-response"),
}


def word(rule: str, asked: str, aws: Any, values: Values) -> str | None:
    """What stands for `<asked>`; None when this command is not needed.

    Raises:
        KeyError: nobody has decided that.
    """
    answer = WORDS_OF_RULE.get((rule, asked)) or WORDS[asked]
    return answer(aws, values)  # type: ignore[no-any-return]


# ---- files ------------------------------------------------------------------------------------------------------


def _task_definition(aws: Any, values: Values) -> dict[str, Any]:
    """The newest revision, mended all over: what a rule does not ask for does no harm."""
    known = aws("ecs", _region(values)).describe_task_definition(taskDefinition=values["uid"])["taskDefinition"]
    kept = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "volumes", "cpu", "memory")
    found = {key: known[key] for key in kept if known.get(key)}
    logs = {"logDriver": "awslogs", "options": {"awslogs-group": "/mf/prod/checkout", "awslogs-region": HOME}}
    found["containerDefinitions"] = [
        {
            **container,
            "privileged": False,
            "readonlyRootFilesystem": True,
            "environment": [],
            "logConfiguration": logs,
        }
        for container in known["containerDefinitions"]
    ]
    return found


def _distribution(aws: Any, values: Values) -> dict[str, Any]:
    """The configuration as it is, with HTTPS everywhere, TLS 1.2, a firewall and access control."""
    cloudfront = aws("cloudfront", HOME)
    config: dict[str, Any] = cloudfront.get_distribution_config(Id=values["distribution_id"])["DistributionConfig"]
    behaviours = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())]
    for one in behaviours:
        one["ViewerProtocolPolicy"] = "redirect-to-https"
    for origin in config["Origins"]["Items"]:
        if "CustomOriginConfig" in origin:
            origin["CustomOriginConfig"]["OriginProtocolPolicy"] = "https-only"
            origin["CustomOriginConfig"]["OriginSslProtocols"] = {"Quantity": 1, "Items": ["TLSv1.2"]}
    if not config.get("ViewerCertificate", {}).get("CloudFrontDefaultCertificate"):
        config.setdefault("ViewerCertificate", {})["MinimumProtocolVersion"] = "TLSv1.2_2021"
    config["WebACLId"] = config.get("WebACLId") or _web_acl(aws, {"uid": values["uid"], "region": "us-east-1"})
    return config


def _without_strangers(policy: Mapping[str, Any]) -> dict[str, Any]:
    """The policy without what it allows to anybody but this account."""

    def ours(statement: Mapping[str, Any]) -> bool:
        principal = statement.get("Principal")
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        return all(ACCOUNT in str(one) for one in (named if isinstance(named, list) else [named]))

    kept = [one for one in policy["Statement"] if one["Effect"] == "Deny" or ours(one)]
    return {**policy, "Statement": kept}


def _bucket_policy(aws: Any, values: Values) -> dict[str, Any]:
    return _without_strangers(json.loads(aws("s3", HOME).get_bucket_policy(Bucket=values["name"])["Policy"]))


def _policy_document(aws: Any, values: Values) -> dict[str, Any]:
    """For the four rules that ask for a new document of an IAM policy."""
    return _statement(Action=["s3:GetObject"], Resource="arn:aws:s3:::mf-catalogue-images/*")


_certificate = cache(lambda: certificate(2048))


FILES: dict[str, Answer] = {
    "<policy.json>": _policy_document,
    "<trust.json>": lambda aws, values: _statement(
        Principal={"Service": "ecs-tasks.amazonaws.com"},
        Action="sts:AssumeRole",
        Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
    ),
    "<metadata.xml>": lambda aws, values: b"<EntityDescriptor/>".ljust(1100),
    "user-data.b64": lambda aws, values: b64encode(b"#!/bin/sh\nsystemctl start checkout\n"),
    "key-policy.json": lambda aws, values: _ours("kms:*"),
    "topic-policy.json": lambda aws, values: _ours("sns:Publish", values["uid"]),
    "queue-policy.json": lambda aws, values: {"Policy": json.dumps(_ours("sqs:SendMessage", values["uid"]))},
    "access-policy.json": lambda aws, values: _ours("es:ESHttp*", f"{values['uid']}/*"),
    "repository-policy.json": lambda aws, values: {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Pull", "Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "ecr:BatchGetImage"},
        ],
    },
    "file-system-policy.json": lambda aws, values: _ours("elasticfilesystem:ClientMount", values["uid"]),
    "environment.json": lambda aws, values: {"Variables": {"STAGE": "production"}},
    "certificate.pem": lambda aws, values: _certificate()[0],
    "private-key.pem": lambda aws, values: _certificate()[1],
    "chain.pem": lambda aws, values: _certificate()[0],
    "task-definition.json": _task_definition,
    "distribution-config.json": _distribution,
}
FILES_OF_RULE: dict[tuple[str, str], Answer] = {
    ("aws-s3-bucket-no-foreign-account", "<policy.json>"): _bucket_policy,
    ("aws-s3-access-point-not-public", "<policy.json>"): lambda aws, values: _ours(
        "s3:GetObject", f"arn:aws:s3:{values['region']}:{ACCOUNT}:accesspoint/{values['name']}/object/*"
    ),
}


def write(rule: str, name: str, folder: Path, aws: Any, values: Values) -> None:
    """Put the file that the command reads into `folder`.

    Raises:
        KeyError: nobody has decided what stands in it.
    """
    answer = FILES_OF_RULE.get((rule, name)) or FILES[name]
    content = answer(aws, values)
    (folder / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content, default=str).encode())
