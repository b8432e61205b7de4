"""Documents nobody here wrote: the policies AWS itself publishes, as the emulator carries them."""

from __future__ import annotations

import json

import botocore.session
import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data

from backend.posture.functions.escalation import PATHS
from backend.posture.functions.registry import FUNCTIONS
from backend.posture.functions.sql_function import evaluate

SECOND = {"action": "iam:PassRole", "service": "iam", "resource": "b", "own_account": "123456789012"}
QUESTIONS = [function for function in FUNCTIONS.values() if function.parameters.startswith("policy")]


@pytest.fixture(scope="module")
def documents() -> dict[str, str]:
    return {name: json.dumps(policy["Document"]) for name, policy in json.loads(aws_managed_policies_data).items()}


@pytest.mark.parametrize("function", QUESTIONS, ids=lambda function: function.name)
def test_every_one_can_be_judged(documents: dict[str, str], function: object) -> None:
    words = [SECOND.get(word.strip(), "") for word in function.parameters.split(",")[1:]]  # type: ignore[attr-defined]
    causes = {evaluate(function, (text, *words), 0)[1] for text in documents.values()}  # type: ignore[arg-type]
    assert causes == {""}


def _where(documents: dict[str, str], name: str, *more: str) -> set[str]:
    return {key for key, text in documents.items() if evaluate(FUNCTIONS[name], (text, *more), 0)[0] == 1}


def test_the_administrators_are_found(documents: dict[str, str]) -> None:
    assert _where(documents, "policy_grants_admin") == {"AdministratorAccess"}
    assert _where(documents, "policy_grants_service_admin", "iam") == {"AdministratorAccess", "IAMFullAccess"}
    assert "AWSCloudShellFullAccess" in _where(documents, "policy_grants_service_admin", "cloudshell")


def test_an_identity_policy_is_never_public(documents: dict[str, str]) -> None:
    assert _where(documents, "policy_allows_public") == set()


def test_escalation_is_found_where_it_is_known_and_not_in_reading(documents: dict[str, str]) -> None:
    found = _where(documents, "policy_allows_privilege_escalation")
    assert {"AdministratorAccess", "IAMFullAccess", "AWSGlueConsoleFullAccess"} <= found
    assert not {"ReadOnlyAccess", "SecurityAudit", "ViewOnlyAccess", "IAMUserChangePassword"} & found


MODELS = {
    "states": ("stepfunctions",),
    "elasticmapreduce": ("emr",),
    "bedrock-agentcore": ("bedrock-agentcore", "bedrock-agentcore-control"),
}
NO_CALLS = {"iam:PassRole", "lambda:InvokeFunction"}  # permissions whose name is not that of a call


def test_every_action_of_the_escalation_table_exists() -> None:
    """A misspelt action would silently never match."""
    session = botocore.session.get_session()
    operations: dict[str, set[str]] = {}
    for need in {need for path in PATHS for need in (*path.needs, *path.one_of)}:
        service, _, operation = need.action.partition(":")
        if service not in operations:
            models = [session.get_service_model(model) for model in MODELS.get(service, (service,))]
            operations[service] = {name for model in models for name in model.operation_names}
        assert need.action in NO_CALLS or operation in operations[service], need.action
