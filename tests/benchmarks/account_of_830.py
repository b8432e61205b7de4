"""An emulator account of about 830 resources in one region.

130 users, 200 buckets, 200 security groups, 100 instances, volumes and snapshots, keys, trails, databases, functions,
queues and topics.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/bench"

_BLOCK = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}


def seed(aws: Callable[[str, str], Any]) -> int:
    """Fill the account; returns how many resources were made."""
    parts = (_users, _buckets, _network, _compute, _keys_and_trails, _databases, _functions, _messages)
    with ThreadPoolExecutor(2) as threads:
        return sum(threads.map(lambda part: part(lambda service: aws(service, REGION)), parts))


def _users(aws: Callable[[str], Any]) -> int:
    iam = aws("iam")
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(trust))
    for number in range(130):
        iam.create_user(UserName=f"user-{number:03}")
        if number % 3 == 0:
            iam.create_access_key(UserName=f"user-{number:03}")
    return 131


def _buckets(aws: Callable[[str], Any]) -> int:
    s3 = aws("s3")
    for number in range(200):
        name = f"bench-bucket-{number:03}"
        s3.create_bucket(Bucket=name)
        if number % 2:
            s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=_BLOCK)
        if number % 4 == 0:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return 200


def _network(aws: Callable[[str], Any]) -> int:
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")
    for number in range(200):
        group = ec2.create_security_group(GroupName=f"group-{number:03}", Description="bench", VpcId=vpc)["GroupId"]
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": 22 if number % 5 == 0 else 443,
                    "ToPort": 22 if number % 5 == 0 else 443,
                    "IpRanges": [{"CidrIp": "0.0.0.0/0" if number % 3 == 0 else "10.0.0.0/8"}],
                }
            ],
        )
    return 202


def _compute(aws: Callable[[str], Any]) -> int:
    ec2 = aws("ec2")
    started = ec2.run_instances(ImageId="ami-12c6146b", MinCount=60, MaxCount=60, InstanceType="t3.micro")["Instances"]
    volumes = [
        ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=8, Encrypted=number % 2 == 0)["VolumeId"]
        for number in range(20)
    ]
    for volume in volumes:
        ec2.create_snapshot(VolumeId=volume)
    return len(started) + 2 * len(volumes)


def _keys_and_trails(aws: Callable[[str], Any]) -> int:
    kms, trail = aws("kms"), aws("cloudtrail")
    for number in range(30):
        key = kms.create_key(Description=f"key {number}")["KeyMetadata"]["KeyId"]
        if number % 2:
            kms.enable_key_rotation(KeyId=key)
    aws("s3").create_bucket(Bucket="bench-trail")
    for number in range(3):
        trail.create_trail(Name=f"trail-{number}", S3BucketName="bench-trail", IsMultiRegionTrail=number == 0)
    return 34


def _databases(aws: Callable[[str], Any]) -> int:
    rds, dynamodb = aws("rds"), aws("dynamodb")
    for number in range(15):
        rds.create_db_instance(
            DBInstanceIdentifier=f"db-{number}",
            DBInstanceClass="db.t3.micro",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="bench",
            MasterUserPassword="demo-only-1",
            StorageEncrypted=number % 2 == 0,
        )
    for number in range(15):
        dynamodb.create_table(
            TableName=f"table-{number}",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    return 30


def _functions(aws: Callable[[str], Any]) -> int:
    client, iam = aws("lambda"), aws("iam")
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role = iam.create_role(RoleName="bench-functions", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "def handler(event, context): return event")
    for number in range(25):
        client.create_function(
            FunctionName=f"function-{number}",
            Runtime="python3.12",
            Role=role,
            Handler="main.handler",
            Code={"ZipFile": code.getvalue()},
        )
    return 26


def _messages(aws: Callable[[str], Any]) -> int:
    sqs, sns, logs, secrets = aws("sqs"), aws("sns"), aws("logs"), aws("secretsmanager")
    for number in range(25):
        sqs.create_queue(QueueName=f"queue-{number}")
        sns.create_topic(Name=f"topic-{number}")
        logs.create_log_group(logGroupName=f"/bench/{number}")
        secrets.create_secret(Name=f"secret-{number}", SecretString="demo-only")
    return 100
