"""Lambda: functions, who may call them, their URLs, and which of their variables hold secrets (never the secrets)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.mask import MaskedVariables, mask_tree, mask_variables
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text

_LIST = "lambda.ListFunctions"
_POLICY = "lambda.GetPolicy"
_URLS = "lambda.ListFunctionUrlConfigs"
_TAGS = "lambda.ListTags"

FUNCTION = ResourceTable(
    name="aws_lambda_function",
    title="Lambda function",
    service="lambda",
    listing=_LIST,
    columns=(
        text("runtime", "python3.13, nodejs22.x …; empty for a container image.", _LIST),
        text("package_type", "Zip or Image.", _LIST, "Zip"),
        text("role", "ARN of its execution role.", _LIST),
        text("handler", "Function that is called in the code.", _LIST),
        integer("timeout", "Seconds it may run.", _LIST),
        integer("memory", "Megabytes it may use.", _LIST),
        moment("modified_at", "When code or configuration last changed.", _LIST),
        text("vpc_id", "VPC it is attached to; empty: none.", _LIST),
        document("subnets", "Subnets it is attached to.", _LIST, []),
        document("security_groups", "Security groups it has.", _LIST, []),
        document("environment", "Variables as an object; a value that is or may be a secret is masked.", _LIST),
        document("secret_names", "Names of variables that hold a secret in clear.", _LIST),
        text("kms_key", "KMS key of the variables; empty for Lambda's own.", _LIST),
        text("tracing", "Active or PassThrough.", _LIST, "PassThrough"),
        document("layers", "ARNs of its layers.", _LIST, []),
        text("log_group", "Log group it writes to.", _LIST),
        text("dead_letter", "Queue or topic of failed events; empty: none.", _LIST),
        text("policy", "Resource policy; empty when there is none.", _POLICY),
        document("urls", "Function URLs: list of {url, auth, origins}.", _URLS, []),
        flag("url_without_auth", "A function URL answers without a signature.", _URLS, False),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)


def _when(text: str | None) -> float | None:
    """Lambda's times are texts ('2026-03-04T05:06:07.000+0000')."""
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def _functions(page: Answer, scope: Scope) -> Iterable[Row]:
    for function in page.get("Functions", []):
        name = function.get("FunctionName")
        if not name:
            continue
        uid = function.get("FunctionArn") or scope.arn("lambda", f"function:{name}")
        row = Row(FUNCTION, uid, scope.account, scope.region, name)
        environment = function.get("Environment", {})
        variables = mask_variables(environment.get("Variables", {}))
        raw = mask_tree({key: value for key, value in function.items() if key != "Environment"})
        if environment:
            raw["Environment"] = {**environment, "Variables": variables.shown}
        # Variables under a key that we may not use come as an error in place of the values: nothing is known of them.
        known = variables if not environment.get("Error") else None
        row.fill(_LIST, _function(function, known), raw)
        yield row


def _function(function: Mapping[str, Any], variables: MaskedVariables | None) -> Mapping[str, Any]:
    vpc = function.get("VpcConfig", {})
    return {
        "runtime": function.get("Runtime"),
        "package_type": function.get("PackageType"),
        "role": function.get("Role"),
        "handler": function.get("Handler"),
        "timeout": function.get("Timeout"),
        "memory": function.get("MemorySize"),
        "modified_at": _when(function.get("LastModified")),
        "vpc_id": vpc.get("VpcId"),
        "subnets": vpc.get("SubnetIds"),
        "security_groups": vpc.get("SecurityGroupIds"),
        "environment": variables.shown if variables else None,
        "secret_names": variables.secret_names if variables else None,
        "kms_key": function.get("KMSKeyArn"),
        "tracing": function.get("TracingConfig", {}).get("Mode"),
        "layers": [layer["Arn"] for layer in function.get("Layers", []) if layer.get("Arn")],
        "log_group": function.get("LoggingConfig", {}).get("LogGroup"),
        "dead_letter": function.get("DeadLetterConfig", {}).get("TargetArn"),
    }


def _urls(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = answer.get("FunctionUrlConfigs", [])
    return {
        "urls": [
            {
                "url": one.get("FunctionUrl", ""),
                "auth": one.get("AuthType", ""),
                "origins": one.get("Cors", {}).get("AllowOrigins", []),
            }
            for one in found
        ],
        "url_without_auth": any(one.get("AuthType") == "NONE" for one in found),
    }


def _by_name(row: Row) -> Mapping[str, Any]:
    return {"FunctionName": row.name}


SERVICE = Service(
    name="lambda",
    title="Lambda",
    tables=(FUNCTION,),
    listings=(Listing(_LIST, (FUNCTION,), _functions),),
    details=(
        Detail(
            _POLICY,
            FUNCTION,
            _by_name,
            lambda answer, row: {"policy": answer.get("Policy")},
            frozenset({"ResourceNotFoundException"}),
        ),
        Detail(_URLS, FUNCTION, _by_name, _urls),
        Detail(
            _TAGS,
            FUNCTION,
            lambda row: {"Resource": row.uid},
            lambda answer, row: {"tags": tags_of(answer.get("Tags"))},
        ),
    ),
)
