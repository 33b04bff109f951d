"""A calculation as a document: support redoes it anywhere (`python -m rating explain`)."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from rating import (
    MICRO,
    Band,
    Banded,
    Filter,
    Indexed,
    RatingError,
    Site,
    Span,
    Tariffed,
    Tier,
    Tiered,
    explain_session,
    to_micro,
)
from rating.calculation import read_calculation, write_calculation
from rating.ocpi import parse, render

from .build import fixed, reader, series, session, term
from .test_tariffed import TARIFF

ADDON = Path(__file__).resolve().parents[2] / "addons" / "ev_billing"
SITE = Site("site", "Europe/Paris", holidays=frozenset([date(2026, 5, 1)]))
SPOT = series(
    "2026-03-02T10:00", ["80", "120", "-40", "200"], timezone="Europe/Paris", finals=[True, True, False, True]
)
ONE = session("2026-03-02T10:00", power_type="dc", profile=7, token="04AA", charging_seconds=3000, idle_seconds=600)
PEAK = Band(300_000, frozenset(range(5)), 480, 1200, ((11, 1), (3, 31)), "never", "peak")
VERSIONS = [
    term(fixed("0.185432"), key=1, name="Energy", valid=Span(date(2026, 1, 1), date(2027, 1, 1))),
    term(Banded((PEAK,), 200_000), key=2, name="Bands"),
    term(Tiered((Tier(5 * MICRO, 300_000), Tier(None, 100_000))), key=3, name="Tiers"),
    term(Indexed("spot", factor=to_micro("1.05"), floor=0, negative="agreed", agreed=5), key=4, name="Spot"),
    term(Tariffed(TARIFF), "session", "charge", key=5, name="Tariff"),
    term(fixed("0.35"), "session", "charge", key=6, name="Start", filter=Filter(power_type="dc", profiles=frozenset([7]))),
]  # fmt: skip
COUNTED = {3: 2 * MICRO}


def document():
    return write_calculation(SITE, ONE, VERSIONS, [SPOT], COUNTED)


def explain(path):
    return subprocess.run(
        [sys.executable, "-m", "rating", "explain", str(path)], cwd=ADDON, capture_output=True, text=True, check=False
    )


def test_reading_back_gives_the_same_calculation():
    calculation = read_calculation(parse(render(document())))
    for before, after in zip(VERSIONS, calculation.versions, strict=True):
        counted = COUNTED.get(before.key)
        expected = explain_session(ONE, before, SITE, reader(SPOT), counted)
        found = explain_session(
            calculation.session, after, calculation.site, calculation.read_index, calculation.counted[after.key]
        )
        assert found == expected, before.term


def test_the_command_prints_a_table_a_person_can_redo(tmp_path):
    path = tmp_path / "calculation.json"
    path.write_text(render(document()))
    done = explain(path)
    assert (done.returncode, done.stderr) == (0, "")
    # 10 kWh x 0.185432
    assert "Energy (credit)" in done.stdout
    assert "10 kWh x 0.185432" in done.stdout
    # quarters of 2.5 kWh at 80, 120, -40 and 200: 0.21, 0.315, 5 millionths x 2.5 = 0.0000125, 0.525; together 1.0500125
    assert "10:00 to 10:15" in done.stdout
    assert "1.0500125, rounded half-up to 6 decimals" in done.stdout
    assert "1.050013" in done.stdout


def test_what_does_not_apply_says_so(tmp_path):
    path = tmp_path / "calculation.json"
    path.write_text(render(write_calculation(SITE, ONE, [term(fixed("1"), valid=Span(date(2027, 1, 1)))])))
    assert "makes no charge" in explain(path).stdout


def test_a_missing_value_is_said(tmp_path):
    path = tmp_path / "calculation.json"
    path.write_text(render(write_calculation(SITE, session("2026-03-02T10:30", 60), [VERSIONS[3]], [SPOT])))
    assert "a price is missing" in explain(path).stdout


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda it: it.pop("site"), "site is missing"),
        (lambda it: it["site"].update(timezone="Mars/Base"), "Time zone 'Mars/Base' is unknown"),
        (lambda it: it["session"].update(start="2026-03-02T10:00:00"), "session.start: .* distance from UTC"),
        (lambda it: it["session"].update(wh="many"), "session.wh: 'many'"),
        (lambda it: it["terms"][1]["price"]["bands"][0].update(price="x"), r"terms\[1\].price.bands\[0\].price"),
        (lambda it: it["terms"][0]["price"].update(kind="guess"), "'guess' is unknown"),
        (lambda it: it.update(terms=[]), "terms: there is none"),
        (lambda it: it.update(terms=7), "terms"),
        (lambda it: it["terms"][0].update(basis="smiles"), "smiles"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(change, words):
    content = json.loads(render(document()), parse_float=Decimal)
    change(content)
    with pytest.raises(RatingError, match=words):
        read_calculation(content)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": NaN}', "[" * 100_000])
def test_no_document_is_one_line_and_exit_code_2(tmp_path, text):
    path = tmp_path / "calculation.json"
    path.write_text(text)
    done = explain(path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_no_file_is_one_line_and_exit_code_2(tmp_path):
    done = explain(tmp_path / "nowhere.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
