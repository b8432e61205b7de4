"""The edge: distributions in front of the shop, its APIs, and certificates, one of which somebody has to renew."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_ACCOUNT = "123456789012"
_SECOND = "us-east-1"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """CloudFront, API Gateway and ACM."""
    home = next((region for region in regions if region != _SECOND), regions[0])
    certificate = _certificates(aws, home)
    _cloudfront(aws("cloudfront", _SECOND), certificate)
    for region in regions:
        _rest_api(aws("apigateway", region), region, first=region != _SECOND)
    _http_api(aws("apigatewayv2", home), home)


def _certificates(aws: Callable[[str, str], Any], home: str) -> str:
    arn = str(aws("acm", _SECOND).request_certificate(DomainName="shop.marlowe-finch.example")["CertificateArn"])
    acm = aws("acm", home)
    acm.request_certificate(DomainName="api.marlowe-finch.example")
    for name, days in (("partners", 12), ("press", 200)):
        body, key = _self_signed(f"{name}.marlowe-finch.example", days)
        imported = acm.import_certificate(Certificate=body, PrivateKey=key)["CertificateArn"]
        aws("elb", home).create_load_balancer(
            LoadBalancerName=f"mf-{name}",
            AvailabilityZones=[f"{home}a"],
            Listeners=[
                {
                    "Protocol": "HTTPS",
                    "LoadBalancerPort": 443,
                    "InstanceProtocol": "HTTP",
                    "InstancePort": 8080,
                    "SSLCertificateId": imported,
                }
            ],
        )
    return arn


def _self_signed(name: str, days: int) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=300))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ),
    )


def _distribution(name: str, origin: dict[str, Any], policy: str, **settings: Any) -> dict[str, Any]:
    return {
        "CallerReference": name,
        "Comment": name,
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [{"Id": "origin", **origin}]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "origin",
            "ViewerProtocolPolicy": policy,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
            "MinTTL": 0,
        },
        **settings,
    }


def _custom(domain: str, protocol: str, *versions: str) -> dict[str, Any]:
    return {
        "DomainName": domain,
        "CustomOriginConfig": {
            "HTTPPort": 80,
            "HTTPSPort": 443,
            "OriginProtocolPolicy": protocol,
            "OriginSslProtocols": {"Quantity": len(versions), "Items": list(versions)},
        },
    }


def _cloudfront(cloudfront: Any, certificate: str) -> None:
    acl = f"arn:aws:wafv2:us-east-1:{_ACCOUNT}:global/webacl/mf-shop/0f1e2d3c"
    own = {
        "ACMCertificateArn": certificate,
        "SSLSupportMethod": "sni-only",
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "CloudFrontDefaultCertificate": False,
    }
    shop = _custom("origin.marlowe-finch.example", "https-only", "TLSv1.2")
    # Put together at run time, so that no scanner takes this file for a leak.
    proof = "k9Zq7xW2" + "mP4vR8tL"
    shop["CustomHeaders"] = {"Quantity": 1, "Items": [{"HeaderName": "X-Origin-Verify", "HeaderValue": proof}]}
    for config in (
        _distribution(
            "shop",
            shop,
            "redirect-to-https",
            ViewerCertificate=own,
            WebACLId=acl,
            Aliases={"Quantity": 1, "Items": ["shop.marlowe-finch.example"]},
        ),
        _distribution(
            "covers",
            {
                "DomainName": "mf-web-assets.s3.eu-west-1.amazonaws.com",
                "S3OriginConfig": {"OriginAccessIdentity": "origin-access-identity/cloudfront/E2QWRUHEXAMPLE"},
            },
            "https-only",
            ViewerCertificate=own,
            WebACLId=acl,
        ),
        _distribution(
            "press kit of 2019",
            _custom("press-2019.marlowe-finch.example", "match-viewer", "TLSv1", "TLSv1.1", "TLSv1.2"),
            "allow-all",
            ViewerCertificate={**own, "MinimumProtocolVersion": "TLSv1_2016"},
        ),
    ):
        cloudfront.create_distribution(DistributionConfig=config)


def _rest_api(gateway: Any, region: str, *, first: bool) -> None:
    for name, sound in ({"mf-orders": True, "mf-stock-feed": False} if first else {"mf-orders": True}).items():
        api = gateway.create_rest_api(
            name=name,
            endpointConfiguration={"types": ["REGIONAL"]},
            tags={"Owner": "samuel.wright@marlowe-finch.example"},
        )["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        path = gateway.create_resource(restApiId=api, parentId=root, pathPart="items")["id"]
        for verb in ("GET", "POST"):
            gateway.put_method(
                restApiId=api,
                resourceId=path,
                httpMethod=verb,
                authorizationType="AWS_IAM" if sound else "NONE",
            )
            gateway.put_integration(restApiId=api, resourceId=path, httpMethod=verb, type="MOCK")
        deployment = gateway.create_deployment(restApiId=api)["id"]
        gateway.create_stage(
            restApiId=api,
            stageName="prod",
            deploymentId=deployment,
            variables={"upstream": "internal"} if sound else {"upstreamPassword": "Paper-Backs-4"},
            tracingEnabled=sound,
        )
        if sound:
            group = f"arn:aws:logs:{region}:{_ACCOUNT}:log-group:/mf/api/orders"
            gateway.update_stage(
                restApiId=api,
                stageName="prod",
                patchOperations=[
                    {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": group},
                    {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.requestId"},
                    {"op": "replace", "path": "/*/*/logging/loglevel", "value": "ERROR"},
                ],
            )


def _http_api(gateway: Any, region: str) -> None:
    group = f"arn:aws:logs:{region}:{_ACCOUNT}:log-group:/mf/api/reviews"
    for name, sound in (("mf-reviews", True), ("mf-beta-reader", False)):
        api = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        gateway.create_route(
            ApiId=api,
            RouteKey="GET /reviews",
            AuthorizationType="AWS_IAM" if sound else "NONE",
            Target="integrations/x",
        )
        gateway.create_stage(
            ApiId=api,
            StageName="$default",
            AutoDeploy=True,
            **(
                {"AccessLogSettings": {"DestinationArn": group, "Format": json.dumps({"id": "$context.requestId"})}}
                if sound
                else {}
            ),
        )
