"""Imports run one way, down the list of packages, and never in a circle."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    "cli",
    "options",
    "library",
    "workspace",
    "report",
    "drift",
    "replay",
    "deploy",
    "detections",
    "accelerator",
    "ksqldb",
    "spark",
    "schema",
    "profile",
    "project",
    "sources",
    "files",
    "cache",
    "topics",
    "choices",
    "errors",
    "words",
    "memory",
    "processors",
]
"""From the top: a package imports only what stands below it."""

LONGEST_COMMAND_MODULE = 200
COMMAND_LINES = 2_400

# pySigma finds this one by its place; it is a way in, as the command line is.
_PLUGIN = "plugin"


def _modules():
    files = [p for p in (ROOT / "schemagen").rglob("*.py") if _PLUGIN not in p.parts]
    names = (".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files)
    return {name.removesuffix(".__init__"): file for name, file in zip(names, files, strict=True)}


MODULES = _modules()


def _imported(file, *, types):
    """Collect what a file imports, anywhere in it; with `types` for type checking, too."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    if not types:
        tree = _Running().visit(tree)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in inner}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    # The package itself has the version, and the library's names, loaded when they are used.
    return {name for name in found if name.startswith("schemagen.")}


class _Running(ast.NodeTransformer):
    """Takes out what is only imported for type checking."""

    def visit_If(self, node):
        self.generic_visit(node)
        return node.orelse if "TYPE_CHECKING" in ast.unparse(node.test) else node


@cache
def _graph(*, types):
    graph = {name: _imported(file, types=types) - {name} for name, file in MODULES.items()}
    graph.pop("schemagen")
    return graph


def _circles(graph):
    """Find the circles: each a set of modules of which every one leads to every other."""

    def reached(start):
        seen, ahead = set(), list(graph.get(start, ()))
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead += graph.get(name, ())
        return seen

    reach = {name: reached(name) for name in graph}
    circles = {frozenset(n for n in reach[name] if name in reach.get(n, ())) for name in graph}
    return [sorted(circle) for circle in circles if circle]


def test_a_circle_would_be_seen():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": {"e"}, "e": set()}
    assert _circles(graph) == [["b", "c"]]


@pytest.mark.parametrize("types", [False, True])
def test_no_module_imports_itself_by_a_detour(types):
    assert _circles(_graph(types=types)) == []


@pytest.mark.parametrize("package", LAYERS)
def test_imports_run_downwards(package):
    allowed = set(LAYERS[LAYERS.index(package) :])
    upwards = {
        f"{name} imports {other}"
        for name, imported in _graph(types=True).items()
        for other in imported
        if name.split(".")[1] == package and other.split(".")[1] not in allowed
    }
    assert upwards == set()


def test_every_package_has_its_place():
    assert {name.split(".")[1] for name in MODULES if "." in name} == {*LAYERS, "__main__"}


def test_commands_are_thin():
    lengths = {
        file.name: len(file.read_text(encoding="utf-8").splitlines())
        for file in (ROOT / "schemagen" / "cli").glob("*.py")
    }
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_COMMAND_MODULE}
    assert long == {}
    assert sum(lengths.values()) < COMMAND_LINES


def test_no_two_test_modules_share_a_name():
    # They are in no packages: pytest would import the one in place of the other.
    names = Counter(file.name for file in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, n in names.items() if n > 1] == []
