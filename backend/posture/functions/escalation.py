"""Ways from a limited IAM policy to more rights, as a table and a judge.

The table is our own statement of publicly known facts about AWS's API: which calls, alone or together, let their
holder act with rights he was not given.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from backend.posture.functions.arguments import SqlValue, dump_list
from backend.posture.functions.globs import is_wild, matches, subsumes
from backend.posture.functions.policy_grants import allows_call, denies_call, outright_denies
from backend.posture.functions.policy_model import Condition, Document, Statement
from backend.posture.functions.policy_text import read_policy


class Reach(Enum):
    """Which resources a call must be allowed on to count."""

    ANY = "any resource"
    OTHERS = "more than the caller's own user (managing one's own keys is no escalation)"
    ALL = "all roles (those named by a prefix are a deliberate, reviewable grant)"
    WIDE = "a wildcard resource (one named role or function is a deliberate, reviewable grant)"


@dataclass(frozen=True, slots=True)
class Need:
    """A call a path needs; for iam:PassRole, `passed_to` is the service that must be allowed to get the role."""

    action: str
    reach: Reach = Reach.ANY
    passed_to: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """All `needs` together give their holder more rights; `one_of`, if any, must be joined by one of its calls."""

    needs: tuple[Need, ...]
    one_of: tuple[Need, ...] = ()


def _alone(action: str, reach: Reach = Reach.ANY) -> Path:
    return Path((Need(action, reach),))


def _pass(service: str, *actions: str, one_of: tuple[str, ...] = ()) -> Path:
    role = Need("iam:PassRole", Reach.WIDE, service)
    return Path((role, *(Need(action) for action in actions)), tuple(Need(action) for action in one_of))


PATHS: tuple[Path, ...] = (
    # rewriting what a policy says, or which version is in force
    _alone("iam:CreatePolicyVersion"),
    _alone("iam:SetDefaultPolicyVersion"),
    # hanging a policy on a principal one is, or can become
    _alone("iam:AttachUserPolicy"),
    _alone("iam:AttachGroupPolicy"),
    _alone("iam:PutUserPolicy"),
    _alone("iam:PutGroupPolicy"),
    _alone("iam:AttachRolePolicy"),
    _alone("iam:PutRolePolicy"),
    _alone("iam:AddUserToGroup"),
    # taking off the ceiling
    _alone("iam:DeleteUserPermissionsBoundary"),
    _alone("iam:DeleteRolePermissionsBoundary"),
    _alone("iam:PutUserPermissionsBoundary"),
    _alone("iam:PutRolePermissionsBoundary"),
    # becoming another user
    _alone("iam:CreateAccessKey", Reach.OTHERS),
    _alone("iam:CreateLoginProfile", Reach.OTHERS),
    _alone("iam:UpdateLoginProfile", Reach.OTHERS),
    Path((Need("iam:CreateVirtualMFADevice", Reach.OTHERS), Need("iam:EnableMFADevice", Reach.OTHERS),
          Need("iam:DeactivateMFADevice", Reach.OTHERS), Need("iam:UpdateLoginProfile", Reach.OTHERS))),
    # becoming a role
    Path((Need("iam:UpdateAssumeRolePolicy"), Need("sts:AssumeRole"))),
    _alone("sts:AssumeRole", Reach.ALL),
    # giving a role to something one controls
    _pass("ec2.amazonaws.com", "ec2:RunInstances"),
    _pass("ec2.amazonaws.com", "ec2:RequestSpotInstances"),
    _pass("ec2.amazonaws.com", "ec2:AssociateIamInstanceProfile", one_of=("ssm:SendCommand", "ssm:StartSession")),
    _pass("ec2.amazonaws.com", "ec2:ReplaceIamInstanceProfileAssociation",
          one_of=("ssm:SendCommand", "ssm:StartSession")),
    _pass("ec2.amazonaws.com", "autoscaling:CreateLaunchConfiguration",
          one_of=("autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup")),
    _pass("lambda.amazonaws.com", "lambda:CreateFunction",
          one_of=("lambda:InvokeFunction", "lambda:AddPermission", "lambda:CreateEventSourceMapping",
                  "lambda:CreateFunctionUrlConfig")),
    _pass("lambda.amazonaws.com", "lambda:UpdateFunctionConfiguration", "lambda:UpdateFunctionCode"),
    _pass("ecs-tasks.amazonaws.com", "ecs:RegisterTaskDefinition",
          one_of=("ecs:RunTask", "ecs:StartTask", "ecs:CreateService", "ecs:UpdateService")),
    _pass("glue.amazonaws.com", "glue:CreateDevEndpoint"),
    _pass("glue.amazonaws.com", "glue:CreateSession", "glue:RunStatement"),
    _pass("glue.amazonaws.com", "glue:CreateJob", one_of=("glue:StartJobRun", "glue:CreateTrigger")),
    _pass("glue.amazonaws.com", "glue:UpdateJob", one_of=("glue:StartJobRun", "glue:CreateTrigger")),
    _pass("cloudformation.amazonaws.com", "cloudformation:CreateStack"),
    _pass("cloudformation.amazonaws.com", "cloudformation:UpdateStack"),
    _pass("cloudformation.amazonaws.com", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
    _pass("cloudformation.amazonaws.com", "cloudformation:UpdateStackSet"),
    _pass("datapipeline.amazonaws.com", "datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition",
          "datapipeline:ActivatePipeline"),
    _pass("sagemaker.amazonaws.com", "sagemaker:CreateNotebookInstance",
          "sagemaker:CreatePresignedNotebookInstanceUrl"),
    _pass("sagemaker.amazonaws.com", "sagemaker:CreateTrainingJob"),
    _pass("sagemaker.amazonaws.com", "sagemaker:CreateProcessingJob"),
    _pass("codebuild.amazonaws.com", "codebuild:CreateProject",
          one_of=("codebuild:StartBuild", "codebuild:StartBuildBatch")),
    _pass("codebuild.amazonaws.com", "codebuild:UpdateProject",
          one_of=("codebuild:StartBuild", "codebuild:StartBuildBatch")),
    _pass("codepipeline.amazonaws.com", "codepipeline:CreatePipeline"),
    _pass("states.amazonaws.com", "states:CreateStateMachine", "states:StartExecution"),
    _pass("ssm.amazonaws.com", "ssm:StartAutomationExecution"),
    _pass("apprunner.amazonaws.com", "apprunner:CreateService"),
    _pass("batch.amazonaws.com", "batch:RegisterJobDefinition", "batch:SubmitJob"),
    _pass("elasticmapreduce.amazonaws.com", "elasticmapreduce:RunJobFlow"),
    _pass("amplify.amazonaws.com", "amplify:CreateApp"),
    _pass("bedrock-agentcore.amazonaws.com", "bedrock-agentcore:CreateCodeInterpreter",
          "bedrock-agentcore:InvokeCodeInterpreter"),
    # using a role that something already has
    _alone("lambda:UpdateFunctionCode", Reach.WIDE),
    _alone("ssm:SendCommand", Reach.WIDE),
    _alone("ssm:StartSession", Reach.WIDE),
    _alone("glue:UpdateDevEndpoint", Reach.WIDE),
    _alone("sagemaker:CreatePresignedNotebookInstanceUrl", Reach.WIDE),
    Path((Need("ec2:ModifyInstanceAttribute", Reach.WIDE), Need("ec2:StopInstances"), Need("ec2:StartInstances"))),
    Path((Need("cloudformation:CreateChangeSet", Reach.WIDE), Need("cloudformation:ExecuteChangeSet"))),
)  # fmt: skip

_ADMIN_POLICY = "arn:aws:iam::aws:policy/AdministratorAccess"


def policy_allows_privilege_escalation(policy: SqlValue) -> int:
    """1 when the policy lets its holder get more rights than it gives."""
    return int(bool(_open_paths(read_policy(policy))))


def policy_escalation_paths(policy: SqlValue) -> str:
    """JSON list of the ways, each "iam:PassRole + ec2:RunInstances", sorted."""
    return dump_list(sorted(_open_paths(read_policy(policy))))


def _open_paths(document: Document) -> set[str]:
    held = _held(document)
    found: set[str] = set()
    for path, all_of, one_of in _PATHS:
        if held & all_of != all_of:
            continue
        joined = [need for need, bit in one_of if held & bit]
        if path.one_of and not joined:
            continue
        found.add(" + ".join(need.action for need in (*path.needs, *joined[:1])))
    return found


def _held(document: Document) -> int:
    """The needs that some Allow meets and no Deny takes away from it, as bits."""
    denies = outright_denies(document)
    held = 0
    for allow in document.allows:
        met = _met(allow) & ~held
        while met and denies:
            bit = met & -met
            met ^= bit
            if not denies_call(denies, allow, _NEEDS[bit.bit_length() - 1].action.lower()):
                held |= bit
        held |= met
    return held


def _met(allow: Statement) -> int:
    """The needs that an Allow meets by itself; remembered, because the same policy hangs on many principals."""
    if (met := allow.known.get("needs")) is None:
        met = 0
        services = _BY_SERVICE.keys()
        named = allow.patterns.services
        for service in services if named is None or allow.not_actions else services & named:
            for need, action, bit in _BY_SERVICE[service]:
                if allows_call(allow, action) and _counts(allow, need):
                    met |= bit
        allow.known["needs"] = met
    return met


_NEEDS = tuple(dict.fromkeys(need for path in PATHS for need in (*path.needs, *path.one_of)))
_BITS = {need: 1 << number for number, need in enumerate(_NEEDS)}
_PATHS = tuple(
    (path, sum({_BITS[need] for need in path.needs}), tuple((need, _BITS[need]) for need in path.one_of))
    for path in PATHS
)
_BY_SERVICE: dict[str, list[tuple[Need, str, int]]] = {}
for _need, _bit in _BITS.items():
    _BY_SERVICE.setdefault(_need.action.lower().partition(":")[0], []).append((_need, _need.action.lower(), _bit))


def _counts(statement: Statement, need: Need) -> bool:
    if any(_confines(condition, need) for condition in statement.conditions):
        return False
    if need.reach is Reach.ANY or statement.resources is None or statement.not_resources:
        return True
    if need.reach is Reach.OTHERS:
        return any("${aws:username}" not in resource.lower() for resource in statement.resources)
    if need.reach is Reach.ALL:
        return any(subsumes(_name(resource), "role/*") for resource in statement.resources)
    return any(is_wild(_name(resource)) for resource in statement.resources)


def _confines(condition: Condition, need: Need) -> bool:
    """Whether a condition takes the danger out of the call: a fixed boundary, policy or receiving service."""
    if condition.if_exists or condition.quantifier == "forallvalues":
        return False
    if condition.operator not in ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"):
        return False
    values, action = condition.values, need.action.lower()
    if condition.key == "iam:passedtoservice" and need.passed_to:
        return not any(matches(value.lower(), need.passed_to) for value in values)
    if condition.key == "iam:policyarn" and action.startswith("iam:attach"):
        return not any(matches(value, _ADMIN_POLICY) for value in values)
    if condition.key == "iam:permissionsboundary" and action.startswith("iam:"):
        return "*" not in values
    return False


def _name(resource: str) -> str:
    """The part of an ARN that names the resource; stars for region and account do not make a grant wide."""
    parts = resource.split(":", 5)
    return parts[5] if len(parts) == 6 else resource
