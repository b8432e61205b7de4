"""What the emulator cannot answer: shapes of real answers that the collectors of data and compute have to get right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backend.inventory import catalog
from backend.inventory.aws.services.apigateway import plain_policy
from backend.inventory.aws.services.ecr import scan_frequency
from backend.inventory.collector import Row, Scope

SCOPE = Scope("123456789012", "eu-west-1", "aws", ("eu-west-1",))


def _rows(operation: str, page: dict[str, Any]) -> list[Row]:
    listing = next(one for one in catalog.listings() if one.operation == operation)
    return list(listing.rows(page, SCOPE))


def _detail(operation: str, answer: dict[str, Any], **values: Any) -> Any:
    for service in catalog.services():
        for detail in service.details:
            if detail.operation == operation:
                row = Row(detail.table, "arn:x", SCOPE.account, SCOPE.region, "one", values=dict(values))
                row.fill(operation, detail.columns(answer, row), detail.kept(answer) if detail.kept else answer)
                return row
    raise LookupError(operation)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, None),
        ("", None),
        ('{"Version":"2012-10-17"}', '{"Version":"2012-10-17"}'),
        (r"{\"Version\":\"2012-10-17\",\"x\":\"a\\/b\"}", '{"Version":"2012-10-17","x":"a\\/b"}'),
        ("no policy", "no policy"),
    ],
)
def test_a_rest_api_policy_loses_the_quotes_it_was_wrapped_in(given: str | None, expected: str | None) -> None:
    assert plain_policy(given) == expected


@pytest.mark.parametrize(
    ("filters", "name", "expected"),
    [
        (["*"], "mf/search", "SCAN_ON_PUSH"),
        (["mf/*"], "mf/search", "SCAN_ON_PUSH"),
        (["mf/*"], "other/mf/search", ""),
        (["sea"], "mf/search", "SCAN_ON_PUSH"),  # without an asterisk it matches anywhere in the name
        (["*sea"], "mf/search", ""),
        ([], "mf/search", ""),
    ],
)
def test_registry_rules_reach_the_repositories_their_filters_name(filters: list[str], name: str, expected: str) -> None:
    rule = {"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": one} for one in filters]}
    assert scan_frequency({"rules": [rule]}, name) == expected


def test_the_most_eager_registry_rule_counts() -> None:
    rules = [
        {"scanFrequency": frequency, "repositoryFilters": [{"filter": "*"}]}
        for frequency in ("MANUAL", "CONTINUOUS_SCAN", "SCAN_ON_PUSH", "A_NEW_ONE")
    ]
    assert scan_frequency({"rules": rules}, "x") == "CONTINUOUS_SCAN"


def test_lambda_variables_that_cannot_be_decrypted_are_not_collected() -> None:
    function = {"FunctionName": "f", "Environment": {"Error": {"ErrorCode": "AccessDeniedException", "Message": "no"}}}
    values = _rows("lambda.ListFunctions", {"Functions": [function]})[0].values
    assert (values["environment"], values["secret_names"]) == (None, None)
    values = _rows("lambda.ListFunctions", {"Functions": [{"FunctionName": "f"}]})[0].values
    assert (values["environment"], values["secret_names"]) == ("{}", "[]")


def test_a_container_image_has_no_runtime() -> None:
    values = _rows("lambda.ListFunctions", {"Functions": [{"FunctionName": "f", "PackageType": "Image"}]})[0].values
    assert (values["runtime"], values["package_type"]) == ("", "Image")


def test_origin_header_values_are_never_kept_whatever_they_look_like() -> None:
    header = {"HeaderName": "X-Colour", "HeaderValue": "blue"}
    origin = {"Id": "o", "DomainName": "o.example", "CustomHeaders": {"Quantity": 1, "Items": [header]}}
    page = {"DistributionList": {"Items": [{"Id": "E1", "Origins": {"Items": [origin]}}]}}
    row = _rows("cloudfront.ListDistributions", page)[0]
    assert "blue" not in json.dumps(row.wire())
    assert "X-Colour" in json.dumps(row.wire())


@pytest.mark.parametrize(
    ("origin", "open_", "plain", "weak"),
    [
        ({"S3OriginConfig": {"OriginAccessIdentity": ""}}, True, False, False),
        ({"S3OriginConfig": {"OriginAccessIdentity": ""}, "OriginAccessControlId": "E2"}, False, False, False),
        ({"S3OriginConfig": {"OriginAccessIdentity": "origin-access-identity/cloudfront/E3"}}, False, False, False),
        ({"CustomOriginConfig": {"OriginProtocolPolicy": "http-only"}}, False, True, False),
        (
            {"CustomOriginConfig": {"OriginProtocolPolicy": "https-only", "OriginSslProtocols": {"Items": ["TLSv1"]}}},
            False,
            False,
            True,
        ),
        (  # TLS versions of an origin that is never asked with TLS mean nothing
            {"CustomOriginConfig": {"OriginProtocolPolicy": "http-only", "OriginSslProtocols": {"Items": ["SSLv3"]}}},
            False,
            True,
            False,
        ),
        ({"VpcOriginConfig": {"VpcOriginId": "vo_1"}}, False, False, False),
    ],
)
def test_origins_are_sorted_by_how_they_are_asked(origin: dict[str, Any], open_: bool, plain: bool, weak: bool) -> None:
    page = {"DistributionList": {"Items": [{"Id": "E1", "Origins": {"Items": [{"Id": "o", **origin}]}}]}}
    values = _rows("cloudfront.ListDistributions", page)[0].values
    found = [values[name] for name in ("open_bucket_origins", "plain_http_origins", "weak_tls_origins")]
    assert found == ['["o"]' if one else "[]" for one in (open_, plain, weak)]


def test_only_the_connect_route_of_a_websocket_api_can_authorise() -> None:
    routes = {"Items": [{"RouteKey": "$connect", "AuthorizationType": "AWS_IAM"}, {"RouteKey": "$default"}]}
    assert _detail("apigatewayv2.GetRoutes", routes, protocol="WEBSOCKET").values["open_routes"] == "[]"
    assert _detail("apigatewayv2.GetRoutes", routes, protocol="HTTP").values["open_routes"] == '["$default"]'


def test_methods_of_a_rest_api_are_open_unknown_or_guarded() -> None:
    def methods(**found: Any) -> Any:
        items = [{"path": "/a", "resourceMethods": found}]
        return _detail("apigateway.GetResources", {"items": items}).values["open_methods"]

    none, iam = {"authorizationType": "NONE"}, {"authorizationType": "AWS_IAM"}
    assert methods(GET=none, POST=iam, OPTIONS=none) == '["GET /a"]'
    assert methods(GET={**none, "apiKeyRequired": True}) == "[]"
    assert methods(GET={}, POST=iam) is None
    assert _detail("apigateway.GetResources", {}).values["open_methods"] == "[]"


def test_an_ecs_command_line_can_hold_a_secret() -> None:
    container = {
        "name": "app",
        "command": ["run", "--db-password", "Pa55w0rd!", "--port", "80"],
        "environment": [{"name": "A", "value": "1"}],
        "logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "k9Zq7xW2mP4vR8tL", "splunk-url": "u"}},
    }
    row = _detail("ecs.DescribeTaskDefinition", {"taskDefinition": {"containerDefinitions": [container]}})
    assert json.loads(row.values["secret_names"]) == ["app/command", "app/splunk-token (log option)"]
    text = json.dumps(row.wire())
    assert "Pa55w0rd!" not in text
    assert "k9Zq7xW2mP4vR8tL" not in text


def test_an_eks_activation_code_is_not_kept() -> None:
    cluster = {"name": "c", "connectorConfig": {"activationCode": "abc-def", "activationId": "i"}}
    assert "abc-def" not in json.dumps(_detail("eks.DescribeCluster", {"cluster": cluster}).wire())


@pytest.mark.parametrize(("status", "kept"), [("ENABLED", "KMS"), ("UPDATING", "KMS"), ("DISABLED", "")])
def test_a_dynamodb_key_that_was_switched_off_is_none(status: str, kept: str) -> None:
    table = {"Table": {"SSEDescription": {"Status": status, "SSEType": "KMS", "KMSMasterKeyArn": "arn:k"}}}
    values = _detail("dynamodb.DescribeTable", table).values
    assert (values["encryption"], bool(values["kms_key"])) == (kept, bool(kept))


def test_a_parameter_listed_without_a_value_is_the_empty_text() -> None:
    answer = {"Parameters": [{"ParameterName": "rds.force_ssl"}, {"ParameterName": "tls", "ParameterValue": "enabled"}]}
    values = _detail("rds.DescribeDBClusterParameters", answer).values
    assert (values["force_ssl"], values["tls"], values["require_secure_transport"]) == ("", "enabled", "")


def test_a_group_on_its_way_out_no_longer_guards_an_instance() -> None:
    groups = [{"VpcSecurityGroupId": "sg-1", "Status": "active"}, {"VpcSecurityGroupId": "sg-2", "Status": "removing"}]
    page = {"DBInstances": [{"DBInstanceIdentifier": "db", "VpcSecurityGroups": groups, "DbInstancePort": 0}]}
    values = _rows("rds.DescribeDBInstances", page)[0].values
    assert (values["security_groups"], values["port"]) == ('["sg-1"]', None)
