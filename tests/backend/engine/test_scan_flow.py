"""From an account to its findings, over a real emulator, and what is left of a scan when somebody is killed."""

from __future__ import annotations

import os
import sqlite3
from typing import Any

import pytest

from backend.errors import UserError

pytestmark = pytest.mark.timeout(180)
REGION = "eu-west-1"


@pytest.fixture
def account(stage: Any, emulator: Any) -> Any:
    """A client, and an account with four buckets at the emulator."""
    s3 = emulator.client("s3", REGION)
    for number in range(4):
        s3.create_bucket(Bucket=f"bucket-{number}", CreateBucketConfiguration={"LocationConstraint": REGION})
    client = stage.client()
    options = {"endpoint_url": emulator.url, "region": REGION}
    keys = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "canary-wJalrXUtnFEMI-K7MDENG"}
    added = client.call("account.add", name="prod", kind="keys", options=options, keys=keys, demo=True)
    return client, added["account"]


def _ended(client: Any, job: dict[str, Any]) -> dict[str, Any]:
    ended: dict[str, Any] = client.call("job.wait", timeout=120, job=job["id"])
    return ended


def _count(client: Any, table: str, where: str = "1") -> int:
    return int(client.reader().execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0])


def test_a_scan_from_the_first_call_to_findings_and_score(stage: Any, account: Any) -> None:
    client, id = account
    (job,) = client.call("scan.start", accounts=[id], regions=[REGION])
    ended = _ended(client, job)
    assert ended["error"] is None, ended
    assert ended["state"] == "done"
    evaluated = _ended(client, {"id": ended["result"]["evaluation"]})
    assert evaluated["error"] is None, evaluated
    scan = ended["result"]["scan"]
    row = client.reader().execute("SELECT state, cloud_id, identity FROM scan WHERE id = ?", (scan,)).fetchone()
    assert row[0] == "done"
    assert row[1] == "123456789012"
    assert row[2].startswith("arn:aws:")
    assert _count(client, "aws_s3_bucket") == 4
    assert _count(client, "finding", "status = 'fail'") > 0
    assert _count(client, "score", "scope = 'all'") == 1
    actions = [one[0] for one in client.reader().execute("SELECT action FROM audit_log ORDER BY id")]
    assert actions == ["account.add", "scan.start"]
    assert client.call("audit.verify")["ok"]
    # The account knows by now who it is.
    assert client.reader().execute("SELECT cloud_id FROM account").fetchone()[0] == "123456789012"

    with pytest.raises(UserError, match="is done: there is nothing to resume"):
        client.call("scan.resume", scan=scan)


def test_a_scan_cut_by_a_killed_engine_is_resumed_by_the_next_and_doubles_nothing(
    stage: Any, account: Any, until: Any
) -> None:
    client, id = account
    client.call("scan.start", accounts=[id], regions=[REGION])
    until(lambda: _count(client, "scan_unit") >= 3, 60)
    done_before = _count(client, "scan_unit")
    stage.replace(client)
    until(lambda: _count(client, "scan", "state = 'done'") == 1, 60)
    assert _count(client, "scan") == 1
    assert _count(client, "scan_unit") > done_before
    assert _count(client, "aws_s3_bucket") == 4
    (job,) = [job for job in client.call("job.list") if job["kind"] == "scan"]
    assert job["title"] == "Resume the scan of prod"
    for evaluation in [job for job in client.call("job.list") if job["kind"] == "evaluate"]:
        _ended(client, evaluation)
    doubled = "SELECT count(*) FROM (SELECT 1 FROM finding GROUP BY rule, account, resource HAVING count(*) > 1)"
    assert client.reader().execute(doubled).fetchone()[0] == 0


def test_a_scan_whose_worker_is_killed_can_be_resumed_by_hand(stage: Any, account: Any, until: Any) -> None:
    client, id = account
    (job,) = client.call("scan.start", accounts=[id], regions=[REGION])
    until(lambda: _count(client, "scan_unit") >= 3, 60)
    (worker,) = _workers(client.hello["engine"], "scan_worker")
    os.kill(worker, 9)
    ended = _ended(client, job)
    assert ended["state"] == "failed"
    assert "was killed (SIGKILL)" in ended["error"]["message"]
    scan = ended["result"]["scan"]
    assert _count(client, "scan", "state = 'interrupted'") == 1
    assert _ended(client, client.call("scan.resume", scan=scan))["state"] == "done"
    assert _count(client, "scan", "state = 'done'") == 1


