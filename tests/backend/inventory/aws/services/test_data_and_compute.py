"""Databases, functions, containers, file systems and the edge, read from the emulator."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from backend.demo.company import containers, databases, edge, functions
from backend.demo.emulator import Emulator, client_maker
from backend.inventory import catalog
from tests.backend.inventory.aws.collecting import REGIONS, Collected, collect

SERVICES = set(
    "acm apigateway cloudfront dynamodb ecr ecs efs eks lambda opensearch rds redshift".split(),
)

# In the demo company's files; none may be anywhere in what is collected.
SECRETS = ["9f3bQ27xLm41TzRw86Kd", "Wint3r-Sale!", "Old-Bookmarks-7", "Paper-Backs-4", "k9Zq7xW2mP4vR8tL"]


def _operations() -> set[str]:
    tables = [table for service in catalog.services() if service.name in SERVICES for table in service.tables]
    return {operation for table in tables for operation in table.operations()}


class Seeded:
    """The emulator with the company's data and compute in it, and what a scan found there."""

    def __init__(self, url: str) -> None:
        self.url = url
        aws = client_maker(url)
        for part in (databases, functions, containers, edge):
            part.seed(aws, REGIONS)
        self.found = collect(aws, _operations())


@pytest.fixture(scope="module")
def seeded() -> Iterator[Seeded]:
    with Emulator.start() as emulator:
        yield Seeded(emulator.url)


@pytest.fixture
def found(seeded: Seeded) -> Collected:
    return seeded.found


