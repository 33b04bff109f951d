"""Bank files are made and read without a framework, without input or output, without binary floats (design: rooms)."""

import subprocess
import sys
from pathlib import Path

import iso20022
import pytest

from tests.purity import find_impurities

ROOT = Path(iso20022.__file__).parent
MODULES = sorted(ROOT.glob("**/*.py"))
ALLOWED = {
    "bisect",
    "collections",
    "contextlib",
    "csv",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "hashlib",
    "importlib",
    "io",
    "itertools",
    "lxml",
    "operator",
    "pathlib",
    "re",
    "stdnum",
    "typing",
    "unicodedata",
}


def test_the_room_is_found():
    assert {"writer.py", "schemas.py", "characters.py", "facts.py"} <= {path.name for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_pure(path):
    assert not find_impurities(path, ALLOWED)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_module_is_short(path):
    assert len(path.read_text().splitlines()) < 300


def test_importing_it_loads_no_odoo_and_no_network():
    code = (
        "import sys, iso20022.writer, iso20022.schemas, iso20022.rules;"
        "print(sorted({'odoo', 'requests', 'sepaxml', 'pain001', 'camt053'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
