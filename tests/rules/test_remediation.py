"""Every remediation command that the emulator understands is run by the AWS CLI, and the next scan finds the mend.

The demo company's account, neglected a little more, is scanned; for each rule the command of one failing finding is
rendered as the console renders it and run. The rescan must pass the finding and turn no other one of that resource to
fail. The tables say which rules cannot be shown so, and why; they may only shrink.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.demo import company
from backend.demo.emulator import Emulator, client_maker
from backend.posture.load import load
from backend.product import rules_root
from tests.rules.account_lab import AccountLab
from tests.rules.aws_cli import AwsCli
from tests.rules.neglect import neglect
from tests.rules.workshop import Mending, Workshop

RULES = sorted(rule.id for rule in load([rules_root() / "posture"])[0])

_NO_CALL = "the emulator has no"
_REPLACED = (
    "AWS cannot encrypt it where it is: the command makes an encrypted copy, and the old one stays until deleted"
)

# The command was run and the finding still fails, or it could not be run.
NOT_MENDED = {
    "aws-account-root-mfa": "only the root user can, in the console: the command shows whether it is done",
    "aws-account-root-hardware-mfa": "only the root user can, in the console: the command shows whether it is done",
    "aws-apigateway-rest-api-authorization": f"{_NO_CALL} apigateway.UpdateMethod",
    "aws-apigatewayv2-stage-logs": f"{_NO_CALL} apigatewayv2.UpdateStage",
    "aws-apigatewayv2-stage-no-secrets-in-variables": f"{_NO_CALL} apigatewayv2.UpdateStage",
    "aws-cloudtrail-log-group": "the emulator never delivers, so no delivery is recent",
    "aws-dynamodb-table-kms-key": "the emulator gives a table no AWS managed key",
    "aws-ec2-instance-public-ip": "the emulator keeps the address",
    "aws-ec2-volume-encrypted": _REPLACED,
    "aws-ecs-cluster-container-insights": f"{_NO_CALL} ecs.UpdateClusterSettings",
    "aws-efs-file-system-backups": f"{_NO_CALL} efs.PutBackupPolicy",
    "aws-efs-file-system-encrypted": _REPLACED,
    "aws-eks-cluster-secrets-encrypted": f"{_NO_CALL} eks.AssociateEncryptionConfig",
    "aws-eks-cluster-version-supported": f"{_NO_CALL} eks.UpdateClusterVersion",
    "aws-iam-user-no-privilege-escalation": f"{_NO_CALL} iam.PutUserPermissionsBoundary",
    "aws-kms-key-not-pending-deletion": "the emulator's kms.CancelKeyDeletion takes no ARN (AWS does)",
    "aws-log-group-encrypted": f"{_NO_CALL} logs.AssociateKmsKey",
    "aws-rds-cluster-log-exports": "the emulator's rds.ModifyDBCluster overlooks CloudwatchLogsExportConfiguration",
    "aws-rds-cluster-snapshot-encrypted": _REPLACED,
    "aws-rds-cluster-storage-encrypted": _REPLACED,
    "aws-rds-instance-storage-encrypted": _REPLACED,
    "aws-rds-snapshot-encrypted": _REPLACED,
    "aws-redshift-cluster-tls-required": f"{_NO_CALL} redshift.ModifyClusterParameterGroup",
    "aws-s3-bucket-mfa-delete": "the emulator does not keep MFA delete",
}
# The emulator cannot be brought to show a failing resource.
NEVER_FAILS = {
    "aws-accessanalyzer-enabled": f"{_NO_CALL} Access Analyzer",
    "aws-accessanalyzer-no-findings": f"{_NO_CALL} Access Analyzer",
    "aws-accessanalyzer-nothing-public": f"{_NO_CALL} Access Analyzer",
    "aws-account-contact": f"{_NO_CALL} account.GetContactInformation",
    "aws-account-root-no-access-keys": "the emulator's root user has no keys",
    "aws-account-root-not-used": "the emulator's credential report knows no use of the root user",
    "aws-cloudfront-distribution-bucket-access-control": "the emulator leaves an empty S3OriginConfig out",
    "aws-cloudtrail-multi-region": "without the account's one trail of all regions, its alarms would watch nothing",
    "aws-ec2-image-block-public-access": f"{_NO_CALL} ec2.GetImageBlockPublicAccessState",
    "aws-ec2-region-imdsv2-default": f"{_NO_CALL} ec2.GetInstanceMetadataDefaults",
    "aws-ec2-snapshot-block-public-access": f"{_NO_CALL} ec2.GetSnapshotBlockPublicAccessState",
    "aws-guardduty-no-severe-findings": f"{_NO_CALL} guardduty.ListFindings",
    "aws-iam-role-unused": "nothing in the emulator is old",
    "aws-iam-user-access-key-rotated": "nothing in the emulator is old",
    "aws-iam-user-access-key-unused": "nothing in the emulator is old",
    "aws-iam-user-password-unused": "nothing in the emulator is old",
    "aws-lambda-function-url-authenticated": f"{_NO_CALL} lambda.ListFunctionUrlConfigs",
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def mending(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mending]:
    folder = tmp_path_factory.mktemp("mending")
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        company.seed(aws)
        neglect(aws)
        lab = AccountLab(folder, aws)
        with AwsCli(folder, emulator.url) as cli:
            yield Workshop(lab, cli).run(RULES)


def test_every_command_that_the_emulator_understands_mends_its_finding(mending: Mending):
    unknown = {rule: said for rule, said in mending.wrong.items() if rule not in NOT_MENDED}
    assert not unknown, "\n".join(f"{rule}: {said}" for rule, said in sorted(unknown.items()))


def test_every_rule_has_something_to_mend(mending: Mending):
    """Add it to the demo or to `neglect`; a rule that is here untried is a command nobody has run."""
    assert mending.never_failed - set(NEVER_FAILS) == set()


def test_the_tables_hold_nothing_that_works(mending: Mending):
    assert mending.mended & {*NOT_MENDED, *NEVER_FAILS} == set()
    assert {*NOT_MENDED, *NEVER_FAILS} - set(RULES) == set()


def test_all_but_a_few_commands_were_shown_to_work(mending: Mending):
    assert len(mending.mended) >= 0.8 * len(RULES)
