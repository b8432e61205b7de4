"""CSV, JSON, SARIF and OCSF."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from backend.errors import UserError
from backend.reports import csv as our_csv
from backend.reports import export, ocsf
from tests.backend.reports import company

EVERYTHING = "(state:none OR -state:none) (presence:gone OR -presence:gone)"


def written(conn, format, query=EVERYTHING):
    stream = io.BytesIO()
    number = export.write(conn, query, format, stream, now=company.NOW)
    assert not stream.closed
    return number, stream.getvalue()


def test_json_is_the_list_that_is_promised(company_conn):
    number, content = written(company_conn, "json")
    found = json.loads(content)
    assert len(found) == number == company_conn.execute("SELECT count(*) FROM finding").fetchone()[0]
    promised = set("rule status severity resource name account region reason frameworks equivalents".split())
    assert all(promised <= set(one) for one in found)
    one = next(one for one in found if one["rule"] == "aws-s3-bucket-public")
    assert one["frameworks"] == {"cis-aws-5.0": ["2.1.4"]}
    assert one["equivalents"] == {"prowler": ["aws_s3_bucket_public"]}
    assert {one["name"] for one in found} >= set(company.HOSTILE)
    assert [company.RANKS[one["severity"]] for one in found] == sorted(
        (company.RANKS[one["severity"]] for one in found), reverse=True
    )


def test_the_query_selects(company_conn):
    _, content = written(company_conn, "json", "severity:critical status:fail account:prod")
    found = json.loads(content)
    assert found
    assert {(one["severity"], one["status"], one["account_name"]) for one in found} == {("critical", "fail", "prod")}
    assert all(one["state"] != "muted" and one["presence"] != "gone" for one in found)


def test_nothing_found_is_an_empty_list(company_conn):
    assert written(company_conn, "json", "name:nobody")[1] == b"[]\n"
    assert json.loads(written(company_conn, "sarif", "name:nobody")[1])["runs"][0]["results"] == []
    assert written(company_conn, "csv", "name:nobody")[1].count(b"\r\n") == 1


@pytest.mark.parametrize(("query", "format"), [("severity:", "csv"), ("nosuch:1", "json"), ("", "xml")])
def test_what_cannot_be_read_is_said(company_conn, query, format):
    with pytest.raises(UserError):
        export.write(company_conn, query, format, io.BytesIO())


def test_no_cell_of_the_csv_is_a_formula(company_conn):
    number, content = written(company_conn, "csv")
    assert not content.startswith(our_csv.BYTE_ORDER_MARK)
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    assert len(rows) == number + 1
    assert all(len(row) == len(our_csv.COLUMNS) for row in rows)
    assert not [cell for row in rows for cell in row if cell[:1] in set("=+-@\t\r\n＝＋－＠")]
    names = {our_csv.restore(row[our_csv.COLUMNS.index("name")]) for row in rows[1:]}
    assert names >= set(company.HOSTILE)


@given(st.text())
def test_a_guarded_cell_can_be_restored(cell):
    assert our_csv.restore(our_csv.guard(cell)) == cell
    assert our_csv.guard(cell)[:1] not in set("=+-@\t\r\n") - {""}


def test_ocsf_is_valid_by_its_own_schema(company_conn):
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=ocsf.SCHEMA_VERSION))
    name = schema.lookup_class_name_from_uid(class_uid=ocsf.CLASS)
    validator = Draft202012Validator(schema.get_class_schema(class_name=name, profiles=["cloud"]))
    number, content = written(company_conn, "ocsf")
    events = json.loads(content)
    assert len(events) == number
    seen = {}
    for one in events:
        key = (one["compliance"]["status"], one["status"], one["severity"], one["finding_info"]["title"])
        seen.setdefault(key, one)
    problems = [(error.json_path, error.message) for one in seen.values() for error in validator.iter_errors(one)]
    assert problems == []
    assert {one["compliance"]["status"] for one in events} == {"Pass", "Fail", "Unknown"}
    assert all(one["type_uid"] == one["class_uid"] * 100 + one["activity_id"] for one in events)
    assert len({one["finding_info"]["uid"] for one in events}) == number
    assert list(validator.iter_errors({**events[0], "nonsense": 1})), "the validator would let anything through"


def test_sarif_is_valid_and_honest(company_conn):
    number, content = written(company_conn, "sarif")
    log = json.loads(content)
    SarifLog.model_validate(log)
    run = log["runs"][0]
    assert len(run["results"]) == number
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    kinds = {(one["kind"], one["level"] == "none") for one in run["results"]}
    assert kinds == {("fail", False), ("open", True), ("pass", True)}
    assert any("suppressions" in one for one in run["results"])
    assert len({one["partialFingerprints"]["vedette/v1"] for one in run["results"]}) == number
    assert b"](https" not in content.replace(b'"name": "[click](https', b"").replace(b"/[click](https", b"")
