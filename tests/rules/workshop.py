"""Runs remediation commands against the lab, round by round, and judges each by the next scan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tests.rules.account_lab import AccountLab
from tests.rules.aws_cli import AwsCli
from tests.rules.commands import commands
from tests.rules.decisions import REPEATED, NothingLeft, word, write

ASKED = re.compile(r"<([^<>]+)>")
FILE = re.compile(r"fileb?://(.+)")
# The account and its regions stand for many things at once; several of them may be mended in one round.
SHARED = re.compile(r"arn:aws[^:]*:(iam|ec2)::?[^:]*:?\d{12}:(root|region/.*)")
# Which failing resource to take, by its ARN and reason, where another would need more than its command.
PREFERRED = {
    "aws-iam-user-rights-through-groups": "svc-newsletter",  # has one policy, written into it
    "aws-iam-role-no-administrator": "mf-config",  # allowed everything by a policy written into it
    "aws-iam-role-workload-no-administrator": "mf-prod-stock",
    "aws-ec2-snapshot-encrypted": "100 GiB",  # not the disk of an image
}
# Findings that another command mends by the way are mended before it (0), sweeping commands come last (2).
TURN = {
    "aws-ec2-instance-ssh-unreachable": 0,
    "aws-ec2-instance-rdp-unreachable": 0,
    "aws-ec2-instance-services-unreachable": 0,
    "aws-rds-instance-not-open-to-internet": 0,
    "aws-s3-bucket-acl-no-public-write": 0,
    "aws-s3-bucket-policy-no-public-write": 0,
    "aws-iam-aws-policy-no-administrator": 2,
    "aws-iam-policy-no-administrator": 2,
    "aws-s3-account-public-access-block": 2,
}

Statuses = dict[tuple[str, str], str]


@dataclass
class Mending:
    """What came of all the commands."""

    mended: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)  # rule -> what is the matter with its command
    never_failed: set[str] = field(default_factory=set)
    rounds: int = 0


class Workshop:
    """In one round no resource is mended twice, so that blame falls on one command."""

    def __init__(self, lab: AccountLab, cli: AwsCli) -> None:
        self._lab, self._cli = lab, cli
        self.result = Mending()

    def run(self, rules: Iterable[str]) -> Mending:
        """Run the command of one failing finding of each rule."""
        self._lab.look()
        waiting = set(rules)
        while waiting:
            before = self._lab.statuses()
            turns = [{rule for rule in waiting if TURN.get(rule, 1) == turn} for turn in range(3)]
            chosen = next(filter(None, (self._choose(rules, before) for rules in turns)), [])
            if not chosen:
                break
            waiting -= self._round(chosen, waiting, before)
            self.result.rounds += 1
        self.result.never_failed |= waiting
        return self.result

    def _round(self, chosen: list[tuple[str, str]], waiting: set[str], before: Statuses) -> set[str]:
        """Mend what was chosen; the rules that are done with."""
        uids = {uid for _, uid in chosen}
        failing = [key for key, now in before.items() if now == "fail" and key[0] in waiting and key[1] in uids]
        texts = {key: self._lab.remedy(*key)[0] for key in failing}
        said: dict[str, str] = {}  # command -> what went wrong; one for the same thing is not run twice
        for key in chosen:
            if texts[key] not in said:
                said[texts[key]] = self._mend(*key)
        self._lab.look()
        after = self._lab.statuses()
        done = set()
        for key, text in texts.items():
            if text in said and (key in chosen or after[key] != "fail"):
                done.add(key[0])
                self._judge(key, said[text], before, after)
        return done

    def _choose(self, rules: set[str], before: Statuses) -> list[tuple[str, str]]:
        failing: dict[str, list[str]] = {rule: [] for rule in rules}
        for (rule, uid), now in before.items():
            if now == "fail" and rule in rules:
                failing[rule].append(uid)
        taken: set[str] = set()
        chosen = []
        for rule in sorted(rules, key=lambda rule: (len(failing[rule]), rule)):  # those with little choice first
            free = [uid for uid in failing[rule] if uid not in taken]
            if free:
                wish = PREFERRED.get(rule, "")
                uid = min(free, key=lambda uid: (wish not in f"{uid} {self._lab.reason(rule, uid)}", uid))
                chosen.append((rule, uid))
                if not SHARED.fullmatch(uid):
                    taken.add(uid)
        return chosen

    def _mend(self, rule: str, uid: str) -> str:
        """'' when every command of the remedy went through, else what the CLI or AWS said."""
        text, missing, values = self._lab.remedy(rule, uid)
        if missing:
            return f"without a value: {', '.join(missing)}"
        for _ in range(9 if rule in REPEATED else 1):
            for words in commands(text):
                try:
                    decided = self._decide(rule, words, values)
                except NothingLeft:
                    return ""
                except LookupError as nobody:
                    return f"nobody has decided {nobody}"
                if decided is None or words[2] == "wait":
                    continue
                outcome = self._cli.run(decided)
                if outcome.code:
                    return f"{' '.join(words[1:3])}: {' '.join(outcome.err.split())[-300:]}"
        return ""

    def _decide(self, rule: str, words: list[str], values: dict[str, Any]) -> list[str] | None:
        done = []
        for one in words:
            if found := FILE.fullmatch(one):
                write(rule, found[1], self._cli.folder, self._lab.aws, values)
                done.append(one)
                continue
            known = {asked: word(rule, asked, self._lab.aws, values) for asked in ASKED.findall(one)}
            if None in known.values():
                return None
            for asked, answer in known.items():
                one = one.replace(f"<{asked}>", str(answer))
            done.append(one)
        return done

    def _judge(self, key: tuple[str, str], said: str, before: Statuses, after: Statuses) -> None:
        rule, uid = key
        broken = sorted(
            one for (one, of), now in after.items() if of == uid and now == "fail" and before.get((one, of)) == "pass"
        )
        if said:
            self.result.wrong[rule] = said
        elif after[key] not in ("pass", "gone"):
            self.result.wrong[rule] = f"still {after[key]}: {self._lab.reason(rule, uid)}"
        elif broken:
            self.result.wrong[rule] = f"now fails {', '.join(broken)}"
        else:
            self.result.mended.add(rule)
