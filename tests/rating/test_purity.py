"""The engine stays pure: no framework, no input or output, no binary floats (design: rooms)."""

import ast
import sys
from pathlib import Path

import pytest
import rating

ROOT = Path(rating.__file__).parent
# the command line reads files and prints: it is the one place that may
MODULES = sorted(path for path in ROOT.glob("**/*.py") if "cli" not in path.parts and path.name != "__main__.py")
ALLOWED = {
    "bisect",
    "calendar",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "fractions",
    "functools",
    "itertools",
    "json",
    "math",
    "operator",
    "re",
    "typing",
    "zoneinfo",
}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_module_is_pure(path):
    for node in ast.walk(ast.parse(path.read_text())):
        where = f"{path.name}:{getattr(node, 'lineno', '?')}"
        if isinstance(node, ast.Import):
            imported = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported = set() if node.level else {node.module.split(".")[0]}
        else:
            imported = set()
        assert imported <= ALLOWED, f"{where} imports {imported - ALLOWED}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), f"{where} has a float"
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None
        assert name not in ("float", "open", "print", "input"), f"{where} calls {name}()"
        divides = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        # explain/ divides fractions, as a person would; nothing else divides but by //
        assert not divides or path.parent.name in ("explain", "ocpi"), f"{where} divides with /"


def test_importing_it_loads_no_odoo():
    assert "odoo" not in sys.modules or "pytest_odoo" in sys.modules


def test_public_names_exist_and_are_documented():
    for name in rating.__all__:
        value = getattr(rating, name)
        assert isinstance(value, int | tuple | dict) or value.__doc__, name
