"""Every remediation command is one that the AWS CLI takes: its names, its options, its parameters' shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.posture.check import compile_rules
from backend.posture.compile import Compiled
from backend.posture.load import load
from backend.posture.mutate import verdict
from backend.product import rules_root
from backend.reads.findings.remediation import command
from tests.rules.aws_cli import READY_TO_SEND, AwsCli
from tests.rules.commands import commands

COMPILED, _ = compile_rules(load([rules_root() / "posture"])[0])
# What the console knows of every finding; the failing example of the rule gives the rest.
KNOWN = {"uid": "arn:aws:test:us-east-1:123456789012:resource/example", "account": "123456789012"}
KNOWN |= {"region": "us-east-1", "name": "example"}
KNOWN |= {"principal_kind": "user", "length": 14, "lifetime": 90, "method": "pending-reboot"}
PERSON = re.compile(r"<([^<>]+)>")  # `<x>` in a command: what only the person who runs it can say
SAYS = {"two letters": "CH", "method": "GET", "instance-port": "8443"}
WRITES = {
    "task-definition.json": {"family": "x", "containerDefinitions": [{"name": "x", "image": "x"}]},
    "distribution-config.json": {
        "CallerReference": "x", "Comment": "", "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "x", "DomainName": "x"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "x", "ViewerProtocolPolicy": "https-only"},
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsCli]:
    with AwsCli(tmp_path_factory.mktemp("cli"), send=False) as running:
        yield running


def example(one: Compiled) -> dict[str, Any]:
    """Columns and facts of the rule's first failing example."""
    test = next(test for test in one.rule.tests if test.expect == "fail")
    found = verdict(one, test)
    assert found is not None
    return {**KNOWN, **test.row, **{name: value for name, value in found.evidence.items() if value is not None}}


def decided(words: list[str], folder: Path) -> list[str]:
    """The command with the person's part in it: words for `<x>`, the files it names."""
    words = [PERSON.sub(lambda asked: SAYS.get(asked[1], asked[1].ljust(24, "x")), word) for word in words]
    for word in words:
        if found := re.match(r"fileb?://(.+)", word):
            (folder / found[1]).write_text(json.dumps(WRITES.get(found[1], {})).ljust(1000))
    return words


def test_the_cli_takes_every_command(cli: AwsCli):
    refused = []
    tried = 0
    for one in COMPILED:
        text, _ = command(one.rule.remediation.cli, example(one))
        for words in commands(text):
            outcome = cli.run(decided(words, cli.folder))
            tried += 1
            if READY_TO_SEND not in outcome.err:
                refused.append(f"{one.rule.id}: {words[1:3]}: {outcome.err[-300:]}")
    assert tried >= len(COMPILED)
    assert not refused, "\n".join(refused)
