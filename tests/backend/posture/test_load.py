"""Rule files of any form: one clear problem each, never an exception."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.posture.frameworks import load_frameworks
from backend.posture.load import load
from backend.posture.mutate import test_paths as run_rule_tests

RULE: dict[str, Any] = {
    "id": "test-rule-one",
    "title": "A rule",
    "severity": "high",
    "resource": "aws_s3_bucket",
    "rationale": "because",
    "remediation": {"text": "do it", "cli": "aws"},
    "reason": "x",
    "pass": "versioning = 'Enabled'",
    "related_scope": {},
    "facts": {},
    "more_rows_can_only": "",
    "frameworks": {},
    "equivalents": {},
    "tests": [{"expect": "pass", "row": {"versioning": "Enabled"}}, {"expect": "fail", "row": {"versioning": ""}}],
}
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text("abä'\u202e{}%", max_size=5))
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(scalars, inner, max_size=2), max_leaves=4
)


def problems(path: Path, content: Any) -> list[str]:
    path.write_text(yaml.safe_dump(content, allow_unicode=False))
    return [str(problem) for problem in load([path])[1]]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(RULE)), values)
def test_no_value_of_a_key_breaks_the_loader(tmp_path_factory: pytest.TempPathFactory, key: str, value: Any) -> None:
    problems(tmp_path_factory.getbasetemp() / "fuzz.yaml", [{**RULE, key: value}])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["expect", "row", "related", "uncollected"]), values)
def test_no_value_in_an_example_breaks_the_test_run(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any
) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz-tests.yaml"
    problems(path, [{**RULE, "tests": [*RULE["tests"], {**RULE["tests"][0], key: value}]}])
    run_rule_tests([path])


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("severity", ["high"], "the severity ['high'] is none of"),
        ("resource", {"a": 1}, "there is no resource table"),
        ("tests", [{"expect": "pass", "row": {}, "related": {"aws_s3_bucket": 5}}], "must be lists"),
        ("tests", [{"expect": "pass", "row": {}, "uncollected": 5}], "must be lists"),
        ("tests", [{"expect": ["pass"], "row": {}}], "a test needs `expect`"),
    ],
)
def test_a_wrong_value_is_one_sentence(tmp_path: Path, key: str, value: Any, says: str) -> None:
    assert any(says in problem for problem in problems(tmp_path / "r.yaml", [{**RULE, key: value}]))


@pytest.mark.parametrize("value", [10**30, float("nan"), "x" * 1_100_000, [1], True])
def test_an_example_with_a_value_no_column_holds_is_a_problem(tmp_path: Path, value: Any) -> None:
    rows = [{"expect": "pass", "row": {"object_lock_days": 1, "versioning": value}}, *RULE["tests"]]
    (tmp_path / "r.yaml").write_text(yaml.safe_dump([{**RULE, "tests": rows}]))
    assert any("cannot be run" in str(problem) for problem in run_rule_tests([tmp_path / "r.yaml"]).problems)


@pytest.mark.parametrize("requirements", [5, "text", {"a": 1}, [5], [{"id": 5}], [None], None])
def test_a_framework_file_of_any_form_is_a_problem_or_empty(tmp_path: Path, requirements: Any) -> None:
    (tmp_path / "f.yaml").write_text(yaml.safe_dump({"id": "f", "title": "F", "requirements": requirements}))
    frameworks, found = load_frameworks([tmp_path])
    assert found or not any(one.requirements for one in frameworks)
