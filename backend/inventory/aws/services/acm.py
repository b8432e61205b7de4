"""ACM: certificates, when they expire and whether anything uses them. One listing says it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.table import ResourceTable, document, flag, moment, text

_LIST = "acm.ListCertificates"
_TAGS = "acm.ListTagsForCertificate"

# Without this filter ListCertificates shows RSA certificates of 1024 and 2048 bits only.
_KEY_TYPES = ("RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1")

CERTIFICATE = ResourceTable(
    name="aws_acm_certificate",
    title="ACM certificate",
    service="acm",
    listing=_LIST,
    columns=(
        text("domain_name", "Name it is for.", _LIST),
        document("alternative_names", "Further names (ACM lists at most a hundred).", _LIST, []),
        text("status", "ISSUED, EXPIRED, PENDING_VALIDATION …", _LIST),
        text("type", "AMAZON_ISSUED, IMPORTED or PRIVATE.", _LIST),
        text("key_algorithm", "RSA_2048, EC_prime256v1 …", _LIST),
        flag("in_use", "A load balancer, distribution or the like uses it.", _LIST),
        text("renewal", "ELIGIBLE when ACM renews it by itself, else INELIGIBLE.", _LIST, "INELIGIBLE"),
        moment("valid_from", "First moment it is valid.", _LIST),
        moment("valid_until", "Last moment it is valid.", _LIST),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)


def _certificates(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("CertificateSummaryList", []):
        arn = item.get("CertificateArn")
        if not arn:
            continue
        begins, ends = item.get("NotBefore"), item.get("NotAfter")
        row = Row(CERTIFICATE, arn, scope.account, scope.region, item.get("DomainName") or arn.rsplit("/", 1)[-1])
        row.fill(
            _LIST,
            {
                "domain_name": item.get("DomainName"),
                "alternative_names": item.get("SubjectAlternativeNameSummaries"),
                "status": item.get("Status"),
                "type": item.get("Type"),
                "key_algorithm": _algorithm(item),
                "in_use": item.get("InUse"),
                "renewal": item.get("RenewalEligibility"),
                "valid_from": begins.timestamp() if begins else None,
                "valid_until": ends.timestamp() if ends else None,
            },
            item,
        )
        yield row


def _algorithm(item: Mapping[str, Any]) -> str | None:
    """DescribeCertificate writes RSA-2048 where the listing writes RSA_2048."""
    found = item.get("KeyAlgorithm")
    return str(found).replace("-", "_") if found else None


SERVICE = Service(
    name="acm",
    title="Certificate Manager",
    tables=(CERTIFICATE,),
    listings=(Listing(_LIST, (CERTIFICATE,), _certificates, arguments={"Includes": {"keyTypes": list(_KEY_TYPES)}}),),
    details=(
        Detail(
            _TAGS,
            CERTIFICATE,
            lambda row: {"CertificateArn": row.uid},
            lambda answer, row: {"tags": tags_of(answer.get("Tags"))},
        ),
    ),
)
