"""The engine stays pure: no framework, no input or output, no binary floats (design: rooms)."""

import sys
from pathlib import Path

import pytest
import rating

from tests.purity import find_impurities

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
    # explain/ and ocpi/ divide fractions, as a person would; nothing else divides but by //
    assert not find_impurities(path, ALLOWED, may_divide=path.parent.name in ("explain", "ocpi"))


def test_importing_it_loads_no_odoo():
    assert "odoo" not in sys.modules or "pytest_odoo" in sys.modules


def test_public_names_exist_and_are_documented():
    for name in rating.__all__:
        value = getattr(rating, name)
        assert isinstance(value, int | tuple | dict) or value.__doc__, name
