"""What else must be wrong in the demo's account so that nearly every rule has something to mend.

The demo shows an account that is mostly well kept; here it is neglected where it is not already.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.rules.account_lab import ACCOUNT, HOME

Aws = Callable[[str, str], Any]


def certificate(bits: int) -> tuple[bytes, bytes]:
    """(certificate, key) in PEM, self-signed, good for 300 days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "shop.marlowe-finch.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now)
    made = builder.not_valid_after(now + timedelta(days=300)).sign(key, hashes.SHA256())
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return made.public_bytes(pem), key.private_bytes(pem, form, serialization.NoEncryption())


def neglect(aws: Aws) -> None:
    """Let things slip, service by service."""
    _account(aws)
    _logging(aws)
    _edge(aws)
    _data(aws)


def _account(aws: Aws) -> None:
    iam = aws("iam", HOME)
    iam.update_account_password_policy(MinimumPasswordLength=8)
    iam.detach_role_policy(RoleName="mf-incident-response", PolicyArn="arn:aws:iam::aws:policy/AWSSupportAccess")
    iam.delete_saml_provider(SAMLProviderArn=f"arn:aws:iam::{ACCOUNT}:saml-provider/mf-entra-id")
    iam.upload_signing_certificate(UserName="ruth.adeyemi", CertificateBody=certificate(2048)[0].decode())
    for role in ("mf-prod-stock", "mf-incident-response", "mf-old-agency"):
        iam.attach_role_policy(RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    aws("account", HOME).delete_alternate_contact(AlternateContactType="SECURITY")
    aws("macie2", "us-east-1").disable_macie()


def _logging(aws: Aws) -> None:
    for name in ("mf-cloudtrail-changes", "mf-root-usage", "mf-sign-in-without-mfa"):
        aws("logs", HOME).delete_metric_filter(logGroupName="mf-cloudtrail", filterName=name)
    aws("cloudtrail", HOME).put_event_selectors(
        TrailName="mf-organization-audit", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
    )
    everyone = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::mf-legacy-trail-logs/*",
    }
    aws("s3", HOME).put_bucket_policy(
        Bucket="mf-legacy-trail-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": [everyone]})
    )
    aws("ssm", HOME).modify_document_permission(
        Name="mf-restart-checkout", PermissionType="Share", AccountIdsToAdd=["all"]
    )


def _edge(aws: Aws) -> None:
    weak, key = certificate(1024)
    aws("acm", HOME).import_certificate(Certificate=weak, PrivateKey=key)
    gateway = aws("apigateway", HOME)
    api = gateway.get_rest_apis()["items"][0]["id"]
    gateway.update_stage(
        restApiId=api,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/cacheClusterEnabled", "value": "true"},
            {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"},
            {"op": "replace", "path": "/*/*/caching/dataEncrypted", "value": "false"},
            {"op": "replace", "path": "/*/*/logging/dataTrace", "value": "true"},
        ],
    )
    http = aws("apigatewayv2", HOME)
    http.create_stage(
        ApiId=http.get_apis()["Items"][0]["ApiId"],
        StageName="beta",
        StageVariables={"password": "Paper-Backs-" + "4711"},
    )
    balancers = aws("elbv2", HOME)
    one = next(one for one in balancers.describe_load_balancers()["LoadBalancers"] if one["Type"] == "application")
    balancers.modify_load_balancer_attributes(
        LoadBalancerArn=one["LoadBalancerArn"],
        Attributes=[{"Key": "routing.http.desync_mitigation_mode", "Value": "monitor"}],
    )


def _data(aws: Aws) -> None:
    aws("s3", "us-east-1").create_bucket(Bucket="mf-drop-box", ObjectOwnership="ObjectWriter")
    aws("s3", "us-east-1").delete_public_access_block(Bucket="mf-drop-box")
    aws("s3", "us-east-1").put_bucket_acl(Bucket="mf-drop-box", ACL="public-read-write")
    everyone = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
    aws("secretsmanager", HOME).put_resource_policy(
        SecretId="mf/staging/orders-db", ResourcePolicy=json.dumps({"Version": "2012-10-17", "Statement": [everyone]})
    )
    aws("redshift", HOME).modify_cluster(ClusterIdentifier="mf-analyst-sandbox", AllowVersionUpgrade=False)
    aws("rds", HOME).create_db_instance(
        DBInstanceIdentifier="mf-dev-recommendations-1",
        DBClusterIdentifier="mf-dev-recommendations",
        Engine="aurora-postgresql",
        DBInstanceClass="db.r6g.large",
        PubliclyAccessible=False,
    )
