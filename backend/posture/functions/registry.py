"""The functions a rule may call, and their registration on a connection.

{functions}

For every function: NULL in any argument gives NULL; what cannot be judged gives NULL and a recorded cause; '' is the
absent value (no policy, no range, an empty list), not an error. None ever raises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from backend.posture.functions import escalation, json, network, patterns, policy, secrets, time, trust
from backend.posture.functions.sql_function import SqlFunction, caller, sql_function


def register(conn: sqlite3.Connection, now: int, causes: Callable[[str], None]) -> None:
    """Make all functions callable on `conn`; `now` is the scan's time in epoch seconds, `causes` hears why NULL is."""
    for function in FUNCTIONS.values():
        call = caller(function, now, causes)
        for arity in function.arity:
            conn.create_function(function.name, arity, call, deterministic=True)


def describe() -> str:
    """All functions, one a line, for `vedette rules functions`."""
    width = max(len(function.signature) for function in FUNCTIONS.values())
    return "\n".join(f"{function.signature:<{width}}  {function.doc}" for function in FUNCTIONS.values())


_PUBLIC = '\'{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}}\''
_ADMIN = '\'{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}\''
_FOREIGN = '\'{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::210987654321:root"},"Action":"sqs:*"}}\''
_SERVICE = (
    '\'{"Statement":{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}}\''
)
_GITHUB = (
    '\'{"Statement":{"Effect":"Allow","Action":"sts:AssumeRoleWithWebIdentity","Principal":{"Federated":'
    '"arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"}}}\''
)
_HTTP = (
    '\'{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"],'
    '"Condition":{"Bool":{"aws:SecureTransport":"false"}}}}\''
)
_TRAIL = "'{ $.eventName = *Trail || $.eventName = StartLogging || $.eventName = StopLogging }'"


