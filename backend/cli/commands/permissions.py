"""The least-privilege IAM policy for the enabled rules: exactly the calls a scan makes.

Of the workspace, when there is one with rules loaded; else of the shipped rules.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

from backend.cli.face import of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("provider", choices=("aws",))
    parser.add_argument("--terraform", action="store_true", help="as a Terraform resource")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    policy = _policy(arguments)
    text = json.dumps(policy, indent=2)
    if arguments.terraform:
        indented = text.replace("\n", "\n  ").replace("${", "$${").replace("%{", "%%{")
        text = (
            'resource "aws_iam_policy" "vedette" {\n  name        = "vedette-scan"\n'
            '  description = "What Vedette reads for the enabled rules"\n'
            f"  policy      = <<-POLICY\n  {indented}\n  POLICY\n}}"
        )
    print(text)
    return 0


def _policy(arguments: argparse.Namespace) -> dict[str, Any]:
    from backend.inventory.aws import permissions as aws
    from backend.posture.load import load
    from backend.posture.permissions import operations_enabled, policy
    from backend.product import rules_root

    face = of(arguments)
    if face.chosen is not None or face.workspace.exists():
        with face.reading() as conn:
            if conn.execute("SELECT 1 FROM rule WHERE enabled = 1 LIMIT 1").fetchone():
                return aws.policy(operations_enabled(conn))
    rules, _ = load([rules_root() / "posture"])
    return policy(rules)
