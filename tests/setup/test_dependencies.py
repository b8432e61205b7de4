"""What the code imports, pyproject.toml declares: nothing works only because something else brought it along."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = {"backend", "gui"}


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower()


def imported(folder: Path) -> dict[str, set[str]]:
    """Third-party top-level module -> the files that import it, `TYPE_CHECKING` blocks included."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module]
            for top in {name.partition(".")[0] for name in names} - OURS - sys.stdlib_module_names:
                found.setdefault(top, set()).add(str(path.relative_to(ROOT)))
    return found


def test_every_third_party_import_of_the_product_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {name_of(requirement) for requirement in project["dependencies"]}
    of_the_demo = {name_of(requirement) for requirement in project["optional-dependencies"]["demo"]}
    distributions = packages_distributions()
    undeclared = {}
    for folder in (ROOT / "backend", ROOT / "gui"):
        for module, files in imported(folder).items():
            sources = {name.lower().replace("_", "-") for name in distributions.get(module, [])}
            if module == "shiboken6":  # comes with PySide6 as its binding layer, of the very same version
                sources.add("pyside6-essentials")
            in_the_demo = all(file.startswith("backend/demo/") for file in files)
            if not sources & (declared | (of_the_demo if in_the_demo else set())):
                undeclared[module] = sorted(files)
    assert undeclared == {}


def test_the_lock_holds_every_requirement_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = list(chain(project["dependencies"], *project["optional-dependencies"].values()))
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert {name_of(requirement) for requirement in wanted} - locked == set()
