"""The findings of an earlier moment are those that the engine had then."""

from __future__ import annotations

import re
import resource
import stat
import tempfile
from pathlib import Path

import pytest

from backend.errors import UserError
from backend.past import note, plan
from backend.past.moment import parse
from backend.past.opening import opened
from backend.posture.evaluate_worker import evaluate_scan
from backend.reads import scans as scan_reads
from backend.workspace.file import open_reader
from tests.backend.posture.long_run import DAY, START, LongRun, differences, rows_of, wander
from tests.backend.posture.scans import ACCOUNT, rule


@pytest.fixture
def run(tmp_path: Path) -> LongRun:
    folder = tmp_path / "rules"
    folder.mkdir()
    rules = [
        rule(folder),
        rule(
            folder,
            id="test-rule-two",
            severity="low",
            pass_="versioning = 'Enabled' OR NOT EXISTS (SELECT 1 FROM aws_s3_bucket b"
            " WHERE b.versioning = 'Suspended' AND b.uid > aws_s3_bucket.uid)",
            reason="{versioning} and the others",
            tests=[
                {"expect": "pass", "row": {"versioning": "Enabled"}},
                {
                    "expect": "fail",
                    "row": {"versioning": ""},
                    "related": {"aws_s3_bucket": [{"versioning": "Suspended"}]},
                },
            ],
        ),
    ]
    return LongRun(tmp_path / "run.vedette", rules)


def iso(at: int) -> str:
    from backend.cli.output import moment

    return moment(at)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_every_moment_is_as_it_was(run, seed):
    for moment, stood in wander(run, seed)[seed % 2 :: 3]:
        with opened(run.path, iso(moment)) as conn:
            assert differences(rows_of(conn), stood) == []


@pytest.mark.parametrize(
    ("depth", "seed"),
    [(1, 4), (3, 5), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((1, 5), (1, 6), (3, 4), (3, 6)))],
)
def test_what_is_too_much_to_judge_anew_comes_from_the_history(run, depth, seed, monkeypatch):
    monkeypatch.setattr(plan, "MOST_SCANS", depth)
    for moment, stood in wander(run, seed)[depth + 1 :: 3]:
        with opened(run.path, iso(moment)) as conn:
            found = note.read(conn)
            assert found is not None
            assert found.from_history == ("prod",)
            assert len(found.judged) == depth
            # Of a resource that is not there now, the history keeps no evidence, nor when it was last there.
            assert differences(_present(rows_of(conn)), _present(stood)) == []
            told = differences(rows_of(conn), stood)
            assert [one for one in told if not re.search(r"\): (evidence|missing|last_seen|last_scan) ", one)] == []


def _present(rows: dict) -> dict:
    return {key: row for key, row in rows.items() if row[7] == "present"}


def test_two_past_moments_differ_as_the_scans_do(run):
    wander(run, 11)
    ids = [row[0] for row in run.conn.execute("SELECT id FROM scan ORDER BY id")]
    for first, last in ((ids[1], ids[4]), (ids[2], ids[7])):
        told = scan_reads.diff(run.conn, first, last)
        with opened(run.path, f"scan {first}") as conn:
            before = rows_of(conn)
        with opened(run.path, str(last)) as conn:
            after = rows_of(conn)
        failing = {
            key for key, row in after.items()
            if row[6] == "fail" and row[7] != "gone" and (key not in before or before[key][6] != "fail")
        }  # fmt: skip
        fixed = {
            key for key, row in after.items()
            if row[6] == "pass" and row[7] != "gone" and key in before and before[key][6] == "fail"
        }  # fmt: skip
        assert {(one.rule, one.name) for one in told.failing} == failing
        assert {(one.rule, one.name) for one in told.fixed} == fixed


def test_the_engines_evaluation_of_an_earlier_scan_says_the_same(run):
    """`evaluate.run` tells where an earlier scan differs from the present; nowhere else may the past differ."""
    wander(run, 12)
    scan = 4
    told: dict[tuple[str, str], tuple[str, str]] = {}

    class Link:
        def progress(self, done, total, text):
            pass

        def batch(self, data):
            told.update({(data["rule"], one["name"]): (one["status"], one["reason"]) for one in data["changed"]})

        def cancelled(self):
            return False

    evaluate_scan(run.path, scan, (), Link())
    now = {key: (row[6], row[10]) for key, row in rows_of(run.conn).items()}
    with opened(run.path, str(scan)) as conn:
        then = {key: (row[6], row[10]) for key, row in _present(rows_of(conn)).items()}
    assert then
    assert all(then[key] == {**now, **told}[key] for key in then)
    assert set(told) <= set(then)


def test_todays_rules_judge(run, tmp_path):
    run.step({"a": "Suspended"}, START)
    moment = iso(START + 60)
    with opened(run.path, moment) as conn:
        before = note.read(conn)
        assert rows_of(conn)["test-rule-one", "a"][6] == "fail"
    run.publish(rule(tmp_path, pass_="versioning <> ''"))
    with opened(run.path, moment) as conn:
        after = note.read(conn)
        assert rows_of(conn)["test-rule-one", "a"][6] == "pass"
    assert before.rules_sha256 != after.rules_sha256


