from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from rating import (
    Filter,
    Fixed,
    PriceError,
    Rater,
    Session,
    SessionError,
    Site,
    Span,
    TermError,
    TermVersion,
    epoch,
    to_micro,
)

PARIS = Site("site", "Europe/Paris")


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def version(price="0.10", basis="kwh", direction="credit", key="v", term="t", **values):
    return TermVersion(key, term, direction, basis, Fixed(to_micro(price)), **values)


def session(start="2026-03-01T08:00:00", wh=10_000, key="s", **values):
    return Session(key, "site", "station", at(start), at(start) + 3600, wh, **values)


def amounts(versions, *sessions, site=PARIS):
    return [charge.amount for charge in Rater(versions, [site]).rate(sessions)]


def test_price_per_kwh_is_exact_to_six_decimals():
    # 12,345 Wh x 0.185432 = 2.28915804 -> 2.289158
    assert amounts([version("0.185432")], session(wh=12_345)) == [Decimal("2.289158")]


def test_half_a_millionth_rounds_up():
    # 1 Wh x 0.0005 = 0.0000005 -> 0.000001, and its credit to -0.000001
    assert amounts([version("0.0005")], session(wh=1)) == [Decimal("0.000001")]
    assert amounts([version("0.0005")], session(wh=1, sign=-1)) == [Decimal("-0.000001")]


def test_credit_is_the_mirror_of_its_original():
    terms = [version("0.185432"), version("0.35", "session", key="w", term="u")]
    for original, credit in zip(
        amounts(terms, session(wh=12_345)), amounts(terms, session(wh=12_345, sign=-1)), strict=True
    ):
        assert original == -credit


def test_no_energy_is_a_charge_of_zero_per_kwh_and_none_per_session():
    terms = [version(), version("1", "session", key="w", term="u")]
    assert amounts(terms, session(wh=0)) == [Decimal(0)]
    assert amounts([version("1", "session", count_zero_energy=True)], session(wh=0)) == [Decimal(1)]


def test_price_of_the_local_day_of_the_start():
    old = version("0.10", key="old", valid=Span(None, date(2026, 3, 15)))
    new = version("0.20", key="new", valid=Span(date(2026, 3, 15)))
    # 22:30 UTC is 23:30 in Paris, 23:00 UTC is midnight
    assert amounts([old, new], session("2026-03-14T22:30:00"), session("2026-03-14T23:00:00")) == [
        Decimal(1),
        Decimal(2),
    ]


def test_sessions_outside_the_coverage_make_nothing():
    site = Site("site", "Europe/Paris", (Span(date(2026, 3, 1), date(2026, 3, 10)), Span(date(2026, 3, 20))))
    found = amounts(
        [version()],
        session("2026-02-28T12:00:00"),
        session("2026-03-09T12:00:00"),
        session("2026-03-10T12:00:00"),
        session("2026-03-20T12:00:00"),
        site=site,
    )
    assert len(found) == 2


@pytest.mark.parametrize(
    ("restriction", "facts", "matches"),
    [
        (Filter(power_type="dc"), {"power_type": "dc"}, True),
        (Filter(power_type="dc"), {"power_type": "ac"}, False),
        (Filter(power_type="dc"), {}, False),
        (Filter(kind="roaming"), {"kind": "roaming"}, True),
        (Filter(kind="roaming"), {}, False),
        (Filter(profiles=frozenset([7])), {"profile": 7}, True),
        (Filter(profiles=frozenset([7])), {"profile": None}, False),
        (Filter(sites=frozenset(["site"])), {}, True),
        (Filter(sites=frozenset(["other"])), {}, False),
        (Filter(stations=frozenset(["station"]), kind="local"), {"kind": "local"}, True),
        (Filter(stations=frozenset(["station"]), kind="local"), {"kind": "ad_hoc"}, False),
    ],
)
def test_filters_are_anded_and_unknown_never_matches(restriction, facts, matches):
    assert bool(amounts([version(filter=restriction)], session(**facts))) is matches


def test_two_versions_on_one_day_are_refused_by_name():
    with pytest.raises(TermError, match="a .* and b .* overlap"):
        Rater(
            [version(key="a", valid=Span(None, date(2026, 3, 2))), version(key="b", valid=Span(date(2026, 3, 1)))],
            [PARIS],
        )


def test_site_nobody_described_is_refused():
    with pytest.raises(SessionError, match="elsewhere"):
        Rater([version()], [PARIS]).rate([Session("s", "elsewhere", "st", 0, 0, 1)])


@pytest.mark.parametrize(
    "wrong",
    [{"basis": "minute"}, {"direction": "both"}, {"basis": "charger_month", "filter": Filter(kind="local")}],
)
def test_terms_that_make_no_sense_are_refused(wrong):
    with pytest.raises(TermError):
        version(**wrong)


def test_price_must_be_scaled():
    with pytest.raises(PriceError, match="to_micro"):
        Fixed(Decimal("0.10"))
    with pytest.raises(TermError, match="Fixed"):
        TermVersion("v", "t", "credit", "kwh", 100_000)


def test_epoch_reads_naive_as_utc():
    assert epoch(datetime(2026, 3, 1, 8)) == epoch(datetime(2026, 3, 1, 8, tzinfo=UTC)) == at("2026-03-01T08:00:00")
