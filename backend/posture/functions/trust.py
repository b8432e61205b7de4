"""Trust given to services and to federated identities.

Confused deputy: a service that acts on behalf of any customer's resource uses the trust for a stranger's resource too,
unless the statement pins whose (aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, aws:SourceOrgPaths). Only services
that document these keys are judged; a role for EC2 or Lambda reaches only what its own account passes it to, and the
services do not send the keys.
"""

from __future__ import annotations

from backend.posture.functions.arguments import SqlValue, dump_list
from backend.posture.functions.globs import literal_prefix
from backend.posture.functions.policy_conditions import SOURCE_KEYS, narrows
from backend.posture.functions.policy_model import Condition, Document, Statement
from backend.posture.functions.policy_text import read_policy

# principal without ".amazonaws.com"; a region in it ("states.eu-west-1") is cut out before the look-up
GUARDED_SERVICES = frozenset(
    (
        "apigateway", "appflow", "auditmanager", "backup", "batchoperations.s3",
        "bedrock", "bedrock-agentcore", "budgets", "chatbot", "cloudformation", "cloudtrail", "cloudwatch",
        "codebuild", "codepipeline", "codestar-notifications", "comprehend", "config", "connect", "costalerts",
        "databrew", "datasync", "delivery.logs", "devops-guru", "dms", "ecs-tasks", "events", "export.rds",
        "firehose", "fis", "forecast", "gamelift", "glue", "grafana", "guardduty", "imagebuilder", "inspector2",
        "iot", "iotevents", "ivs", "kendra", "kinesisanalytics", "lakeformation", "lex", "lexv2",
        "logdelivery.elasticloadbalancing", "logging.s3", "logs", "macie", "mediaconvert", "memorydb",
        "monitoring.rds", "network-firewall", "osis", "personalize", "pinpoint", "pipes", "polly", "rds",
        "redshift", "redshift-serverless", "rekognition", "route53resolver", "s3",
        "sagemaker", "scheduler", "serverlessrepo", "ses", "sms-voice", "sns", "sqs", "ssm",
        "ssm-incidents", "states", "storagegateway", "synthetics", "textract", "transcribe", "transfer",
        "vpc-flow-logs", "workspaces",
    )
)  # fmt: skip
_SUFFIXES = (".amazonaws.com", ".amazonaws.com.cn")

# issuers whose tokens anyone can get: what must be pinned, and how much of the value must be fixed at least
_SHARED_ISSUERS = {
    "token.actions.githubusercontent.com": ("sub", "/"),
    "gitlab.com": ("sub", "/"),
    "app.terraform.io": ("sub", ":project:"),
    "agent.buildkite.com": ("sub", ":pipeline:"),
    "oidc.circleci.com": ("sub", "/project/"),
    "vstoken.dev.azure.com": ("sub", "/"),
    "accounts.google.com": ("aud", ""),
    "cognito-identity.amazonaws.com": ("aud", ""),
    "graph.facebook.com": ("app_id", ""),
    "www.amazon.com": ("app_id", ""),
}
_OWNER_CLAIMS = frozenset(("repository_owner", "repository_owner_id", "repository_id", "repository", "namespace_id",
                           "namespace_path", "project_id", "project_path", "enterprise", "oaud"))  # fmt: skip


def policy_trusts_service_without_source_guard(policy: SqlValue) -> int:
    """1 when a service that documents source keys is trusted without one of them."""
    return int(bool(_unguarded(read_policy(policy))))


def policy_unguarded_services(policy: SqlValue) -> str:
    """JSON list of the services trusted without a source key, as written, sorted."""
    return dump_list(sorted(_unguarded(read_policy(policy))))


def policy_trusts_any_federated_identity(policy: SqlValue) -> int:
    """1 when a role can be assumed with anybody's token of a shared issuer (GitHub Actions, Google, Cognito …)."""
    return int(any(_open_issuer(allow, name) for allow in read_policy(policy).allows for name in _federated(allow)))


def _unguarded(document: Document) -> set[str]:
    found: set[str] = set()
    for allow in document.allows:
        if allow.principals is None or allow.not_principals:
            continue
        if any(condition.key in SOURCE_KEYS and narrows(condition) for condition in allow.conditions):
            continue
        found |= {service for service in allow.principals.services if _guardable(service)}
    return found


def _guardable(service: str) -> bool:
    name = service.lower()
    for suffix in _SUFFIXES:
        if name.endswith(suffix):
            parts = name.removesuffix(suffix).split(".")
            plain = [part for part in parts if not _is_region(part)]
            return ".".join(plain) in GUARDED_SERVICES
    return False


def _is_region(part: str) -> bool:
    pieces = part.split("-")
    return len(pieces) >= 3 and pieces[-1].isdigit() and len(pieces[0]) == 2


def _federated(allow: Statement) -> tuple[str, ...]:
    return allow.principals.federated if allow.principals is not None and not allow.not_principals else ()


def _open_issuer(allow: Statement, name: str) -> bool:
    if name == "*":
        return True
    issuer = name.lower().rpartition("oidc-provider/")[2]
    known = next((host for host in _SHARED_ISSUERS if issuer == host or issuer.startswith(f"{host}/")), None)
    if known is None:
        return False
    claim, fixed = _SHARED_ISSUERS[known]
    return not any(_pins(condition, claim, fixed) for condition in allow.conditions)


def _pins(condition: Condition, claim: str, fixed: str) -> bool:
    if condition.if_exists or condition.quantifier == "forallvalues" or not condition.values:
        return False
    wild = condition.operator == "stringlike"
    if not wild and condition.operator not in ("stringequals", "stringequalsignorecase"):
        return False
    asked = condition.key.rpartition(":")[2]
    if asked in _OWNER_CLAIMS:
        return not wild or all(len(literal_prefix(value)) == len(value) for value in condition.values)
    if asked != claim and asked != "sub":
        return False
    return all(not wild or _fixed_enough(value, fixed) for value in condition.values)


def _fixed_enough(value: str, fixed: str) -> bool:
    prefix = literal_prefix(value)
    return len(prefix) == len(value) if not fixed else fixed in prefix
