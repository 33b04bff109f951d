"""No rule without a test that finds it."""

import re
from pathlib import Path

from iso20022 import rules

CODE = re.compile(r'"([a-z]+(?:_[a-z]+)+)"')
NO_CODES = {"end_to_end_id"}


def test_every_code_of_a_rule_is_found_by_a_test():
    source = "".join(path.read_text() for path in Path(rules.__file__).parent.glob("*.py"))
    tests = "".join(
        path.read_text() for path in Path(__file__).parent.glob("test_rules_*.py") if path != Path(__file__)
    )
    codes = set(CODE.findall(source)) - NO_CODES
    assert len(codes) > 45
    assert codes - set(CODE.findall(tests)) == set()
