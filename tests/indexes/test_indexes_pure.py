"""The package stays pure: no framework, no input or output, no binary floats for prices."""

import ast
import sys
from pathlib import Path

import indexes
import pytest

MODULES = sorted(Path(indexes.__file__).parent.glob("**/*.py"))
ALLOWED = {
    "bisect",
    "collections",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "functools",
    "lxml",
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
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), f"{where} divides with /"


def test_only_one_module_reads_xml():
    assert [path.name for path in MODULES if "lxml" in path.read_text()] == ["xml_tree.py"]


def test_importing_it_loads_no_odoo():
    assert "odoo" not in sys.modules or "pytest_odoo" in sys.modules


def test_public_names_exist_and_are_documented():
    for name in indexes.__all__:
        value = getattr(indexes, name)
        assert isinstance(value, dict) or value.__doc__, name