def test_a_rule_switched_off_says_nothing_of_the_past(run):
    run.step({"a": "Suspended"}, START)
    run.conn.execute("UPDATE rule SET enabled = 0 WHERE id = 'test-rule-one'")
    with opened(run.path, "1") as conn:
        assert [key[0] for key in rows_of(conn)] == ["test-rule-two"]


def test_what_an_evaluation_of_today_says_of_a_rule_is_not_held_against_it(run):
    run.step({"a": "Suspended"}, START)
    run.conn.execute("UPDATE rule SET error = 'it did not end within 20 seconds'")
    with opened(run.path, "1") as conn:
        assert len(rows_of(conn)) == 2
        assert conn.execute("SELECT DISTINCT error FROM rule").fetchall() == [("",)]


def test_what_is_left_out_is_named(run):
    run.step({"a": "Suspended"}, START)
    run.step({"a": "Enabled"}, START + DAY, state="cancelled")
    other = run.conn.execute(
        "INSERT INTO scan (provider, cloud_id, state, started_at, finished_at, product_version)"
        " VALUES ('aws', '999988887777', 'done', ?, ?, 't')",
        (START, START + 9),
    ).lastrowid
    run.conn.execute(
        "INSERT INTO account (provider, name, kind, cloud_id, created_at) VALUES ('aws', 'new', 'profile', '1', ?)",
        (START,),
    )
    run.conn.execute("UPDATE finding SET presence = 'gone' WHERE rule = 'test-rule-two'")
    run.conn.execute("DELETE FROM rule WHERE id = 'test-rule-two'")
    with opened(run.path, iso(START + 2 * DAY)) as conn:
        found = note.read(conn)
        assert rows_of(conn)["test-rule-one", "a"][6] == "fail"
    assert [(one[0], one[1]) for one in found.unfinished] == [(2, "prod")]
    assert (found.retired, found.without_scan) == (("999988887777",), ("new",))
    assert found.deleted_rules == ("test-rule-two",)
    with pytest.raises(UserError, match="was removed"), opened(run.path, f"scan {other}"):
        pass


def test_what_was_read_again_after_the_moment_is_told(run):
    scan = run.step({"a": "Suspended", "b": "Enabled"}, START)
    with opened(run.path, "1") as conn:
        assert note.read(conn).reread == 0
    run.conn.execute(
        "INSERT INTO api_call_outcome (scan, account, region, operation, resource, outcome, at)"
        " VALUES (?, ?, 'eu-west-1', 's3.GetBucketVersioning', 'arn:aws:s3:::a', 'ok', ?)",
        (scan, ACCOUNT, START + DAY),
    )
    with opened(run.path, "1") as conn:
        found = note.read(conn)
    assert (found.reread, found.reread_at) == (1, START + DAY)


def test_labels_and_comments_are_those_of_then(run):
    tagged = {"versioning": "Enabled", "tags": '{"env": "prod", "team": "red"}'}
    run.pass_time(START)
    scan = run.scan([("aws_s3_bucket", "a", tagged)], at=START)
    for one in run.rules:
        run.merge(one, scan, START)
    uid = run.finding("a")["resource"]
    run.conn.execute("UPDATE asset_label SET value = 'blue' WHERE key = 'owner'")  # as a later scan's tags would
    for key, at in (("criticality", START + 5), ("sensitivity", START + DAY)):
        run.conn.execute("INSERT INTO asset_label VALUES (?, ?, ?, 'high', 'analyst', ?)", (ACCOUNT, uid, key, at))
    id_ = run.finding("a")["id"]
    for at in (START + 5, START + DAY):
        run.conn.execute("INSERT INTO comment (finding, at, who, text) VALUES (?, ?, 'li', ?)", (id_, at, str(at)))
    with opened(run.path, iso(START + 60), keep_ids=True) as conn:
        labels = dict(conn.execute("SELECT key, value FROM asset_label"))
        comments = conn.execute("SELECT finding, text FROM comment").fetchall()
    assert labels == {"environment": "production", "owner": "red", "criticality": "high"}
    assert comments == [(id_, str(START + 5))]


def test_a_colleagues_decision_counts_from_its_import(run):
    run.step({"a": "Suspended"}, START)
    resource_ = run.finding("a")["resource"]
    run.conn.execute(
        "INSERT INTO triage (uuid, rule, account, resource, at, who, state_before, state, reason, origin)"
        " VALUES ('u', 'test-rule-one', ?, ?, ?, 'li', 'open', 'muted', 'accepted risk', 'imported')",
        (ACCOUNT, resource_, START + 100),
    )
    run.conn.execute(
        "INSERT INTO audit_log (at, who, action, subject, detail, mac)"
        " VALUES (?, 'me', 'triage.import', 'f', ?, x'00')",
        (START + 5000, '{"recorded": 1}'),
    )
    with opened(run.path, iso(START + 4000)) as conn:
        assert rows_of(conn)["test-rule-one", "a"][8] == "open"
    with opened(run.path, iso(START + 6000)) as conn:
        row = rows_of(conn)["test-rule-one", "a"]
        assert (row[8], row[21]) == ("muted", "li")


