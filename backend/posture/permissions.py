"""The least-privilege policy for exactly the enabled rules: derived from what they read."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from backend.inventory import plan as plans
from backend.inventory.aws import permissions as aws
from backend.posture.check import compile_rules
from backend.posture.rule import Rule


def operations_of(rules: Iterable[Rule]) -> list[str]:
    """API operations that a scan for these rules calls, those that only bring the needed ones along included."""
    compiled, _ = compile_rules(list(rules))
    wanted: set[str] = set()
    for one in compiled:
        wanted |= one.operations()
    return plans.plan(wanted | ALWAYS).operations()


def operations_enabled(conn: sqlite3.Connection, provider: str = "aws") -> list[str]:
    """The same for the enabled rules of a workspace."""
    wanted: set[str] = set(ALWAYS)
    # Also those of a rule that failed on an earlier scan, since it is tried again; one that never compiles has none.
    query = "SELECT operations FROM rule WHERE enabled = 1 AND provider = ?"
    for (operations,) in conn.execute(query, (provider,)):
        wanted.update(json.loads(operations))
    return plans.plan(wanted).operations()


def policy(rules: Iterable[Rule]) -> dict[str, Any]:
    """IAM policy document for a scan with these rules."""
    return aws.policy(operations_of(rules))


ALWAYS = frozenset({"sts.GetCallerIdentity", "ec2.DescribeRegions", "iam.ListAccountAliases"})
"""Called by every scan: who we are, which regions there are, what the account is called."""
