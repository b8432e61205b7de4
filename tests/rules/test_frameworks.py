"""The shipped frameworks: real ids in natural order, and rules that name only what exists."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from backend.posture.frameworks import Framework, dangling, load_frameworks
from backend.posture.load import load
from backend.posture.rule import Rule
from backend.product import rules_root

IDS = {
    "cis-aws-5.0": r"[1-5](\.\d{1,2}){1,2}",
    "pci-dss-4.0": r"(1[0-2]|[1-9])(\.\d{1,2}){2,4}",
    "soc2": r"(CC[1-9]|A1|C1|PI1)\.[1-8]",
    "hipaa": r"164\.3(08|1[0246])\([a-e]\)(\(\d\)(\([ivx]+\)(\([A-E]\))?)?)?",
}
# How many requirements each has; a line lost or invented in an edit shows here.
SIZES = {"cis-aws-5.0": 63, "pci-dss-4.0": 250, "soc2": 43, "hipaa": 69}


@pytest.fixture(scope="module")
def frameworks() -> dict[str, Framework]:
    found, problems = load_frameworks([rules_root() / "frameworks"])
    assert problems == []
    return {one.id: one for one in found}


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    return load([rules_root() / "posture"])[0]


def natural(id_: str) -> list[tuple[int, str]]:
    """'1.9' before '1.10', '(ii)' before '(iv)'."""
    roman = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
    return [
        (int(part), "") if part.isdigit() else (roman.get(part, 0), part) for part in re.findall(r"\d+|[A-Za-z]+", id_)
    ]


def test_each_framework_is_whole_and_its_ids_have_its_form(frameworks: dict[str, Framework]):
    assert {name: len(one.requirements) for name, one in frameworks.items()} == SIZES
    strange = [
        (name, requirement.id)
        for name, one in frameworks.items()
        for requirement in one.requirements
        if not re.fullmatch(IDS[name], requirement.id)
    ]
    assert strange == []


def test_requirements_stand_in_natural_order(frameworks: dict[str, Framework]):
    for name, one in frameworks.items():
        ids = [requirement.id for requirement in one.requirements]
        families = list(dict.fromkeys(re.match(r"[A-Z]*", id_)[0] for id_ in ids))  # type: ignore[index]
        assert ids == sorted(ids, key=lambda id_: (families.index(re.match(r"[A-Z]*", id_)[0]), natural(id_))), name


def test_the_zero_of_1_10_is_kept(frameworks: dict[str, Framework]):
    ids = [requirement.id for requirement in frameworks["cis-aws-5.0"].requirements]
    assert {"1.1", "1.10", "4.1", "4.10"} <= set(ids)


def test_a_section_is_one_run_of_requirements_and_titles_are_ours(frameworks: dict[str, Framework]):
    for name, one in frameworks.items():
        runs = [now for before, now in zip([None, *one.requirements], one.requirements, strict=False)
                if before is None or before.section != now.section]  # fmt: skip
        assert max(Counter(requirement.section for requirement in runs).values()) == 1, name
        assert all(requirement.section for requirement in one.requirements), name
        titles = Counter(requirement.title for requirement in one.requirements)
        assert [title for title, count in titles.items() if count > 1] == [], name
        assert [title for title in titles if title.startswith("Ensure") or len(title) > 90] == [], name


def test_no_rule_names_a_requirement_that_does_not_exist(frameworks: dict[str, Framework], rules: list[Rule]):
    assert rules
    assert [str(problem) for problem in dangling(rules, frameworks.values())] == []


def test_every_cis_recommendation_has_a_rule(frameworks: dict[str, Framework], rules: list[Rule]):
    gaps = {}
    for name, one in frameworks.items():
        mapped = {id_ for rule in rules for id_ in rule.frameworks.get(name, ())}
        gaps[name] = [requirement.id for requirement in one.requirements if requirement.id not in mapped]
        by_hand = sum(requirement.manual for requirement in one.requirements)
        print(f"{name}: {len(mapped)} of {len(one.requirements)}, {by_hand} by hand; no rule:", *gaps[name])  # noqa: T201 - pytest -s
    assert gaps["cis-aws-5.0"] == []
    share = {name: 1 - len(gap) / SIZES[name] for name, gap in gaps.items()}
    assert share["pci-dss-4.0"] >= 0.2, share  # most of it is about people, papers and buildings
    assert share["soc2"] >= 0.4, share
    assert share["hipaa"] >= 0.3, share


def test_a_framework_with_a_doubled_requirement_is_found_out(tmp_path: Path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "id: mine\ntitle: Mine\nrequirements:\n"
        '  - {id: "1.10", title: One}\n  - {id: "1.10", title: Again}\n  - {id: 1.2, title: A number}\n'
        '  - {id: "1.3", title: By hand, manual: "yes"}\n  - {id: "1.4", title: By hand, manual: true}\n'
    )
    found, problems = load_frameworks([path])
    assert [(one.line, one.message) for one in problems] == [
        (5, "the requirement 1.10 stands twice"),
        (6, "a requirement has an id (quoted text) and a title"),
        (7, "`manual` of 1.3 must be true or false"),
    ]
    assert [(one.id, one.manual) for one in found[0].requirements] == [("1.10", False), ("1.4", True)]


def test_two_files_of_one_framework_are_found_out(tmp_path: Path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text('id: mine\ntitle: Mine\nrequirements: [{id: "1", title: One}]\n')
    found, problems = load_frameworks([tmp_path])
    assert len(found) == 1
    assert [one.file.name for one in problems] == ["b.yaml"]
    assert "already taken" in problems[0].message


def test_dangling_names_the_rule_that_is_wrong(frameworks: dict[str, Framework], rules: list[Rule]):
    names = {"cis-aws-5.0": ("9.99", "1.1", "1.1"), "no-such-framework": ("1",)}
    wrong = replace(rules[0], frameworks=names)
    problems = dangling([wrong], frameworks.values())
    assert [one.message for one in problems] == [
        "cis-aws-5.0 has no requirement 9.99",
        "cis-aws-5.0: a requirement is named twice",
        "there is no framework no-such-framework",
    ]
    assert {one.rule for one in problems} == {wrong.id}
