"""The least-privilege IAM policy for the enabled rules: exactly the calls a scan makes.

Of the workspace, when there is one with rules loaded; else of the shipped rules.
"""

from __future__ import annotations

import argparse
import json

from backend.cli.face import of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command."""
    parser.add_argument("provider", choices=("aws",))
    parser.add_argument("--terraform", action="store_true", help="as a Terraform resource")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    from backend.inventory.aws import permissions as aws

    actions = aws.permissions(_operations(arguments))
    print(aws.terraform_for(actions) if arguments.terraform else json.dumps(aws.policy_for(actions), indent=2))
    return 0


def _operations(arguments: argparse.Namespace) -> list[str]:
    from backend.posture.load import load
    from backend.posture.permissions import operations_enabled, operations_of
    from backend.product import rules_root

    face = of(arguments)
    if face.chosen is not None or face.workspace.exists():
        with face.reading() as conn:
            if conn.execute("SELECT 1 FROM rule WHERE enabled = 1 LIMIT 1").fetchone():
                return operations_enabled(conn)
    rules, _ = load([rules_root() / "posture"])
    return operations_of(rules)
