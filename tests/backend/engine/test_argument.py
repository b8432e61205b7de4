from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.engine.verbs import VERBS
from backend.engine.verbs.argument import Arg, check_arguments
from backend.errors import UserError

DECLARED = {
    "ids": Arg("integers"),
    "name": Arg("word", "x", longest=5),
    "state": Arg("word", None, choices=("open", "muted")),
}


def test_defaults_are_filled_in() -> None:
    assert check_arguments("v", DECLARED, {"ids": [1]}) == {"ids": [1], "name": "x", "state": None}
    assert check_arguments("v", DECLARED, {"ids": [], "state": None})["state"] is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([], "v: the arguments must be an object"),
        ({}, "v: the argument “ids” is missing"),
        ({"ids": [1], "more": 1}, "v takes no argument “more”; it takes: ids, name, state"),
        ({"ids": "1"}, "v: “ids” must be a list of whole numbers, not a text"),
        ({"ids": [True]}, "v: “ids” must be a list of whole numbers"),
        ({"ids": [2**64]}, "v: “ids” must be a list of whole numbers"),
        ({"ids": None}, "v: “ids” must be a list of whole numbers, not null"),
        ({"ids": [1], "name": " "}, "v: “name” must be a text that is not empty"),
        ({"ids": [1], "name": "abcdef"}, "v: “name” is too long"),
        ({"ids": [1], "name": "a\0b"}, "v: “name” must be a text"),
        ({"ids": [1], "name": "\ud800"}, "v: “name” must be a text"),
        ({"ids": [1], "state": "closed"}, "v: “state” must be one of open, muted"),
    ],
)
def test_each_fault_names_verb_and_argument(given: Any, told: str) -> None:
    with pytest.raises(UserError) as caught:
        check_arguments("v", DECLARED, given)
    assert caught.value.message.startswith(told)


def test_a_secret_in_the_wrong_place_does_not_come_back() -> None:
    with pytest.raises(UserError) as caught:
        check_arguments("v", DECLARED, {"ids": "hunter2-hunter2"})
    assert "hunter2" not in str(caught.value)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
)


@given(
    st.sampled_from(sorted(VERBS)), _json | st.fixed_dictionaries({"account": _json, "accounts": _json, "job": _json})
)
def test_no_arguments_break_the_check(verb: str, given: Any) -> None:
    try:
        values = check_arguments(verb, VERBS[verb].arguments, given)
    except UserError as error:
        values = None
        told = error.message
    if values is None:
        assert told.startswith(verb)
    else:
        assert set(values) == set(VERBS[verb].arguments)


def test_every_verb_says_what_it_does_and_takes_what_it_declares() -> None:
    import inspect

    for name, verb in VERBS.items():
        assert verb.name == name
        assert verb.doc.endswith(".")
        parameters = list(inspect.signature(verb.run).parameters)[2:]
        assert parameters == list(verb.arguments), name
