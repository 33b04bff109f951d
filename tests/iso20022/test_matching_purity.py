"""Decisions about money are made without a framework, without input or output, without binary floats (design: rooms)."""

from pathlib import Path

import matching
import pytest

from tests.purity import find_impurities

MODULES = sorted(Path(matching.__file__).parent.glob("*.py"))
ALLOWED = {"collections", "dataclasses", "datetime", "decimal", "re"}


def test_the_room_is_found():
    assert {"rules.py", "subset.py", "tokens.py", "explain.py"} <= {path.name for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_matching_is_pure(path):
    assert find_impurities(path, ALLOWED, may_divide=path.name == "explain.py") == []
