"""Lambda functions: most in order, one with a payment key among its variables, one that the whole world may call."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

_ACCOUNT = "123456789012"
_SECOND = "us-east-1"
_ROLE = "mf-functions"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """Functions, who may call them, and their URLs."""
    aws("iam", _SECOND).create_role(
        RoleName=_ROLE,
        Path="/service/",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )
    for region in regions:
        _functions(aws("lambda", region), region, first=region != _SECOND)


def _functions(lambda_: Any, region: str, *, first: bool) -> None:
    def make(name: str, runtime: str, environment: str, **variables: str) -> None:
        lambda_.create_function(
            FunctionName=name,
            Runtime=runtime,
            Role=f"arn:aws:iam::{_ACCOUNT}:role/service/{_ROLE}",
            Handler="app.handler",
            Code={"ZipFile": _code()},
            Timeout=30,
            MemorySize=256,
            Environment={"Variables": {"LOG_LEVEL": "info", "STAGE": environment, **variables}},
            Tags={"Environment": environment, "Owner": "samuel.wright@marlowe-finch.example"},
        )

    secret = f"arn:aws:secretsmanager:{region}:{_ACCOUNT}:secret:mf/prod/payment-gateway"
    make("mf-prod-order-confirmation", "python3.13", "production", MAIL_SECRET_ARN=secret)
    make("mf-prod-cover-resizer", "nodejs22.x", "production", BUCKET="mf-web-assets")
    if not first:
        return
    make("mf-prod-isbn-lookup", "java21", "production", TABLE="mf-prod-carts")
    # Put together at run time, so that no scanner takes this file for a leak.
    key = "sk_live_" + "9f3bQ27xLm41TzRw86Kd"
    make("mf-prod-payment-webhook", "python3.12", "production", STRIPE_KEY=key, DB_PASSWORD="Wint3r-Sale!")  # noqa: S106
    make("mf-legacy-newsletter", "nodejs16.x", "production", SENDER="news@marlowe-finch.example")
    make("mf-dev-quote-of-the-day", "python3.8", "dev")
    _allow(lambda_, "mf-prod-cover-resizer", "s3.amazonaws.com", SourceAccount=_ACCOUNT)
    _allow(lambda_, "mf-dev-quote-of-the-day", "*")
    lambda_.create_function_url_config(FunctionName="mf-dev-quote-of-the-day", AuthType="NONE")


def _allow(lambda_: Any, name: str, principal: str, **narrowed: str) -> None:
    lambda_.add_permission(
        FunctionName=name,
        StatementId="call",
        Action="lambda:InvokeFunction",
        Principal=principal,
        **narrowed,
    )


def _code() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event\n")
    return packed.getvalue()