def _workers(engine: int, name: str) -> list[int]:
    import psutil

    return [child.pid for child in psutil.Process(engine).children() if any(name in one for one in child.cmdline())]


def test_a_cancelled_scan_keeps_what_it_collected(stage: Any, account: Any, until: Any) -> None:
    client, id = account
    (job,) = client.call("scan.start", accounts=[id], regions=[REGION])
    begun = until(lambda: [one for one in client.call("job.list") if one["subject"].get("scan")], 60)
    scan = begun[0]["subject"]["scan"]
    until(lambda: _count(client, "scan_unit") >= 2, 60)
    with pytest.raises(UserError, match="prod is being scanned already"):
        client.call("scan.start", accounts=[id])
    client.call("scan.cancel", scan=scan)
    assert _ended(client, job)["state"] == "cancelled"
    assert _count(client, "scan", "state = 'cancelled'") == 1
    assert _count(client, "scan_unit") >= 2
    with pytest.raises(UserError, match="is not running"):
        client.call("scan.cancel", scan=scan)


def test_check_again_sees_what_was_fixed_meanwhile(stage: Any, account: Any, emulator: Any) -> None:
    client, id = account
    (job,) = client.call("scan.start", accounts=[id], regions=[REGION])
    _ended(client, {"id": _ended(client, job)["result"]["evaluation"]})
    query = "SELECT id, name FROM finding WHERE rule = ? AND status = 'fail' ORDER BY name"
    found = client.reader().execute(query, ("aws-s3-bucket-public-access-block",)).fetchall()
    (finding, bucket), (gone, lost), *_ = found
    s3 = emulator.client("s3", REGION)
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=closed)
    s3.delete_bucket(Bucket=lost)
    again = client.call("finding.check_again", timeout=60, finding=finding)
    assert (again["outcome"], again["status"], again["presence"]) == ("read", "pass", "present")
    assert client.reader().execute("SELECT state FROM finding WHERE id = ?", (finding,)).fetchone()[0] == "resolved"
    again = client.call("finding.check_again", timeout=60, finding=gone)
    assert (again["outcome"], again["presence"]) == ("gone", "gone")


def test_check_again_reads_the_rows_beside_the_resource_too(stage: Any, account: Any, emulator: Any) -> None:
    client, id = account
    ec2 = emulator.client("ec2", REGION)
    group = ec2.create_security_group(GroupName="open", Description="open")["GroupId"]
    ssh = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[ssh])
    (job,) = client.call("scan.start", accounts=[id], regions=[REGION])
    _ended(client, {"id": _ended(client, job)["result"]["evaluation"]})
    query = "SELECT id FROM finding WHERE rule = 'aws-ec2-security-group-ssh' AND status = 'fail'"
    ((finding,),) = client.reader().execute(query).fetchall()
    assert client.call("finding.check_again", timeout=60, finding=finding)["status"] == "fail"
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[ssh])
    again = client.call("finding.check_again", timeout=60, finding=finding)
    assert (again["outcome"], again["status"]) == ("read", "pass")


def test_an_account_that_cannot_sign_in_fails_in_one_sentence(stage: Any) -> None:
    client = stage.client()
    options = {"endpoint_url": "http://127.0.0.1:9"}
    keys = {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "secret_access_key": "canary-wJalrXUtnFEMI-K7MDENG"}
    id = client.call("account.add", name="dead", kind="keys", options=options, keys=keys, demo=True)["account"]
    (job,) = client.call("scan.start", accounts=[id])
    ended = _ended(client, job)
    assert ended["state"] == "failed"
    assert "http://127.0.0.1:9" in ended["error"]["message"]
    assert _count(client, "scan") == 0


def test_a_missing_profile_is_named(stage: Any) -> None:
    client = stage.client()
    assert client.call("profile.list", timeout=60) == []
    id = client.call("account.add", name="p", kind="profile", options={"profile": "nope"})["account"]
    ended = _ended(client, client.call("account.test", account=id))
    assert "nope" in ended["error"]["message"]


def test_no_secret_is_anywhere_in_clear(stage: Any, account: Any) -> None:
    client, id = account
    _ended(client, client.call("account.test", account=id))
    canary = b"canary-wJalrXUtnFEMI-K7MDENG"
    log = client.hello["log"]
    client.close()
    for path in (*stage.workspace.parent.iterdir(), log):
        with open(path, "rb") as stream:  # noqa: PTH123
            assert canary not in stream.read(), path
    conn = sqlite3.connect(stage.workspace)
    assert conn.execute("SELECT count(*) FROM secret").fetchone()[0] == 1
    conn.close()
