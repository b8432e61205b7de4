"""API Gateway: REST APIs (v1), HTTP and WebSocket APIs (v2), and their stages; stage variables are masked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.services.apigateway_tables import (
    API,
    APIS,
    AUTHORIZERS,
    METHODS,
    REST_API,
    REST_APIS,
    REST_STAGE,
    REST_STAGES,
    ROUTES,
    STAGE,
    STAGES,
)
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.mask import mask_tree, mask_variables
from backend.inventory.outcome import CallFailed


def _arn(scope: Scope, path: str) -> str:
    """ARNs of API Gateway have no account and begin with a slash."""
    return scope.arn("apigateway", f"/{path}", account="")


def plain_policy(text: str | None) -> str | None:
    """A resource policy as JSON: GetRestApis gives it with its quotes escaped, as if inside a string."""
    if not text:
        return None
    try:
        json.loads(text)
    except ValueError:
        try:
            unescaped = json.loads(f'"{text}"')
        except ValueError:
            return text  # the rule will say that it cannot be read
        return str(unescaped)
    return text


def _rest_apis(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("items", []):
        key = item.get("id")
        if not key:
            continue
        row = Row(REST_API, _arn(scope, f"restapis/{key}"), scope.account, scope.region, item.get("name") or key)
        created = item.get("createdDate")
        row.fill(
            REST_APIS,
            {
                "api_id": key,
                "endpoint_types": item.get("endpointConfiguration", {}).get("types"),
                "private": "PRIVATE" in item.get("endpointConfiguration", {}).get("types", []),
                "policy": plain_policy(item.get("policy")),
                "default_endpoint_off": item.get("disableExecuteApiEndpoint"),
                "security_policy": item.get("securityPolicy"),
                "created_at": created.timestamp() if created else None,
                "tags": tags_of(item.get("tags")),
            },
            item,
        )
        yield row


def _methods(answer: Answer, row: Row) -> Mapping[str, Any]:
    found: list[str] = []
    for resource in answer.get("items", []):
        for verb, method in resource.get("resourceMethods", {}).items():
            # OPTIONS answers the browser's question before a request; it cannot carry credentials.
            if verb == "OPTIONS" or method.get("apiKeyRequired"):
                continue
            if "authorizationType" not in method:
                return {}  # the methods were not embedded: nothing is known of them
            if method["authorizationType"] == "NONE":
                found.append(f"{verb} {resource.get('path', '')}")
    return {"open_methods": sorted(found)}


def _rest_stage_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    try:
        for page in api.pages(REST_APIS, scope.region):
            for item in page.get("items", []):
                if item.get("id"):
                    yield {**api.call(REST_STAGES, scope.region, restApiId=item["id"]), "api": item}
    except CallFailed as failed:
        if failed.operation != REST_STAGES:
            yield failed
        raise


def _rest_stages(page: Answer, scope: Scope) -> Iterable[Row]:
    owner = page.get("api", {})
    key = owner.get("id", "")
    types = owner.get("endpointConfiguration", {}).get("types", [])
    for item in page.get("item", []):
        name = item.get("stageName")
        if not name:
            continue
        uid = _arn(scope, f"restapis/{key}/stages/{name}")
        row = Row(REST_STAGE, uid, scope.account, scope.region, f"{owner.get('name') or key}/{name}")
        settings = item.get("methodSettings", {})
        variables = mask_variables(item.get("variables", {}))
        row.fill(
            REST_STAGES,
            {
                "stage": name,
                "access_log": item.get("accessLogSettings", {}).get("destinationArn"),
                "execution_log_level": settings.get("*/*", {}).get("loggingLevel"),
                "traces_data": any(one.get("dataTraceEnabled") for one in settings.values()),
                "client_certificate": item.get("clientCertificateId"),
                "web_acl": item.get("webAclArn"),
                "tracing": item.get("tracingEnabled"),
                "unencrypted_cache": bool(item.get("cacheClusterEnabled"))
                and any(one.get("cachingEnabled") and not one.get("cacheDataEncrypted") for one in settings.values()),
                "variables": variables.shown,
                "secret_names": variables.secret_names,
                "tags": tags_of(item.get("tags")),
            },
            mask_tree(item, "variables", "stageVariableOverrides"),
        )
        row.fill(REST_APIS, {"api_id": key, "private": "PRIVATE" in types})
        yield row


def _apis(page: Answer, scope: Scope) -> Iterable[Row]:
    for item in page.get("Items", []):
        key = item.get("ApiId")
        if not key:
            continue
        row = Row(API, _arn(scope, f"apis/{key}"), scope.account, scope.region, item.get("Name") or key)
        cors, created = item.get("CorsConfiguration", {}), item.get("CreatedDate")
        row.fill(
            APIS,
            {
                "api_id": key,
                "protocol": item.get("ProtocolType"),
                "endpoint": item.get("ApiEndpoint"),
                "default_endpoint_off": item.get("DisableExecuteApiEndpoint"),
                "cors_origins": cors.get("AllowOrigins"),
                "cors_credentials": cors.get("AllowCredentials"),
                "created_at": created.timestamp() if created else None,
                "tags": tags_of(item.get("Tags")),
            },
            item,
        )
        yield row


def _routes(answer: Answer, row: Row) -> Mapping[str, Any]:
    """A WebSocket API authorises when the connection is made: its other routes have no say of their own."""
    routes = answer.get("Items", [])
    if row.values.get("protocol") == "WEBSOCKET":
        routes = [route for route in routes if route.get("RouteKey") == "$connect"]
    return {
        "open_routes": sorted(
            str(route.get("RouteKey", ""))
            for route in routes
            if route.get("AuthorizationType", "NONE") == "NONE"
            and not route.get("ApiKeyRequired")
            and not str(route.get("RouteKey", "")).startswith("OPTIONS ")
        )
    }


def _stage_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    try:
        for page in api.pages(APIS, scope.region):
            for item in page.get("Items", []):
                if item.get("ApiId"):
                    for stages in api.pages(STAGES, scope.region, ApiId=item["ApiId"]):
                        yield {**stages, "api": item}
    except CallFailed as failed:
        if failed.operation != STAGES:
            yield failed
        raise


def _stages(page: Answer, scope: Scope) -> Iterable[Row]:
    owner = page.get("api", {})
    key = owner.get("ApiId", "")
    for item in page.get("Items", []):
        name = item.get("StageName")
        if not name:
            continue
        uid = _arn(scope, f"apis/{key}/stages/{name}")
        row = Row(STAGE, uid, scope.account, scope.region, f"{owner.get('Name') or key}/{name}")
        variables = mask_variables(item.get("StageVariables", {}))
        row.fill(
            STAGES,
            {
                "stage": name,
                "access_log": item.get("AccessLogSettings", {}).get("DestinationArn"),
                "execution_log_level": item.get("DefaultRouteSettings", {}).get("LoggingLevel"),
                "auto_deploy": item.get("AutoDeploy"),
                "variables": variables.shown,
                "secret_names": variables.secret_names,
                "tags": tags_of(item.get("Tags")),
            },
            mask_tree(item, "StageVariables"),
        )
        row.fill(APIS, {"api_id": key, "protocol": owner.get("ProtocolType")})
        yield row


def _of_api(member: str) -> Callable[[Row], Mapping[str, Any]]:
    return lambda row: {member: row.values.get("api_id") or row.uid.rsplit("/", 1)[-1]}


SERVICE = Service(
    name="apigateway",
    title="API Gateway",
    tables=(REST_API, REST_STAGE, API, STAGE),
    listings=(
        Listing(REST_APIS, (REST_API,), _rest_apis),
        Listing(REST_STAGES, (REST_STAGE,), _rest_stages, fetch=_rest_stage_pages, also=(REST_APIS,)),
        Listing(APIS, (API,), _apis),
        Listing(STAGES, (STAGE,), _stages, fetch=_stage_pages, also=(APIS,)),
    ),
    details=(
        Detail(
            AUTHORIZERS,
            REST_API,
            _of_api("restApiId"),
            lambda answer, row: {
                "authorizers": [str(one.get("name") or one.get("id", "")) for one in answer.get("items", [])]
            },
        ),
        Detail(
            METHODS,
            REST_API,
            lambda row: {**_of_api("restApiId")(row), "embed": ["methods"], "limit": 500},
            _methods,
            kept=lambda answer: None,  # megabytes of request templates; the open methods are in a column
        ),
        Detail(ROUTES, API, _of_api("ApiId"), _routes),
    ),
)
