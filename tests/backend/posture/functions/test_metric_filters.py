# ruff: noqa: E501 - a case of a table stays on one line
from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.posture.functions.arguments import BadInput
from backend.posture.functions.filter_pattern import holds, parse
from backend.posture.functions.patterns import SAMPLES

Ask = Callable[..., object]
BY_NAME = [kind for kind in SAMPLES if kind.endswith("_changes")]
TRAIL = ("CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging")


def names(kind: str) -> list[str]:
    return [str(event["eventName"]) for event in SAMPLES[kind]]


@pytest.mark.parametrize("kind", BY_NAME)
def test_every_event_of_a_family_is_needed(ask: Ask, kind: str) -> None:
    terms = [f'($.eventName = "{name}")' for name in names(kind)]
    assert ask("metric_filter_matches", f"{{ {' || '.join(terms)} }}", kind) == 1
    assert ask("metric_filter_matches", f"{{{'||'.join(reversed(terms))}}}".replace(" ", ""), kind) == 1
    for left_out, name in enumerate(names(kind)):
        short = f"{{ {' || '.join(terms[:left_out] + terms[left_out + 1 :])} }}"
        assert ask("metric_filter_matches", short, kind) == 0
        assert ask("metric_filter_missing", short, kind) == json.dumps([name])


@pytest.mark.parametrize(
    ("kind", "pattern", "expected"),
    [
        ("unauthorized_api_calls", '{ ($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*") }', 1),
        ("unauthorized_api_calls", '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*") && ($.sourceIPAddress!="delivery.logs.amazonaws.com") && ($.eventName!="HeadBucket")}', 1),
        ("unauthorized_api_calls", '{ ($.errorCode = "AccessDenied") || ($.errorCode = "*UnauthorizedOperation") }', 0),
        ("unauthorized_api_calls", "{ $.errorCode = *UnauthorizedOperation || $.errorCode = AccessDenied* }", 1),
        ("unauthorized_api_calls", "{ $.errorCode = %UnauthorizedOperation|AccessDenied% }", 1),
        ("sign_in_without_mfa", '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }', 1),
        ("sign_in_without_mfa", '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }', 1),
        ("sign_in_without_mfa", '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed = "Yes") }', 0),
        ("root_usage", '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }', 1),
        ("root_usage", "{$.userIdentity.type=Root&&$.userIdentity.invokedBy NOT EXISTS&&$.eventType!=AwsServiceEvent}", 1),
        ("root_usage", "{ $.userIdentity.type = Root && $.userIdentity.invokedBy EXISTS }", 0),
        ("root_usage", '{ $.userIdentity.type = "Root" && $.eventType = "AwsApiCall" }', 0),
        ("authentication_failures", '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }', 1),
        ("authentication_failures", "{ $.eventName = ConsoleLogin && $.errorMessage EXISTS }", 1),
        ("kms_disable_or_delete", "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }", 1),
        ("kms_disable_or_delete", "{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey)) }", 0),
        ("kms_disable_or_delete", "{($.eventSource = s3.amazonaws.com) && (($.eventName=DisableKey)||($.eventName=ScheduleKeyDeletion)) }", 0),
        # && binds closer than ||
        ("kms_disable_or_delete", "{ $.eventName = DisableKey || $.eventName = ScheduleKeyDeletion && $.eventSource = x }", 0),
        ("cloudtrail_changes", "{ $.eventName = *Trail || $.eventName = St*Logging }", 1),
        ("cloudtrail_changes", '{ $.eventName = "*" }', 1),
        ("cloudtrail_changes", "{ $.eventName = createtrail || $.eventName = *Trail }", 0),
        ("cloudtrail_changes", "{ $.eventSource = cloudtrail.amazonaws.com && $.readOnly IS FALSE }", 1),
        ("cloudtrail_changes", "{ $.eventSource = cloudtrail.amazonaws.com && $.readOnly = false }", 1),
        ("cloudtrail_changes", '{ $.["eventSource"] = "cloudtrail.amazonaws.com" }', 1),
        ("cloudtrail_changes", "{ $.x[0].y = 1 }", 0),
        ("cloudtrail_changes", "{ $.missing != x }", 0),
        ("cloudtrail_changes", "?CreateTrail ?UpdateTrail ?DeleteTrail ?StartLogging ?StopLogging", 1),
        ("cloudtrail_changes", '"cloudtrail.amazonaws.com" -Nothing', 1),
        ("cloudtrail_changes", "CreateTrail UpdateTrail", 0),
        ("cloudtrail_changes", "[ip, user, ...]", 0),
        ("cloudtrail_changes", "", 0),
        # what cannot be read
        ("cloudtrail_changes", "{ $.eventName = CreateTrail", None),
        ("cloudtrail_changes", "{ $.eventName = }", None),
        ("cloudtrail_changes", "{ ($.eventName = a }", None),
        ("cloudtrail_changes", "{ $.eventName = a } x", None),
        ("cloudtrail_changes", "{ eventName = a }", None),
        ("cloudtrail_changes", "{ $.eventName LIKE a }", None),
        ("cloudtrail_changes", "{ $.eventName = a & $.b = c }", None),
        ("cloudtrail_changes", '{ $.eventName = "a }', None),
        ("cloudtrail_changes", "{ $.n > many }", None),
        ("cloudtrail_changes", "{ $.eventName = %(a+)+% }", None),
        ("cloudtrail_changes", "{ $.eventName = %" + ".*" * 9 + "x% }", None),
        ("cloudtrail_changes", "{" + "(" * 500 + "$.a = b" + ")" * 500 + "}", None),
        ("no_such_kind", "{ $.a = b }", None),
    ],
)  # fmt: skip
def test_meaning_not_spelling(ask: Ask, kind: str, pattern: str, expected: object) -> None:
    assert ask("metric_filter_matches", pattern, kind) == expected


