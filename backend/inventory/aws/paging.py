"""Which page token goes where, for each operation: botocore's own table, and the few it lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jmespath
from botocore import xform_name

# Operations that page but for which botocore ships no paginator: (argument to put, member to take).
_EXTRA: dict[str, tuple[str, str]] = {
    "s3control.ListAccessPoints": ("NextToken", "NextToken"),
    "ssm.DescribeDocumentPermission": ("NextToken", "NextToken"),
}


@dataclass(frozen=True)
class Paging:
    """`tokens`: (argument to put, expression to take); `more`: expression that is false on the last page, or ''."""

    tokens: tuple[tuple[str, str], ...]
    more: str = ""

    def following(self, page: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments that ask for the next page; empty after the last one."""
        if self.more and not jmespath.search(self.more, page):
            return {}
        found = {put: jmespath.search(take, page) for put, take in self.tokens}
        return {put: value for put, value in found.items() if value}


SINGLE = Paging(())


def paging_of(client: Any, operation: str) -> Paging:
    """How an operation ('ec2.DescribeVolumes') pages; `SINGLE` when it answers in one piece."""
    if operation in _EXTRA:
        return Paging((_EXTRA[operation],))
    method = xform_name(operation.split(".")[1])
    if not client.can_paginate(method):
        return SINGLE
    config = client.get_paginator(method)._pagination_cfg  # no public accessor; tests cover each operation we use
    put, take = config["input_token"], config["output_token"]
    puts = put if isinstance(put, list) else [put]
    takes = take if isinstance(take, list) else [take]
    return Paging(tuple(zip(puts, takes, strict=True)), config.get("more_results", ""))
