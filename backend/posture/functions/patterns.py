"""Does a metric filter see the events that the CIS benchmark's section on monitoring asks for?

The question is answered by meaning, not by spelling: for each kind there is one sample event per required condition,
and the parsed pattern has to fit every one of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache

from backend.posture.functions.arguments import BadInput, SqlValue, as_text, dump_list, quoted
from backend.posture.functions.filter_pattern import holds, parse

Event = Mapping[str, object]


def _event(name: str, source: str, **more: object) -> Event:
    return {
        "eventVersion": "1.10",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ana", "userName": "ana"},
        "eventTime": "2025-01-01T00:00:00Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-cli/2.15",
        "eventType": "AwsApiCall",
        "readOnly": False,
        **more,
    }


def _calls(source: str, names: str) -> tuple[Event, ...]:
    return tuple(_event(name, source) for name in names.split())


def _sign_in(**more: object) -> Event:
    return _event("ConsoleLogin", "signin", eventType="AwsConsoleSignIn", **more)


_ROOT = {"type": "Root", "arn": "arn:aws:iam::123456789012:root"}

SAMPLES: dict[str, tuple[Event, ...]] = {
    "unauthorized_api_calls": (
        _event("RunInstances", "ec2", errorCode="Client.UnauthorizedOperation"),
        _event("GetBucketPolicy", "s3", errorCode="AccessDenied"),
        _event("ListKeys", "kms", errorCode="AccessDeniedException"),
    ),
    "sign_in_without_mfa": (
        _sign_in(additionalEventData={"MFAUsed": "No"}, responseElements={"ConsoleLogin": "Success"}),
    ),
    "root_usage": (
        _event("CreateUser", "iam", userIdentity=_ROOT),
        _sign_in(
            userIdentity=_ROOT, additionalEventData={"MFAUsed": "Yes"}, responseElements={"ConsoleLogin": "Success"}
        ),
    ),
    "policy_changes": _calls(
        "iam",
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy"
        " DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy"
        " DetachUserPolicy AttachGroupPolicy DetachGroupPolicy",
    ),
    "cloudtrail_changes": _calls("cloudtrail", "CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
    "authentication_failures": (
        _sign_in(errorMessage="Failed authentication", responseElements={"ConsoleLogin": "Failure"}),
    ),
    "kms_disable_or_delete": _calls("kms", "DisableKey ScheduleKeyDeletion"),
    "s3_bucket_policy_changes": _calls(
        "s3",
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy"
        " DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
    ),
    "config_changes": _calls(
        "config", "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder"
    ),
    "security_group_changes": _calls(
        "ec2",
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress"
        " RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup",
    ),
    "nacl_changes": _calls(
        "ec2",
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry"
        " ReplaceNetworkAclAssociation",
    ),
    "gateway_changes": _calls(
        "ec2",
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway"
        " DeleteInternetGateway DetachInternetGateway",
    ),
    "route_table_changes": _calls(
        "ec2",
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute"
        " DisassociateRouteTable",
    ),
    "vpc_changes": _calls(
        "ec2",
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection"
        " DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc"
        " DisableVpcClassicLink EnableVpcClassicLink",
    ),
    "organizations_changes": _calls(
        "organizations",
        "AcceptHandshake AttachPolicy CreateAccount CreateOrganizationalUnit CreatePolicy DeclineHandshake"
        " DeleteOrganization DeleteOrganizationalUnit DeletePolicy DetachPolicy DisablePolicyType EnablePolicyType"
        " InviteAccountToOrganization LeaveOrganization MoveAccount RemoveAccountFromOrganization UpdatePolicy"
        " UpdateOrganizationalUnit",
    ),
}

_TERM = re.compile(r'\s*(?P<mark>[-?]?)(?:"(?P<text>[^"]*)"|(?P<word>[^\s"]+))')


def metric_filter_matches(pattern: SqlValue, kind: SqlValue) -> int:
    """1 when the filter sees every event of the kind; '' sees all events, tells nothing apart, and is 0."""
    text = as_text(pattern, "filter pattern")
    missed = _missed(text, _kind(kind))
    return int(text.strip() != "" and not missed)


def metric_filter_missing(pattern: SqlValue, kind: SqlValue) -> str:
    """JSON list of the names of the required events that the filter does not see, sorted."""
    return dump_list(sorted(set(_missed(as_text(pattern, "filter pattern"), _kind(kind)))))


def _kind(value: SqlValue) -> str:
    kind = as_text(value, "the kind")
    if kind not in SAMPLES:
        raise BadInput(f"{quoted(kind)} is not a kind of metric filter ({', '.join(SAMPLES)})")
    return kind


def _missed(pattern: str, kind: str) -> tuple[str, ...]:
    return _cached(pattern, kind) if len(pattern) <= 2_048 else _judge(pattern, kind)


@lru_cache(maxsize=1024)
def _cached(pattern: str, kind: str) -> tuple[str, ...]:
    return _judge(pattern, kind)


def _judge(pattern: str, kind: str) -> tuple[str, ...]:
    events = SAMPLES[kind]
    stripped = pattern.strip()
    if stripped.startswith("{"):
        tree = parse(stripped)
        seen = [holds(tree, event) for event in events]
    elif stripped.startswith("["):  # columns of space-delimited logs, which CloudTrail's events are not
        seen = [False for _ in events]
    else:
        seen = [_terms_hold(stripped, json.dumps(event, separators=(",", ":"))) for event in events]
    return tuple(str(event["eventName"]) for event, hit in zip(events, seen, strict=True) if not hit)


def _terms_hold(pattern: str, line: str) -> bool:
    """Plain terms: all must be in the line, those with "-" must not, of those with "?" one must."""
    wanted: list[bool] = []
    optional: list[bool] = []
    position = 0
    if len(pattern) > 8_192:
        raise BadInput("filter pattern is too long")
    if pattern.startswith("%"):
        raise BadInput("filter pattern is a regular expression over whole lines, which is not judged")
    while position < len(pattern):
        found = _TERM.match(pattern, position)
        if found is None:
            raise BadInput(f"filter pattern cannot be read from character {position + 1}")
        present = (found["text"] if found["text"] is not None else found["word"]) in line
        if found["mark"] == "?":
            optional.append(present)
        else:
            wanted.append(present != (found["mark"] == "-"))
        position = found.end()
    return all(wanted) and (not optional or any(optional))
