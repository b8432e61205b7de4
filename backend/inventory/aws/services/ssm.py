"""Systems Manager: documents of the account, and who they are shared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, text

_LIST = "ssm.ListDocuments"
_PERMISSION = "ssm.DescribeDocumentPermission"

DOCUMENT = ResourceTable(
    name="aws_ssm_document",
    title="SSM document",
    service="ssm",
    listing=_LIST,
    columns=(
        text("type", "Command, Automation, Session …", _LIST),
        text("format", "JSON, YAML or TEXT.", _LIST),
        document("tags", "Tags as an object.", _LIST, {}),
        document("shared_with", "Account ids, or `all`.", _PERMISSION, []),
        flag("public", "Every AWS account may use it.", _PERMISSION, False),
    ),
)


def _documents(page: Answer, scope: Scope) -> Iterable[Row]:
    for one in page.get("DocumentIdentifiers", []):
        name = one.get("Name")
        if not name:
            continue
        row = Row(DOCUMENT, scope.arn("ssm", f"document/{name}"), scope.account, scope.region, name)
        row.fill(
            _LIST,
            {
                "type": one.get("DocumentType"),
                "format": one.get("DocumentFormat"),
                "tags": tags_of(one.get("Tags")),
            },
            one,
        )
        yield row


def _permission(answer: Answer, row: Row) -> Mapping[str, Any]:
    shared = answer.get("AccountIds")
    return (
        {} if shared is None else {"shared_with": list(shared), "public": "all" in (str(one).lower() for one in shared)}
    )


SERVICE = Service(
    name="ssm",
    title="Systems Manager",
    tables=(DOCUMENT,),
    listings=(Listing(_LIST, (DOCUMENT,), _documents, arguments={"Filters": [{"Key": "Owner", "Values": ["Self"]}]}),),
    details=(Detail(_PERMISSION, DOCUMENT, lambda row: {"Name": row.name, "PermissionType": "Share"}, _permission),),
)
