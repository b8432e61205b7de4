"""CloudFront: distributions, how viewers and origins are spoken to. Values of origin headers are never kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import GLOBAL, Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.mask import MASK
from backend.inventory.table import ResourceTable, document, flag, text

_LIST = "cloudfront.ListDistributions"
_TAGS = "cloudfront.ListTagsForResource"

DISTRIBUTION = ResourceTable(
    name="aws_cloudfront_distribution",
    title="CloudFront distribution",
    service="cloudfront",
    listing=_LIST,
    scope=GLOBAL,
    columns=(
        text("distribution_id", "Id of the distribution.", _LIST),
        text("domain_name", "Its name under cloudfront.net.", _LIST),
        document("aliases", "Names of one's own it answers to.", _LIST, []),
        flag("enabled", "It answers requests.", _LIST),
        text("comment", "What its owner calls it.", _LIST),
        document("viewer_protocols", "Viewer protocol policy of each cache behaviour.", _LIST, []),
        document("plain_http_paths", "Path patterns that answer over HTTP as well.", _LIST, []),
        flag("default_certificate", "It uses CloudFront's certificate, and so TLS 1.0 and later.", _LIST),
        text("minimum_protocol", "Oldest TLS version for viewers: TLSv1.2_2021 …", _LIST, "TLSv1"),
        text("web_acl", "WAF web ACL; empty: none.", _LIST),
        document("origins", "List of {id, domain, kind, protocol, tls, access}.", _LIST, []),
        document("plain_http_origins", "Origins that may be asked over HTTP.", _LIST, []),
        document("weak_tls_origins", "Origins asked with SSL 3, TLS 1.0 or TLS 1.1.", _LIST, []),
        document("open_bucket_origins", "S3 origins without an access control or identity.", _LIST, []),
        text("geo_restriction", "blacklist, whitelist or none.", _LIST, "none"),
        document("tags", "Tags as an object.", _TAGS, {}),
    ),
)

_WEAK = {"SSLv3", "TLSv1", "TLSv1.1"}


def _distributions(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("DistributionList", {}).get("Items", []):
        key = item.get("Id")
        if not key:
            continue
        uid = item.get("ARN") or scope.arn("cloudfront", f"distribution/{key}", region="")
        aliases = item.get("Aliases", {}).get("Items", [])
        row = Row(DISTRIBUTION, uid, scope.account, GLOBAL, aliases[0] if aliases else key)
        row.fill(
            _LIST, {"distribution_id": key, "aliases": aliases, **_distribution(item)}, _without_header_values(item)
        )
        yield row


def _distribution(item: Mapping[str, Any]) -> Mapping[str, Any]:
    behaviours = [("*", item.get("DefaultCacheBehavior", {}))]
    behaviours += [(one.get("PathPattern", ""), one) for one in item.get("CacheBehaviors", {}).get("Items", [])]
    protocols = [(path, one.get("ViewerProtocolPolicy", "")) for path, one in behaviours]
    origins = item.get("Origins", {}).get("Items", [])
    certificate = item.get("ViewerCertificate", {})
    default = certificate.get("CloudFrontDefaultCertificate")
    return {
        "domain_name": item.get("DomainName"),
        "enabled": item.get("Enabled"),
        "comment": item.get("Comment"),
        "viewer_protocols": sorted({policy for _, policy in protocols if policy}),
        "plain_http_paths": [path for path, policy in protocols if policy == "allow-all"],
        "default_certificate": bool(default) if certificate else None,
        "minimum_protocol": certificate.get("MinimumProtocolVersion"),
        "web_acl": item.get("WebACLId"),
        "origins": [_origin(one) for one in origins],
        "plain_http_origins": _ids(one for one in origins if _custom(one).get("OriginProtocolPolicy") in _PLAIN),
        "weak_tls_origins": _ids(one for one in origins if _may_use_tls(one) and _WEAK & set(_tls(one))),
        "open_bucket_origins": _ids(one for one in origins if _kind(one) == "s3" and not _access(one)),
        "geo_restriction": item.get("Restrictions", {}).get("GeoRestriction", {}).get("RestrictionType"),
    }


_PLAIN = ("http-only", "match-viewer")


def _custom(origin: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = origin.get("CustomOriginConfig", {})
    return found


def _tls(origin: Mapping[str, Any]) -> list[str]:
    return list(_custom(origin).get("OriginSslProtocols", {}).get("Items", []))


def _may_use_tls(origin: Mapping[str, Any]) -> bool:
    return bool(_custom(origin)) and _custom(origin).get("OriginProtocolPolicy") != "http-only"


def _kind(origin: Mapping[str, Any]) -> str:
    """A bucket's website endpoint is a custom origin: it speaks HTTP only and knows no access control."""
    if origin.get("VpcOriginConfig"):
        return "vpc"
    return "custom" if _custom(origin) else "s3" if "S3OriginConfig" in origin else ""


def _access(origin: Mapping[str, Any]) -> str:
    identity = origin.get("S3OriginConfig", {}).get("OriginAccessIdentity", "")
    return str(origin.get("OriginAccessControlId") or identity)


def _origin(origin: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(origin.get("Id", "")),
        "domain": str(origin.get("DomainName", "")),
        "kind": _kind(origin),
        "protocol": _custom(origin).get("OriginProtocolPolicy", ""),
        "tls": _tls(origin),
        "access": _access(origin),
    }


def _ids(origins: Iterable[Mapping[str, Any]]) -> list[str]:
    return [str(one.get("Id", "")) for one in origins]


def _without_header_values(item: Mapping[str, Any]) -> dict[str, Any]:
    """Header values towards origins are shared secrets by their nature: they prove that CloudFront asks."""
    origins = []
    for origin in item.get("Origins", {}).get("Items", []):
        headers = origin.get("CustomHeaders", {})
        masked = [{**one, "HeaderValue": MASK} for one in headers.get("Items", [])]
        origins.append({**origin, "CustomHeaders": {**headers, "Items": masked}} if masked else origin)
    return {**item, "Origins": {**item.get("Origins", {}), "Items": origins}}


SERVICE = Service(
    name="cloudfront",
    title="CloudFront",
    tables=(DISTRIBUTION,),
    listings=(Listing(_LIST, (DISTRIBUTION,), _distributions, region=GLOBAL),),
    details=(
        Detail(
            _TAGS,
            DISTRIBUTION,
            lambda row: {"Resource": row.uid},
            lambda answer, row: {"tags": tags_of(answer.get("Tags", {}).get("Items"))},
        ),
    ),
)
