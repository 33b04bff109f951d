"""Rules of the house that a test can hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 1_000_000


def tracked():
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def test_no_big_and_no_binary_file_is_committed():
    for path in tracked():
        content = path.read_bytes()
        assert len(content) <= MAX_BYTES, path
        assert b"\0" not in content[:8000], path


def test_no_registry_host_and_no_path_of_a_machine_is_named():
    hosts = re.compile(
        "|".join(
            (
                "py" + r"pi\.org",
                "python" + r"hosted\.org",
                "npm" + r"js\.(com|org)",
                r"(deb|ftp|security)\." + "debian",
                "/wo" + "rk/",
            )
        )
    )
    for path in tracked():
        assert not hosts.search(path.read_text(errors="replace")), path


@pytest.mark.parametrize(
    ("room", "forbidden"),
    [
        ("ocpp_bridge/src", {"odoo"}),
        ("addons/ev_billing/rating", {"odoo", "psycopg2", "requests"}),
        ("addons/ev_cpms/ingest", {"odoo", "psycopg2"}),
        ("addons/ev_cpms", {"ev_billing", "ocpp_bridge"}),
    ],
)
def test_arrows_point_one_way(room, forbidden):
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            words = {word for name in names for word in name.split(".")}
            assert not words & forbidden, f"{path} imports {names}"


def test_facts_hold_no_price_and_no_invoice():
    """A lower room never speaks of money (design: rooms)."""
    word = re.compile(r"\b(price|invoice|account\.move|Monetary)\b")
    for path in sorted((ROOT / "addons/ev_cpms/models").glob("*.py")):
        assert not word.search(path.read_text()), path
