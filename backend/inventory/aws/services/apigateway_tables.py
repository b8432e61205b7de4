"""API Gateway: the tables."""

from __future__ import annotations

from backend.inventory.table import ResourceTable, document, flag, moment, text

REST_APIS = "apigateway.GetRestApis"
REST_STAGES = "apigateway.GetStages"
AUTHORIZERS = "apigateway.GetAuthorizers"
METHODS = "apigateway.GetResources"
APIS = "apigatewayv2.GetApis"
STAGES = "apigatewayv2.GetStages"
ROUTES = "apigatewayv2.GetRoutes"

REST_API = ResourceTable(
    name="aws_api_gateway_rest_api",
    title="API Gateway REST API",
    service="apigateway",
    listing=REST_APIS,
    columns=(
        text("api_id", "Id of the API.", REST_APIS),
        document("endpoint_types", "EDGE, REGIONAL or PRIVATE.", REST_APIS, []),
        flag("private", "It is reachable from VPC endpoints only.", REST_APIS, False),
        text("policy", "Resource policy; empty when there is none.", REST_APIS),
        flag("default_endpoint_off", "The execute-api name does not answer.", REST_APIS, False),
        text("security_policy", "TLS policy of the default endpoint.", REST_APIS),
        moment("created_at", "When it was made.", REST_APIS),
        document("authorizers", "Names of its authorizers.", AUTHORIZERS, []),
        document("open_methods", "Methods that ask neither who calls nor for an API key.", METHODS),
        document("tags", "Tags as an object.", REST_APIS, {}),
    ),
)

REST_STAGE = ResourceTable(
    name="aws_api_gateway_stage",
    title="API Gateway REST stage",
    service="apigateway",
    listing=REST_STAGES,
    columns=(
        text("api_id", "Id of the API.", REST_APIS),
        flag("private", "Its API is reachable from VPC endpoints only.", REST_APIS, False),
        text("stage", "Name of the stage.", REST_STAGES),
        text("access_log", "Where access is logged; empty: nowhere.", REST_STAGES),
        text("execution_log_level", "Execution log of all methods: INFO, ERROR, OFF.", REST_STAGES, "OFF"),
        flag("traces_data", "Requests and answers are logged in full.", REST_STAGES, False),
        text("client_certificate", "Certificate shown to the backend; empty: none.", REST_STAGES),
        text("web_acl", "WAF web ACL; empty: none.", REST_STAGES),
        flag("tracing", "X-Ray tracing is on.", REST_STAGES, False),
        flag("unencrypted_cache", "Answers are cached unencrypted.", REST_STAGES, False),
        document("variables", "Stage variables; a value that is or may be a secret is masked.", REST_STAGES, {}),
        document("secret_names", "Names of stage variables that hold a secret in clear.", REST_STAGES, []),
        document("tags", "Tags as an object.", REST_STAGES, {}),
    ),
)

API = ResourceTable(
    name="aws_api_gateway_v2_api",
    title="API Gateway HTTP or WebSocket API",
    service="apigatewayv2",
    listing=APIS,
    columns=(
        text("api_id", "Id of the API.", APIS),
        text("protocol", "HTTP or WEBSOCKET.", APIS),
        text("endpoint", "URL of the default endpoint.", APIS),
        flag("default_endpoint_off", "The execute-api name does not answer.", APIS, False),
        document("cors_origins", "Origins whose pages may call it.", APIS, []),
        flag("cors_credentials", "Their pages may send credentials.", APIS, False),
        moment("created_at", "When it was made.", APIS),
        document("open_routes", "Routes that ask neither who calls nor for an API key.", ROUTES, []),
        document("tags", "Tags as an object.", APIS, {}),
    ),
)

STAGE = ResourceTable(
    name="aws_api_gateway_v2_stage",
    title="API Gateway HTTP or WebSocket stage",
    service="apigatewayv2",
    listing=STAGES,
    columns=(
        text("api_id", "Id of the API.", APIS),
        text("protocol", "HTTP or WEBSOCKET.", APIS),
        text("stage", "Name of the stage.", STAGES),
        text("access_log", "Where access is logged; empty: nowhere.", STAGES),
        text("execution_log_level", "Execution log (WebSocket): INFO, ERROR, OFF.", STAGES, "OFF"),
        flag("auto_deploy", "Changes take effect by themselves.", STAGES, False),
        document("variables", "Stage variables; a value that is or may be a secret is masked.", STAGES, {}),
        document("secret_names", "Names of stage variables that hold a secret in clear.", STAGES, []),
        document("tags", "Tags as an object.", STAGES, {}),
    ),
)