@pytest.mark.parametrize(
    ("table", "name", "expected"),
    [
        (
            "aws_rds_instance",
            "mf-prod-orders-db",
            {
                "engine": "postgres",
                "publicly_accessible": 0,
                "storage_encrypted": 1,
                "multi_az": 1,
                "backup_retention_days": 14,
                "deletion_protection": 1,
                "auto_minor_version_upgrade": 1,
                "parameter_group": "mf-postgres16",
                "log_exports": '["postgresql"]',
                "cluster": "",
                "port": 5432,
            },
        ),
        (
            "aws_rds_instance",
            "mf-legacy-shop-db",
            {"publicly_accessible": 1, "storage_encrypted": 0, "multi_az": 0, "backup_retention_days": 0, "port": 3306},
        ),
        ("aws_rds_parameter_group", "mf-mysql80", {"force_ssl": "", "require_secure_transport": "0"}),
        ("aws_rds_cluster_parameter_group", "mf-aurora16", {"force_ssl": "1", "tls": ""}),
        ("aws_rds_cluster_parameter_group", "mf-aurora16-dev", {"force_ssl": "0"}),
        ("aws_rds_cluster", "mf-dev-recommendations", {"storage_encrypted": 0, "deletion_protection": 0}),
        ("aws_rds_snapshot", "mf-legacy-shop-handover", {"public": 1, "shared_with": '["all"]', "encrypted": 0}),
        ("aws_rds_snapshot", "mf-orders-before-migration", {"public": 0, "shared_with": '["210987654321"]'}),
        ("aws_rds_cluster_snapshot", "mf-recommendations-paper", {"public": 1}),
        ("aws_rds_cluster_snapshot", "mf-payments-2026-q3", {"public": 0, "shared_with": "[]"}),
        (
            "aws_dynamodb_table",
            "mf-prod-sessions",
            {"point_in_time_recovery": 1, "encryption": "KMS", "deletion_protection": 1, "policy": ""},
        ),
        ("aws_dynamodb_table", "mf-dev-scratch", {"point_in_time_recovery": 0, "encryption": "", "kms_key": ""}),
        (
            "aws_redshift_cluster",
            "mf-warehouse",
            {"publicly_accessible": 0, "encrypted": 1, "audit_logging": 1, "log_destination": "mf-audit-warehouse"},
        ),
        ("aws_redshift_cluster", "mf-analyst-sandbox", {"publicly_accessible": 1, "encrypted": 0, "audit_logging": 0}),
        (
            "aws_opensearch_domain",
            "mf-prod-search",
            {"in_vpc": 1, "https_only": 1, "fine_grained_access": 1, "logs": '["AUDIT_LOGS"]'},
        ),
        (
            "aws_opensearch_domain",
            "mf-logs-2021",
            {"in_vpc": 0, "encryption_at_rest": 0, "https_only": 0, "tls_policy": "Policy-Min-TLS-1-0-2019-07"},
        ),
        ("aws_efs_file_system", "mf-old-imports", {"encrypted": 0, "backup": "DISABLED"}),
        (
            "aws_lambda_function",
            "mf-prod-payment-webhook",
            {"runtime": "python3.12", "package_type": "Zip", "secret_names": '["DB_PASSWORD","STRIPE_KEY"]'},
        ),
        ("aws_lambda_function", "mf-prod-isbn-lookup", {"secret_names": "[]", "policy": ""}),
        (
            "aws_ecr_repository",
            "mf/batch",
            {"tag_mutability": "MUTABLE", "scan_on_push": 0, "registry_scan_type": "BASIC"},
        ),
        ("aws_ecr_repository", "mf/search", {"tag_mutability": "IMMUTABLE", "scan_on_push": 1}),
        ("aws_ecs_cluster", "mf-batch", {"container_insights": "disabled", "status": "ACTIVE"}),
        ("aws_ecs_service", "mf-reviews", {"public_ip": 1, "network_mode": "awsvpc", "launch_type": "FARGATE"}),
        ("aws_ecs_service", "mf-catalogue", {"public_ip": 0}),
        (
            "aws_ecs_task_definition",
            "mf-nightly-batch:1",
            {
                "network_mode": "host",
                "pid_mode": "host",
                "privileged": '["batch"]',
                "writable": '["batch"]',
                "unlogged": '["batch"]',
                "latest": 1,
            },
        ),
        ("aws_ecs_task_definition", "mf-catalogue:1", {"privileged": "[]", "writable": "[]", "secret_names": "[]"}),
        (
            "aws_eks_cluster",
            "mf-dev-playground",
            {"version": "1.29", "endpoint_public": 1, "public_cidrs": '["0.0.0.0/0"]', "log_types": "[]"},
        ),
        (
            "aws_eks_cluster",
            "mf-prod-recommendations",
            {
                "endpoint_public": 0,
                "log_types": '["api","audit","authenticator","controllerManager","scheduler"]',
                "secrets_key": "arn:aws:kms:eu-west-1:123456789012:key/6f0d5c1e-2b7a-4d0e-9d3b-5a1f0c9e7b21",
            },
        ),
        (
            "aws_cloudfront_distribution",
            "shop.marlowe-finch.example",
            {
                "viewer_protocols": '["redirect-to-https"]',
                "minimum_protocol": "TLSv1.2_2021",
                "plain_http_origins": "[]",
                "weak_tls_origins": "[]",
            },
        ),
        ("aws_api_gateway_rest_api", "mf-stock-feed", {"open_methods": '["GET /items","POST /items"]', "private": 0}),
        (
            "aws_api_gateway_stage",
            "mf-stock-feed/prod",
            {"access_log": "", "execution_log_level": "OFF", "secret_names": '["upstreamPassword"]'},
        ),
        ("aws_api_gateway_v2_api", "mf-beta-reader", {"open_routes": '["GET /reviews"]', "protocol": "HTTP"}),
        ("aws_api_gateway_v2_stage", "mf-beta-reader/$default", {"access_log": ""}),
        (
            "aws_acm_certificate",
            "partners.marlowe-finch.example",
            {"status": "ISSUED", "type": "IMPORTED", "key_algorithm": "EC_prime256v1", "in_use": 1},
        ),
    ],
)
def test_columns(found: Collected, table: str, name: str, expected: dict[str, Any]) -> None:
    values = found.row(table, name)
    assert {key: values[key] for key in expected} == expected


def test_each_region_has_parameter_groups_of_its_own(found: Collected) -> None:
    for region in REGIONS:
        values = found.row("aws_rds_parameter_group", "mf-postgres16", region)
        assert (values["force_ssl"], values["require_secure_transport"]) == ("1", "")


def test_the_distribution_of_2019_is_found_with_all_its_faults(found: Collected) -> None:
    rows = [row["values"] for row in found.rows if row["table"] == "aws_cloudfront_distribution"]
    old = next(values for values in rows if values["comment"] == "press kit of 2019")
    assert old["plain_http_paths"] == '["*"]'
    assert old["plain_http_origins"] == old["weak_tls_origins"] == '["origin"]'
    assert old["web_acl"] == ""


def test_no_secret_of_the_company_is_anywhere_in_what_was_collected(found: Collected) -> None:
    text = json.dumps(found.rows)
    assert not [secret for secret in SECRETS if secret in text]
    assert "********" in text


