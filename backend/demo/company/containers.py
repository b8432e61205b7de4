"""Containers: registries, the shop's services on Fargate, one old batch job on EC2, and two Kubernetes clusters."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

_ACCOUNT = "123456789012"
_SECOND = "us-east-1"


def seed(aws: Callable[[str, str], Any], regions: tuple[str, ...]) -> None:
    """ECR, ECS and EKS."""
    aws("iam", _SECOND).create_role(
        RoleName="mf-eks-control-plane",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"}, "Action": "sts:AssumeRole"}
                ],
            }
        ),
    )
    for region in regions:
        first = region != _SECOND
        _ecr(aws("ecr", region), first=first)
        ec2 = aws("ec2", region)
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        group = ec2.describe_security_groups(GroupNames=["default"])["SecurityGroups"][0]["GroupId"]
        _ecs(aws("ecs", region), region, {"subnets": [subnet], "securityGroups": [group]}, first=first)
        if first:
            _eks(aws("eks", region), region, subnet)


def _ecr(ecr: Any, *, first: bool) -> None:
    names = {"mf/checkout": True, "mf/catalogue": True, "mf/search": True, "mf/batch": False}
    for name, sound in (names if first else {"mf/checkout": True}).items():
        ecr.create_repository(
            repositoryName=name,
            imageTagMutability="IMMUTABLE" if sound else "MUTABLE",
            imageScanningConfiguration={"scanOnPush": sound},
            encryptionConfiguration={"encryptionType": "AES256"},
            tags=[{"Key": "Owner", "Value": "samuel.wright@marlowe-finch.example"}],
        )
    if first:
        ecr.set_repository_policy(
            repositoryName="mf/batch",
            policyText=_policy("*", ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]),
        )
        ecr.set_repository_policy(
            repositoryName="mf/search",
            policyText=_policy({"AWS": "arn:aws:iam::210987654321:root"}, ["ecr:BatchGetImage"]),
        )


def _policy(principal: Any, actions: list[str]) -> str:
    statement = {"Sid": "Pull", "Effect": "Allow", "Principal": principal, "Action": actions}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _container(name: str, region: str, **settings: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": f"{_ACCOUNT}.dkr.ecr.{region}.amazonaws.com/mf/{name}:1.14.2",
        "cpu": 256,
        "memory": 512,
        "essential": True,
        "readonlyRootFilesystem": True,
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": f"/mf/prod/{name}"}},
        "environment": [{"name": "LOG_LEVEL", "value": "info"}],
        **settings,
    }


def _ecs(ecs: Any, region: str, network: dict[str, Any], *, first: bool) -> None:
    insights = [{"name": "containerInsights", "value": "enabled"}]
    ecs.create_cluster(clusterName="mf-prod", settings=insights, tags=[{"key": "Environment", "value": "production"}])
    secret = f"arn:aws:secretsmanager:{region}:{_ACCOUNT}:secret:mf/prod/db"
    for name in ("checkout", "catalogue") if first else ("checkout",):
        _define(ecs, f"mf-{name}", _container(name, region, secrets=[{"name": "DB_PASSWORD", "valueFrom": secret}]))
        _run(ecs, f"mf-{name}", network, public=False)
    if not first:
        return
    _define(
        ecs,
        "mf-reviews",
        _container("reviews", region, environment=[{"name": "DB_PASSWORD", "value": "Old-Bookmarks-7"}]),
    )
    _run(ecs, "mf-reviews", network, public=True)
    # The mended revision is registered, but the service still runs the old one.
    _define(ecs, "mf-reviews", _container("reviews", region, secrets=[{"name": "DB_PASSWORD", "valueFrom": secret}]))
    ecs.create_cluster(clusterName="mf-batch", settings=[{"name": "containerInsights", "value": "disabled"}])
    batch = _container("batch", region, privileged=True, readonlyRootFilesystem=False)
    del batch["logConfiguration"]
    ecs.register_task_definition(
        family="mf-nightly-batch",
        networkMode="host",
        pidMode="host",
        requiresCompatibilities=["EC2"],
        containerDefinitions=[batch],
    )


def _define(ecs: Any, family: str, container: dict[str, Any]) -> None:
    ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        executionRoleArn=f"arn:aws:iam::{_ACCOUNT}:role/mf-ecs-execution",
        containerDefinitions=[container],
        tags=[{"key": "Owner", "value": "samuel.wright@marlowe-finch.example"}],
    )


def _run(ecs: Any, family: str, network: dict[str, Any], *, public: bool) -> None:
    ecs.create_service(
        cluster="mf-prod",
        serviceName=family,
        taskDefinition=family,
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={
            "awsvpcConfiguration": {**network, "assignPublicIp": "ENABLED" if public else "DISABLED"}
        },
    )


def _eks(eks: Any, region: str, subnet: str) -> None:
    role = f"arn:aws:iam::{_ACCOUNT}:role/mf-eks-control-plane"
    everything = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
    key = f"arn:aws:kms:{region}:{_ACCOUNT}:key/6f0d5c1e-2b7a-4d0e-9d3b-5a1f0c9e7b21"
    eks.create_cluster(
        name="mf-prod-recommendations",
        version="1.35",
        roleArn=role,
        resourcesVpcConfig={
            "subnetIds": [subnet],
            "endpointPublicAccess": False,
            "endpointPrivateAccess": True,
        },
        logging={"clusterLogging": [{"types": everything, "enabled": True}]},
        encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key}}],
        tags={"Environment": "production", "Owner": "priya.nair@marlowe-finch.example"},
    )
    eks.create_cluster(
        name="mf-dev-playground",
        version="1.29",
        roleArn=role,
        resourcesVpcConfig={
            "subnetIds": [subnet],
            "endpointPublicAccess": True,
            "endpointPrivateAccess": False,
            "publicAccessCidrs": ["0.0.0.0/0"],
        },
        logging={"clusterLogging": [{"types": everything, "enabled": False}]},
        tags={"Environment": "dev", "Owner": "priya.nair@marlowe-finch.example"},
    )
