"""Frameworks as files under rules/frameworks/: ids and our own titles, and the check that no id dangles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.posture.load import rule_files
from backend.posture.rule import Problem, Rule
from backend.posture.yaml_lines import YamlRefused, read


@dataclass(frozen=True)
class Requirement:
    """A requirement of a framework; `title` is in our own words.

    `manual`: what the API answers is evidence at most; whether the requirement is met, a person must say.
    """

    id: str
    title: str
    section: str
    line: int
    manual: bool = False


@dataclass(frozen=True)
class Framework:
    """`id` as rules name it ('cis-aws-5.0')."""

    id: str
    title: str
    requirements: tuple[Requirement, ...]
    file: Path


def load_frameworks(paths: Iterable[Path]) -> tuple[list[Framework], list[Problem]]:
    """All framework files below the paths; a doubled framework or requirement id is a problem."""
    frameworks: list[Framework] = []
    problems: list[Problem] = []
    seen: dict[str, Path] = {}
    for path in rule_files(paths):
        try:
            content, lines = read(path)
        except YamlRefused as refused:
            problems.append(Problem(path, refused.line, "", str(refused)))
            continue
        if not isinstance(content, dict) or not {"id", "title", "requirements"} <= set(content):
            problems.append(Problem(path, 1, "", "a framework file has id, title and requirements"))
            continue
        if not isinstance(content["requirements"] or [], list):
            problems.append(Problem(path, 1, "", "`requirements` must be a list"))
            continue
        name = str(content["id"])
        if name in seen:
            problems.append(Problem(path, 1, name, f"the framework id is already taken by {seen[name]}"))
            continue
        seen[name] = path
        requirements: dict[str, Requirement] = {}
        for entry in content["requirements"] or []:
            line = lines.of(entry)
            if not isinstance(entry, dict) or not entry.get("title") or not isinstance(entry.get("id"), str):
                problems.append(Problem(path, line, name, "a requirement has an id (quoted text) and a title"))
                continue
            if entry["id"] in requirements:
                problems.append(Problem(path, line, name, f"the requirement {entry['id']} stands twice"))
                continue
            if not isinstance(entry.get("manual", False), bool):
                problems.append(Problem(path, line, name, f"`manual` of {entry['id']} must be true or false"))
                continue
            section, manual = str(entry.get("section", "")), entry.get("manual", False)
            requirements[entry["id"]] = Requirement(entry["id"], str(entry["title"]), section, line, manual)
        frameworks.append(Framework(name, str(content["title"]), tuple(requirements.values()), path))
    return frameworks, problems


def dangling(rules: Iterable[Rule], frameworks: Iterable[Framework]) -> list[Problem]:
    """Rules that name a framework or requirement that does not exist, or one twice."""
    known = {one.id: {requirement.id for requirement in one.requirements} for one in frameworks}
    problems: list[Problem] = []
    for rule in rules:
        for name, ids in rule.frameworks.items():
            if name not in known:
                problems.append(Problem(rule.file, rule.line, rule.id, f"there is no framework {name}"))
                continue
            problems += [
                Problem(rule.file, rule.line, rule.id, f"{name} has no requirement {one}")
                for one in ids
                if one not in known[name]
            ]
            if len(set(ids)) != len(ids):
                problems.append(Problem(rule.file, rule.line, rule.id, f"{name}: a requirement is named twice"))
    return problems