def test_masked_variables_keep_what_is_no_secret(found: Collected) -> None:
    environment = json.loads(found.row("aws_lambda_function", "mf-prod-payment-webhook")["environment"])
    assert environment == {
        "LOG_LEVEL": "info", "STAGE": "production", "STRIPE_KEY": "********", "DB_PASSWORD": "********",
    }  # fmt: skip
    first = found.row("aws_lambda_function", "mf-prod-order-confirmation", "eu-west-1")
    assert json.loads(first["environment"])["MAIL_SECRET_ARN"].startswith("arn:aws:secretsmanager:")


def test_a_task_definition_that_a_service_still_runs_is_read_though_a_newer_one_is_mended(found: Collected) -> None:
    used, newest = (found.row("aws_ecs_task_definition", f"mf-reviews:{revision}") for revision in (1, 2))
    assert (used["latest"], used["secret_names"]) == (0, '["reviews/DB_PASSWORD"]')
    assert (newest["latest"], newest["secret_names"]) == (1, "[]")
    assert json.loads(used["containers"])[0]["environment"] == {"DB_PASSWORD": "********"}
    assert json.loads(newest["containers"])[0]["secrets"] == ["DB_PASSWORD"]


def test_times_are_epoch_seconds(found: Collected) -> None:
    values = found.row("aws_acm_certificate", "partners.marlowe-finch.example")
    assert 1.7e9 < values["valid_from"] < values["valid_until"] < math.inf
    assert found.row("aws_lambda_function", "mf-prod-isbn-lookup")["modified_at"] > 1.7e9


def test_only_what_the_emulator_lacks_went_wrong(found: Collected) -> None:
    assert found.bad() == {("lambda.ListFunctionUrlConfigs", "unsupported")}
    assert found.row("aws_lambda_function", "mf-prod-isbn-lookup").get("url_without_auth") is None


class _Refusal:
    status_code = 403


_DENIED = {"Error": {"Code": "AccessDeniedException", "Message": "User is not authorized to perform it"}}


def _refusing(url: str, operation: str) -> Callable[[str, str], Any]:
    """Clients of their own to which AWS denies one operation."""
    make = client_maker(url)
    owner, name = operation.split(".")

    def client(service: str, region: str) -> Any:
        made = make(service, region)
        if owner == service:
            hyphenated = made.meta.service_model.service_id.hyphenize()
            made.meta.events.register(f"before-call.{hyphenated}.{name}", lambda **_: (_Refusal(), _DENIED))
        return made

    return client


@pytest.mark.parametrize(
    ("operation", "table", "name", "column"),
    [
        ("rds.DescribeDBSnapshotAttributes", "aws_rds_snapshot", "mf-legacy-shop-handover", "public"),
        ("lambda.GetPolicy", "aws_lambda_function", "mf-dev-quote-of-the-day", "policy"),
        ("ecr.GetRegistryScanningConfiguration", "aws_ecr_repository", "mf/search", "registry_scan_type"),
        ("ecs.DescribeTaskDefinition", "aws_ecs_task_definition", "mf-catalogue:1", "secret_names"),
        ("dynamodb.DescribeContinuousBackups", "aws_dynamodb_table", "mf-prod-sessions", "point_in_time_recovery"),
        ("apigateway.GetResources", "aws_api_gateway_rest_api", "mf-stock-feed", "open_methods"),
    ],
)
def test_a_denied_operation_costs_its_columns_and_not_the_row(
    seeded: Seeded, operation: str, table: str, name: str, column: str
) -> None:
    operations = catalog.tables()[table].operations()
    found = collect(_refusing(seeded.url, operation), operations, ("eu-west-1",))
    assert found.row(table, name).get(column) is None
    assert (operation, "denied") in found.bad()
    assert {one for one, _ in found.bad()} <= {operation, "lambda.ListFunctionUrlConfigs"}


def test_services_that_cannot_be_listed_are_no_complete_listing(seeded: Seeded) -> None:
    found = collect(
        _refusing(seeded.url, "ecs.ListServices"),
        {"ecs.DescribeServices", "ecs.ListTaskDefinitions"},
        ("eu-west-1",),
    )
    assert not [row for row in found.rows if row["table"] == "aws_ecs_service"]
    assert {("ecs.ListServices", "denied"), ("ecs.DescribeServices", "denied")} <= found.bad()
    assert found.row("aws_ecs_task_definition", "mf-reviews:2")["latest"] == 1
