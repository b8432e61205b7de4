"""ECS: clusters, services, and the task definitions that run or would run next.

Of each family the newest revision is read, and those that services still use. Environment variables keep their names;
secrets among them are masked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from backend.inventory.aws.api import Api
from backend.inventory.aws.tags import tags_of
from backend.inventory.collector import Answer, Detail, Listing, Row, Scope, Service
from backend.inventory.mask import mask_text, mask_tree, mask_variables
from backend.inventory.outcome import CallFailed
from backend.inventory.table import ResourceTable, document, flag, integer, moment, text
from backend.secret_text import text_has_secret

_CLUSTERS = "ecs.ListClusters"
_CLUSTER = "ecs.DescribeClusters"
_SERVICES = "ecs.ListServices"
_SERVICE = "ecs.DescribeServices"
_DEFINITIONS = "ecs.ListTaskDefinitions"
_DEFINITION = "ecs.DescribeTaskDefinition"

CLUSTER = ResourceTable(
    name="aws_ecs_cluster",
    title="ECS cluster",
    service="ecs",
    listing=_CLUSTERS,
    columns=(
        text("status", "ACTIVE, PROVISIONING, INACTIVE …", _CLUSTER),
        text("container_insights", "enhanced, enabled or disabled.", _CLUSTER, "disabled"),
        text("exec_logging", "Log of ECS Exec: DEFAULT, OVERRIDE, NONE, or empty.", _CLUSTER),
        integer("services", "Active services.", _CLUSTER, 0),
        document("tags", "Tags as an object.", _CLUSTER, {}),
    ),
)

SERVICE_TABLE = ResourceTable(
    name="aws_ecs_service",
    title="ECS service",
    service="ecs",
    listing=_SERVICE,
    columns=(
        text("cluster", "ARN of its cluster.", _SERVICE),
        text("status", "ACTIVE, DRAINING or INACTIVE.", _SERVICE),
        text("launch_type", "FARGATE, EC2, EXTERNAL; empty with a capacity provider.", _SERVICE),
        text("platform_version", "Fargate platform version.", _SERVICE),
        text("task_definition", "ARN of the task definition it runs.", _SERVICE),
        text("network_mode", "awsvpc when its tasks have addresses of their own; else empty.", _SERVICE),
        flag("public_ip", "Its tasks get public addresses.", _SERVICE, False),
        document("subnets", "Subnets of its tasks.", _SERVICE, []),
        document("security_groups", "Security groups of its tasks.", _SERVICE, []),
        flag("execute_command", "Shells can be opened in its containers (ECS Exec).", _SERVICE, False),
        document("tags", "Tags as an object.", _SERVICE, {}),
    ),
)

TASK_DEFINITION = ResourceTable(
    name="aws_ecs_task_definition",
    title="ECS task definition",
    service="ecs",
    listing=_DEFINITIONS,
    columns=(
        text("family", "Family it is a revision of.", _DEFINITIONS),
        integer("revision", "Number of the revision.", _DEFINITIONS),
        flag("latest", "It is the newest active revision of its family.", _DEFINITIONS),
        text("network_mode", "awsvpc, bridge, host, none; empty: the default of the system.", _DEFINITION),
        text("pid_mode", "host or task; empty: each container its own.", _DEFINITION),
        text("ipc_mode", "host, task, none; empty: the default of the system.", _DEFINITION),
        text("task_role", "ARN of the role of the containers; empty: none.", _DEFINITION),
        text("execution_role", "ARN of the role that starts the task.", _DEFINITION),
        document(
            "containers",
            "List of {name, image, privileged, read_only, user, log_driver, environment, secrets}; values masked.",
            _DEFINITION,
            [],
        ),
        document("secret_names", "Secrets in clear, each as container/VARIABLE.", _DEFINITION, []),
        document("privileged", "Names of containers with all rights on the host.", _DEFINITION, []),
        document("writable", "Names of containers whose root file system can be written.", _DEFINITION, []),
        document("unlogged", "Names of containers without a log driver.", _DEFINITION, []),
        document("host_paths", "Paths of the host that are mounted.", _DEFINITION, []),
        document("compatibilities", "EC2, FARGATE, EXTERNAL …", _DEFINITION, []),
        moment("registered_at", "When it was registered.", _DEFINITION),
        document("tags", "Tags as an object.", _DEFINITION, {}),
    ),
)


def _clusters(page: Answer, scope: Scope) -> Iterable[Row]:
    for arn in page.get("clusterArns", []):
        row = Row(CLUSTER, arn, scope.account, scope.region, arn.rsplit("/", 1)[-1])
        row.fill(_CLUSTERS, {}, {"clusterArn": arn})
        yield row


def _cluster(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = answer.get("clusters", [])
    cluster = found[0] if found else {}
    settings = {one.get("name"): one.get("value") for one in cluster.get("settings", [])}
    command = cluster.get("configuration", {}).get("executeCommandConfiguration", {})
    return {
        "status": cluster.get("status"),
        "container_insights": settings.get("containerInsights"),
        "exec_logging": command.get("logging"),
        "services": cluster.get("activeServicesCount"),
        "tags": tags_of(cluster.get("tags")),
    }


def _service_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """Services of every cluster, described ten at a time."""
    try:
        for clusters in api.pages(_CLUSTERS, scope.region):
            for cluster in clusters.get("clusterArns", []):
                for page in api.pages(_SERVICES, scope.region, cluster=cluster):
                    arns = iter(page.get("serviceArns", []))
                    while batch := list(islice(arns, 10)):
                        yield api.call(_SERVICE, scope.region, cluster=cluster, services=batch, include=["TAGS"])
    except CallFailed as failed:
        if failed.operation != _SERVICE:
            yield failed  # so that the refused operation is named, beside the listing that ends for it
        raise


def _services(page: Answer, scope: Scope) -> Iterable[Row]:
    for service in page.get("services", []):
        name, arn = service.get("serviceName"), service.get("serviceArn")
        if not name or not arn:
            continue
        network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
        row = Row(SERVICE_TABLE, arn, scope.account, scope.region, name)
        row.fill(
            _SERVICE,
            {
                "cluster": service.get("clusterArn"),
                "status": service.get("status"),
                "launch_type": service.get("launchType"),
                "platform_version": service.get("platformVersion"),
                "task_definition": service.get("taskDefinition"),
                "network_mode": "awsvpc" if network else None,
                "public_ip": network.get("assignPublicIp") == "ENABLED",
                "subnets": network.get("subnets"),
                "security_groups": network.get("securityGroups"),
                "execute_command": service.get("enableExecuteCommand"),
                "tags": tags_of(service.get("tags")),
            },
            # Events are a rolling log, and would make a new version of the row at every scan.
            mask_tree({key: value for key, value in service.items() if key != "events"}, "options"),
        )
        yield row


def _definition_pages(api: Api, scope: Scope) -> Iterator[Answer | CallFailed]:
    """ARNs of the newest active revisions, then of those that services run; old unused revisions are left out."""
    newest: dict[str, tuple[int, str]] = {}
    for page in api.pages(_DEFINITIONS, scope.region, status="ACTIVE"):
        for arn in page.get("taskDefinitionArns", []):
            family, revision = _revision(arn)
            newest[family] = max(newest.get(family, (-1, "")), (revision, arn))
    latest = {arn for _, arn in newest.values()}
    yield {"taskDefinitionArns": sorted(latest)}
    used: set[str] = set()
    for services in _service_pages(api, scope):
        if isinstance(services, CallFailed):
            yield services
            continue
        used.update(one["taskDefinition"] for one in services.get("services", []) if one.get("taskDefinition"))
    yield {"taskDefinitionArns": sorted(used - latest), "older": True}


def _revision(arn: str) -> tuple[str, int]:
    """(family, revision) of an ARN that ends in task-definition/family:7."""
    family, _, number = arn.rsplit("/", 1)[-1].partition(":")
    return family, int(number) if number.isascii() and number.isdigit() else 0


def _definitions(page: Answer, scope: Scope) -> Iterable[Row]:
    for arn in page.get("taskDefinitionArns", []):
        family, revision = _revision(arn)
        row = Row(TASK_DEFINITION, arn, scope.account, scope.region, f"{family}:{revision}")
        values = {"family": family, "revision": revision, "latest": not page.get("older")}
        row.fill(_DEFINITIONS, values, {"taskDefinitionArn": arn})
        yield row


def _definition(answer: Answer, row: Row) -> Mapping[str, Any]:
    found = answer.get("taskDefinition", {})
    containers = found.get("containerDefinitions", [])
    registered = found.get("registeredAt")
    return {
        "network_mode": found.get("networkMode"),
        "pid_mode": found.get("pidMode"),
        "ipc_mode": found.get("ipcMode"),
        "task_role": found.get("taskRoleArn"),
        "execution_role": found.get("executionRoleArn"),
        "containers": [_container(one) for one in containers],
        "secret_names": sorted(name for one in containers for name in _secrets(one)),
        "privileged": [_name(one) for one in containers if one.get("privileged")],
        "writable": [_name(one) for one in containers if not one.get("readonlyRootFilesystem")],
        "unlogged": [_name(one) for one in containers if not one.get("logConfiguration", {}).get("logDriver")],
        "host_paths": [
            volume["host"]["sourcePath"]
            for volume in found.get("volumes", [])
            if volume.get("host", {}).get("sourcePath")
        ],
        "compatibilities": found.get("compatibilities"),
        "registered_at": registered.timestamp() if registered else None,
        "tags": tags_of(answer.get("tags")),
    }


def _name(container: Mapping[str, Any]) -> str:
    return str(container.get("name", ""))


def _container(container: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _name(container),
        "image": mask_text(str(container.get("image", ""))),
        "privileged": bool(container.get("privileged")),
        "read_only": bool(container.get("readonlyRootFilesystem")),
        "user": str(container.get("user", "")),
        "log_driver": container.get("logConfiguration", {}).get("logDriver", ""),
        "environment": mask_variables(container.get("environment", [])).shown,
        "secrets": [one["name"] for one in container.get("secrets", []) if one.get("name")],
    }


def _secrets(container: Mapping[str, Any]) -> list[str]:
    """Where a container definition holds a secret in clear: container/VARIABLE, or container/command."""
    name = _name(container)
    found = [f"{name}/{one}" for one in mask_variables(container.get("environment", [])).secret_names]
    options = container.get("logConfiguration", {}).get("options", {})
    found += [f"{name}/{one} (log option)" for one in mask_variables(options).secret_names]
    for member in ("command", "entryPoint"):
        if text_has_secret(" ".join(map(str, container.get(member, [])))):
            found.append(f"{name}/{member}")
    return found


SERVICE = Service(
    name="ecs",
    title="ECS",
    tables=(CLUSTER, SERVICE_TABLE, TASK_DEFINITION),
    listings=(
        Listing(_CLUSTERS, (CLUSTER,), _clusters),
        Listing(_SERVICE, (SERVICE_TABLE,), _services, fetch=_service_pages, also=(_CLUSTERS, _SERVICES)),
        Listing(
            _DEFINITIONS,
            (TASK_DEFINITION,),
            _definitions,
            fetch=_definition_pages,
            also=(_CLUSTERS, _SERVICES, _SERVICE),
        ),
    ),
    details=(
        Detail(
            _CLUSTER,
            CLUSTER,
            lambda row: {"clusters": [row.uid], "include": ["SETTINGS", "CONFIGURATIONS", "TAGS"]},
            _cluster,
        ),
        Detail(
            _DEFINITION,
            TASK_DEFINITION,
            lambda row: {"taskDefinition": row.uid, "include": ["TAGS"]},
            _definition,
            kept=lambda answer: mask_tree(answer, "options", "dockerLabels", "driverOpts"),
        ),
    ),
)