def test_who_muted_stays_who_muted_when_its_end_is_taken_back(run):
    from backend.workspace import triage

    run.step({"a": "Suspended"}, START)
    run.decide("a", START + 10, "muted", who="li", reason="false positive")
    id_ = run.conn.execute("SELECT id FROM finding WHERE rule = 'test-rule-one'").fetchone()[0]
    steps, _ = triage.decide(run.conn, [id_], triage.Decision("open"), who="sam", at=START + 20)
    triage.undo(run.conn, steps, who="sam", at=START + 30)
    with opened(run.path, iso(START + 60)) as conn:
        assert rows_of(conn) == rows_of(run.conn)


def test_ids_are_those_of_the_present_where_asked(run):
    stood = wander(run, 5, days=4)
    run.conn.execute("DELETE FROM finding_history WHERE finding = 3")
    run.conn.execute("DELETE FROM finding WHERE id = 3")
    with opened(run.path, iso(stood[-1][0]), keep_ids=True) as conn:
        there = dict(conn.execute("SELECT rule || resource, id FROM finding"))
        assert conn.execute(
            "SELECT count(*) FROM finding_history LEFT JOIN finding ON finding.id = finding"
        ).fetchone()[0]
        assert not conn.execute(
            "SELECT 1 FROM finding_history WHERE finding NOT IN (SELECT id FROM finding)"
        ).fetchone()
    now = dict(run.conn.execute("SELECT rule || resource, id FROM finding"))
    assert {key: id_ for key, id_ in there.items() if id_ > 0} == now
    assert len([id_ for id_ in there.values() if id_ < 0]) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("yesterday", "no moment"),
        ("2026-13-01", "no moment"),
        ("9999-01-01", "not over"),
        ("9999-01-01T00:00Z", "not over"),
        ("1", "is cancelled"),
        ("77", "no scan 77"),
        ("2001-01-01", "No scan was done by then"),
    ],
)
def test_a_moment_that_cannot_be_is_one_sentence(run, text, words):
    run.step({"a": "Enabled"}, START, state="cancelled")
    run.step({"a": "Enabled"}, START + DAY)
    with pytest.raises(UserError, match=words), opened(run.path, text):
        pass


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-10-09", 1_760_054_399),
        ("2025-10-09T10:53:20Z", 1_760_007_200),
        ("2025-10-09T12:53:20+02:00", 1_760_007_200),
        (" 2025-10-09 10:53:20 ", 1_760_007_200),
        ("scan 1", START),
        ("#1", START),
    ],
)
def test_a_moment_in_any_of_its_forms(run, text, at):
    run.step({}, START)
    assert parse(run.conn, text, 2_000_000_000).at == at


def test_the_scans_of_an_organization_belong_together(run):
    run.step({}, START)
    run.step({}, START + 500)
    run.conn.execute("UPDATE scan SET batch = 'x'")
    assert parse(run.conn, "1", 2_000_000_000).at == START + 500


def test_the_copy_is_private_and_leaves_nothing(run, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "t").mkdir()
    dead = tmp_path / "t" / "vedette-past-999999999-x"
    dead.mkdir()
    run.step({"a": "Enabled"}, START)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    modes: list[int] = []

    def look(done: int, total: int, text: str) -> None:
        modes.extend(stat.S_IMODE(one.stat().st_mode) for one in (tmp_path / "t").rglob("*") if one.is_file())
        modes.extend(stat.S_IMODE(one.stat().st_mode) & 0o77 for one in (tmp_path / "t").iterdir())

    with opened(run.path, "1", progress=look) as conn:
        assert not list((tmp_path / "t").iterdir())
        assert conn.execute("SELECT count(*) FROM finding").fetchone()[0] == 2
        with pytest.raises(Exception, match=r"readonly|query_only"):
            conn.execute("DELETE FROM finding")
    assert set(modes) == {0o600, 0}
    assert resource.getrlimit(resource.RLIMIT_AS) == limit

    class Stop(Exception):
        pass

    def stop(done: int, total: int, text: str) -> None:
        if total:
            raise Stop

    with pytest.raises(Stop), opened(run.path, "1", progress=stop):
        pass
    assert not list((tmp_path / "t").iterdir())
    assert resource.getrlimit(resource.RLIMIT_AS) == limit


def test_the_workspace_is_only_read(run):
    run.step({"a": "Suspended"}, START)
    before = list(run.conn.iterdump())
    with opened(run.path, "1"):
        pass
    assert list(run.conn.iterdump()) == before
    open_reader(run.path).close()