def test_all_fifteen_kinds_are_there() -> None:
    assert len(SAMPLES) == 15


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ("{ $.a.b = 1 }", {"a": {"b": 1}}, True),
        ("{ $.a.b = 1.0 }", {"a": {"b": 1}}, True),
        ("{ $.a >= 2 && $.a < 3 }", {"a": 2.5}, True),
        ("{ $.a > 1e2 }", {"a": 100}, False),
        ("{ $.a[1] = x }", {"a": ["y", "x"]}, True),
        ("{ $.a IS NULL }", {"a": None}, True),
        ("{ $.a IS NULL }", {}, False),
        ("{ $.a IS NOT NULL }", {"a": 1}, True),
        ("{ $.a not exists }", {}, True),
        ("{ $.a IS TRUE }", {"a": True}, True),
        ("{ $.a IS TRUE }", {"a": "true"}, False),
        ("{ $.a = {} }", {"a": {}}, None),
        ('{ $.a = "x\\"y" }', {"a": 'x"y'}, True),
        ("{ $.a = %^ab[0-9]+$% }", {"a": "ab12"}, True),
        ("{ $.a != b }", {"a": {"c": 1}}, False),
    ],
)
def test_evaluation(pattern: str, event: dict[str, object], expected: bool | None) -> None:
    if expected is None:
        with pytest.raises(BadInput):
            parse(pattern)
    else:
        assert holds(parse(pattern), event) is expected


TREES = st.recursive(
    st.sampled_from(TRAIL),
    lambda inner: st.tuples(st.sampled_from(["||", "&&"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


def _write(tree: object, space: str, quote: str) -> str:
    if isinstance(tree, str):
        return f"{space}$.eventName{space}={space}{quote}{tree}{quote}{space}"
    sign, parts = tree  # type: ignore[misc]
    return "(" + sign.join(_write(part, space, quote) for part in parts) + ")"


def _truth(tree: object, name: str) -> bool:
    if isinstance(tree, str):
        return tree == name
    sign, parts = tree  # type: ignore[misc]
    return (any if sign == "||" else all)(_truth(part, name) for part in parts)


@given(TREES, st.sampled_from(["", " ", "\n\t "]), st.sampled_from(["", '"']))
def test_the_parser_agrees_with_the_tree_that_was_written(tree: object, space: str, quote: str) -> None:
    node = parse(f"{{{_write(tree, space, quote)}}}")
    assert all(holds(node, {"eventName": name}) == _truth(tree, name) for name in TRAIL)
