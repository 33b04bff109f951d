"""The package stays pure: no framework, no input or output, no binary floats for prices."""

import sys
from pathlib import Path

import indexes
import pytest

from tests.purity import find_impurities

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
    assert not find_impurities(path, ALLOWED)


def test_only_one_module_reads_xml():
    assert [path.name for path in MODULES if "lxml" in path.read_text()] == ["xml_tree.py"]


def test_importing_it_loads_no_odoo():
    assert "odoo" not in sys.modules or "pytest_odoo" in sys.modules


def test_public_names_exist_and_are_documented():
    for name in indexes.__all__:
        value = getattr(indexes, name)
        assert isinstance(value, dict) or value.__doc__, name