_ALL = (
    sql_function(
        "cidr_is_public",
        "cidr",
        "1 when a range is the internet or as good as it (at most /8 of IPv4 or /16 of IPv6, not private).",
        network.cidr_is_public,
        ("'0.0.0.0/1'", 1),
        ("'10.0.0.0/8'", 0),
        ("'0.0.0.0/00'", None),
    ),
    sql_function(
        "cidr_is_anywhere",
        "cidr",
        "1 when a range is exactly 0.0.0.0/0 or ::/0, however spelt.",
        network.cidr_is_anywhere,
        ("'0:0::/0'", 1),
        ("'0.0.0.0/1'", 0),
    ),
    sql_function(
        "cidrs_any_public",
        "json_list",
        "1 when a range of a JSON list is public, or neighbours in it together are.",
        network.cidrs_any_public,
        ("""'["0.0.0.0/0"]'""", 1),
        ("""'["8.0.0.0/9","8.128.0.0/9"]'""", 1),
        ("''", 0),
    ),
    sql_function(
        "cidr_contains",
        "outer, inner",
        "1 when the inner range lies in the outer one.",
        network.cidr_contains,
        ("'10.0.0.0/8', '10.1.0.0/16'", 1),
        ("'10.0.0.0/8', '::1'", 0),
    ),
    sql_function(
        "ip_is_public",
        "ip",
        "1 when an address is reachable on the internet (not private, shared, link-local or reserved).",
        network.ip_is_public,
        ("'52.1.2.3'", 1),
        ("'192.168.0.1'", 0),
    ),
    sql_function(
        "port_in",
        "port, from_port, to_port",
        "1 when a port lies between two, both included; -1 and -1 are all ports.",
        network.port_in,
        ("22, 20, 25", 1),
        ("22, -1, -1", 1),
        ("22, NULL, NULL", None),
    ),
    sql_function(
        "ports_overlap",
        "json_list, from_port, to_port",
        '1 when a range of ports admits one of a JSON list of ports or "a-b" spans.',
        network.ports_overlap,
        ("'[22, 3389]', 0, 1024", 1),
        ("""'["6000-6010"]', 22, 22""", 0),
    ),
    sql_function(
        "protocol_matches",
        "protocol, wanted",
        "1 when a rule for a protocol ('-1', 'all', '6', 'tcp') admits the wanted one.",
        network.protocol_matches,
        ("'-1', 'tcp'", 1),
        ("'6', 'tcp'", 1),
        ("'udp', 'tcp'", 0),
    ),
    sql_function(
        "policy_allows_public",
        "policy",
        "1 when anyone in the world is allowed something, conditions and denials considered.",
        policy.policy_allows_public,
        (_PUBLIC, 1),
        (_FOREIGN, 0),
        ("''", 0),
        ("'{'", None),
    ),
    sql_function(
        "policy_allows_public_action",
        "policy, action",
        "1 when anyone in the world is allowed an action that fits the pattern (s3:Get*).",
        policy.policy_allows_public_action,
        (f"{_PUBLIC}, 's3:Get*'", 1),
        (f"{_PUBLIC}, 's3:PutObject'", 0),
    ),
    sql_function(
        "policy_public_actions",
        "policy",
        "JSON list of the actions anyone in the world is allowed, for reasons.",
        policy.policy_public_actions,
        (_PUBLIC, '["s3:getobject"]'),
    ),
    sql_function(
        "policy_public_principals",
        "policy",
        "JSON list of the principals by which a policy is public, for reasons.",
        policy.policy_public_principals,
        (_PUBLIC, '["*"]'),
    ),
    sql_function(
        "policy_allows_action",
        "policy, action",
        "1 when an action that fits the pattern is allowed on some resource and not denied outright.",
        policy.policy_allows_action,
        (f"{_ADMIN}, 'kms:Decrypt'", 1),
        (f"{_PUBLIC}, 'kms:Decrypt'", 0),
    ),
    sql_function(
        "policy_grants_admin",
        "policy",
        "1 when every action on every resource is allowed without condition.",
        policy.policy_grants_admin,
        (_ADMIN, 1),
        (_PUBLIC, 0),
    ),
    sql_function(
        "policy_grants_service_admin",
        "policy, service",
        "1 when every action of a service on all its resources is allowed without condition.",
        policy.policy_grants_service_admin,
        (f"{_ADMIN}, 'iam'", 1),
        (f"{_PUBLIC}, 's3'", 0),
    ),
    sql_function(
        "policy_denies_insecure_transport",
        "policy, resource",
        "1 when everyone is denied requests without TLS to a resource (a bucket's name or an ARN).",
        policy.policy_denies_insecure_transport,
        (f"{_HTTP}, 'b'", 1),
        (f"{_HTTP}, 'c'", 0),
        ("'', 'b'", 0),
    ),
    sql_function(
        "policy_allows_external_account",
        "policy, own_account",
        "1 when a principal of an account other than one's own (12 digits or a JSON list) is let in.",
        policy.policy_allows_external_account,
        (f"{_FOREIGN}, '123456789012'", 1),
        (f"{_FOREIGN}, '210987654321'", 0),
    ),
    sql_function(
        "policy_external_accounts",
        "policy, own_account",
        'JSON list of the foreign accounts let in, "*" for everyone, for reasons.',
        policy.policy_external_accounts,
        (f"{_FOREIGN}, '123456789012'", '["210987654321"]'),
    ),
    sql_function(
        "policy_allows_privilege_escalation",
        "policy",
        "1 when the holder of an IAM policy can get more rights than it gives.",
        escalation.policy_allows_privilege_escalation,
        (_ADMIN, 1),
        (_PUBLIC, 0),
    ),
    sql_function(
        "policy_escalation_paths",
        "policy",
        'JSON list of the ways to more rights ("iam:PassRole + ec2:RunInstances"), for reasons.',
        escalation.policy_escalation_paths,
        ('\'{"Statement":{"Effect":"Allow","Action":"iam:PutUserPolicy","Resource":"*"}}\'', '["iam:PutUserPolicy"]'),
    ),
    sql_function(
        "policy_trusts_service_without_source_guard",
        "policy",
        "1 when a service that acts for any customer is trusted without aws:SourceArn, SourceAccount or SourceOrgID.",
        trust.policy_trusts_service_without_source_guard,
        (_SERVICE, 1),
        (_FOREIGN, 0),
    ),
    sql_function(
        "policy_unguarded_services",
        "policy",
        "JSON list of the services trusted without a source key, for reasons.",
        trust.policy_unguarded_services,
        (_SERVICE, '["states.amazonaws.com"]'),
    ),
    sql_function(
        "policy_trusts_any_federated_identity",
        "policy",
        "1 when a role can be assumed with anybody's token of a shared issuer (GitHub Actions, Google, Cognito).",
        trust.policy_trusts_any_federated_identity,
        (_GITHUB, 1),
        (_SERVICE, 0),
    ),
    sql_function(
        "days_since",
        "epoch",
        "Whole days from a moment to the scan; what never happened (9e999 or -9e999) is 9e999 days ago.",
        time.days_since,
        ("9e999", float("inf")),
        ("'x'", None),
        needs_now=True,
    ),
    sql_function(
        "days_until",
        "epoch",
        "Whole days from the scan to a moment, negative once past; what never comes is 9e999 days off.",
        time.days_until,
        ("9e999", float("inf")),
        ("NULL", None),
        needs_now=True,
    ),
    sql_function(
        "json_len",
        "json",
        "How many items a JSON list, or keys a JSON object, has.",
        json.json_len,
        ("'[1,2]'", 2),
        ("''", 0),
    ),
    sql_function(
        "json_has",
        "json_list, value",
        "1 when a JSON list holds the value itself.",
        json.json_has,
        ("""'["a"]', 'a'""", 1),
        ("'[1]', '1'", 0),
    ),
    sql_function(
        "json_any_like",
        "json_list, glob",
        "1 when a text of a JSON list fits a pattern of * and ?, case counts.",
        json.json_any_like,
        ("""'["prod-a"]', 'prod-*'""", 1),
        ("'[]', '*'", 0),
    ),
    sql_function(
        "json_keys_any_secret",
        "json_object",
        "1 when a key is named like a secret (DB_PASSWORD), whatever its value.",
        secrets.json_keys_any_secret,
        ("""'{"DB_PASSWORD":""}'""", 1),
        ("""'{"PASSWORD_LENGTH":"9"}'""", 0),
    ),
    sql_function(
        "looks_like_secret",
        "text",
        "1 when a text holds an access key, private key, token, JWT or a password in a connection string.",
        secrets.looks_like_secret,
        ("'postgres://u:pa55word@db/x'", 1),
        ("'hello'", 0),
    ),
    sql_function(
        "env_has_secret",
        "json",
        "1 when an environment variable ({name: value} or a list of name and value) holds a secret.",
        secrets.env_has_secret,
        ("""'{"DB_PASSWORD":"hunter2"}'""", 1),
        ("""'{"DB_PASSWORD":"${ref}"}'""", 0),
    ),
    sql_function(
        "env_secret_names",
        "json",
        "JSON list of the names, never the values, of environment variables that hold a secret.",
        secrets.env_secret_names,
        ("""'{"DB_PASSWORD":"hunter2","A":"1"}'""", '["DB_PASSWORD"]'),
    ),
    sql_function(
        "userdata_has_secret",
        "text",
        "1 when user data, plain or base64 and gzip, holds a secret.",
        secrets.userdata_has_secret,
        ("'export DB_PASSWORD=hunter2'", 1),
        ("'apt-get update'", 0),
    ),
    sql_function(
        "metric_filter_matches",
        "pattern, kind",
        f"1 when a log metric filter sees every event of a kind: {', '.join(patterns.SAMPLES)}.",
        patterns.metric_filter_matches,
        (f"{_TRAIL}, 'cloudtrail_changes'", 1),
        (f"{_TRAIL}, 'vpc_changes'", 0),
        ("'{', 'vpc_changes'", None),
    ),
    sql_function(
        "metric_filter_missing",
        "pattern, kind",
        "JSON list of the required events a log metric filter does not see, for reasons.",
        patterns.metric_filter_missing,
        ("'{ $.eventName = *Trail }', 'cloudtrail_changes'", '["StartLogging", "StopLogging"]'),
    ),
)

FUNCTIONS: dict[str, SqlFunction] = {function.name: function for function in _ALL}

if __doc__ is not None:  # absent under -OO
    __doc__ = __doc__.replace("{functions}", describe())
