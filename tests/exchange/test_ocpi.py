"""CDRs of OCPI 2.1.1, 2.2.1 and 2.3.0, in and out."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from exchange.line import ExchangeError, Line, LineError
from exchange.ocpi import CdrLocation, CdrRecord, CdrToken, read_cdrs, write_cdr, write_cdrs
from hypothesis import given, settings
from hypothesis import strategies as st


def cdr_211(**changes):
    return {
        "id": "S211",
        "start_date_time": "2026-07-01T08:00:00Z",
        "stop_date_time": "2026-07-01T10:00:00Z",
        "auth_id": "NL-TNM-C12345678-X",
        "auth_method": "WHITELIST",
        "location": {
            "id": "L1",
            "type": "ON_STREET",
            "address": "Kade 1",
            "city": "Gent",
            "postal_code": "9000",
            "country": "BEL",
            "coordinates": {"latitude": "51.04", "longitude": "3.72"},
            "evses": [
                {"uid": "77", "evse_id": "BE*ABC*E77*1", "connectors": [{"id": "2", "standard": "IEC_62196_T2"}]}
            ],
        },
        "currency": "EUR",
        "charging_periods": [
            {"start_date_time": "2026-07-01T08:00:00Z", "dimensions": [{"type": "TIME", "volume": 2}]}
        ],
        "total_cost": 4.10,
        "total_energy": 15.342,
        "total_time": 2.0,
        "last_updated": "2026-07-01T10:01:00Z",
    } | changes


def cdr_221(**changes):
    return {
        "country_code": "BE",
        "party_id": "ABC",
        "id": "S221",
        "start_date_time": "2026-07-01T08:00:00Z",
        "end_date_time": "2026-07-01T10:00:00.5Z",
        "session_id": "SES-1",
        "cdr_token": {"country_code": "nl", "party_id": "TNM", "uid": "04A2B6C1", "type": "RFID", "contract_id": "NL-TNM-C1-X"},
        "auth_method": "AUTH_REQUEST",
        "authorization_reference": "AUTH-9",
        "cdr_location": {
            "id": "L1",
            "address": "Kade 1",
            "city": "Gent",
            "country": "BEL",
            "coordinates": {"latitude": "51.04", "longitude": "3.72"},
            "evse_uid": "77",
            "evse_id": "BE*ABC*E77*1",
            "connector_id": "1",
            "connector_standard": "IEC_62196_T2",
            "connector_format": "SOCKET",
            "connector_power_type": "AC_3_PHASE",
        },
        "currency": "EUR",
        "charging_periods": [
            {"start_date_time": "2026-07-01T08:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 10.5}], "tariff_id": "1"},
            {"start_date_time": "2026-07-01T09:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 4.842}], "tariff_id": "1"},
        ],
        "total_cost": {"excl_vat": 4.1, "incl_vat": 4.96},
        "total_energy": 15.342,
        "total_time": 2.0,
        "last_updated": "2026-07-01T10:01:00Z",
    } | changes  # fmt: skip


def cdr_230(**changes):
    return cdr_221(id="S230", total_cost={"before_taxes": 4.1, "taxes": [{"name": "VAT", "amount": 0.86}]}) | changes


def read(document):
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    return list(read_cdrs(content))


def test_each_version_is_told_from_the_object():
    old, later, latest = read([cdr_211(), cdr_221(), cdr_230()])
    assert {line.amount for line in (old, later, latest)} == {Decimal("4.1")}
    assert {line.energy_wh for line in (old, later, latest)} == {15342}
    assert {line.stop for line in (old, later, latest)} == {datetime(2026, 7, 1, 10)}
    assert {line.evse_id for line in (old, later, latest)} == {"BE*ABC*E77*1"}
    assert (old.contract_id, old.token_uid, old.connector) == ("NL-TNM-C12345678-X", None, 2)
    assert (later.token_uid, later.country_code, later.party_id, later.auth) == ("04A2B6C1", "NL", "TNM", "AUTH-9")
    assert [line.number for line in (old, later, latest)] == [1, 2, 3]


def test_periods_with_energy_become_a_register():
    (line,) = read([cdr_221()])
    # 1 July 2026, 08:00 UTC is 1782892800; the last reading stands at the end
    assert line.readings == [[1782892800, 0], [1782896400, 10500], [1782900000, 15342]]
    (line,) = read([cdr_221(total_energy=20)])
    assert line.readings == (), "periods that do not add up to the total are no meter"


@pytest.mark.parametrize(
    "document",
    [
        {"data": [cdr_221(), cdr_211()], "status_code": 1000, "timestamp": "2026-07-01T10:01:00Z"},
        [cdr_221(), cdr_211()],
    ],
)
def test_lists_and_responses(document):
    assert [line.id for line in read(document)] == ["S221", "S211"]


def test_one_object_json_lines_and_byte_order_marks():
    assert [line.id for line in read(cdr_221())] == ["S221"]
    assert [line.id for line in read({"status_code": 1000, "data": cdr_221()})] == ["S221"]
    lines = "\n".join(json.dumps(cdr) for cdr in (cdr_221(), cdr_211(), cdr_230())) + "\n"
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert [line.id for line in read(lines.encode(encoding))] == ["S221", "S211", "S230"]


def test_a_credit_names_its_original_and_only_its_cost_is_negative():
    credit = {"id": "S221-C", "credit": True, "credit_reference_id": "S221", "total_cost": {"excl_vat": -4.1}}
    (line,) = read([cdr_221(**credit)])
    assert (line.credit_of, line.amount, line.energy_wh) == ("S221", Decimal("-4.1"), 15342)
    (error,) = read([cdr_221(credit=True)])
    assert error.column == "credit_reference_id"


@pytest.mark.parametrize(
    "changes, column",
    [
        ({"total_energy": -1}, "total_energy"),
        ({"total_energy": "much"}, "total_energy"),
        ({"total_energy": None}, "total_energy"),
        ({"id": None}, "id"),
        ({"id": "x" * 300}, "id"),
        ({"start_date_time": "yesterday"}, "start_date_time"),
        ({"end_date_time": "2026-07-01T07:00:00Z"}, "end_date_time"),
        ({"currency": "EURO"}, "currency"),
        ({"cdr_location": None}, "cdr_location"),
        ({"cdr_token": []}, "cdr_token"),
        ({"total_cost": {"incl_vat": 3}}, "total_cost.excl_vat"),
        ({"charging_periods": [3]}, "charging_periods[0]"),
        ({"session_id": "a\x00b"}, "session_id"),
        ({"session_id": "\ud800"}, "session_id"),
    ],
)
def test_a_broken_cdr_is_named_and_the_rest_goes_on(changes, column):
    error, line = read([cdr_221(**changes), cdr_221()])
    assert isinstance(error, LineError) and isinstance(line, Line)
    assert (error.number, error.column) == (1, column)


def test_numbers_beyond_reason_are_errors_not_work():
    text = json.dumps(cdr_221()).replace("15.342", "1e999999999")
    (error,) = read(f"[{text}]".encode())
    assert error.column == "total_energy"
    (error,) = read(f"[{json.dumps(cdr_221()).replace('15.342', 'NaN')}]".encode())
    assert error.column == "total_energy"


@pytest.mark.parametrize(
    "content, words",
    [
        (b"", "empty"),
        (b"%PDF-1.4", "PDF"),
        (b"id;start", "not JSON"),
        (b'[{"id": 1}', "broken|end of the file"),
        (b'[{"id": 1} {"id": 2}]', "comma"),
        (b'[{"id": 1', "broken or cut off"),
        (b'{"status_code": 3000, "status_message": "no"}', "status 3000, no"),
        (b"[" * 100_000, "deeper|broken"),
    ],
)
def test_broken_documents_say_where(content, words):
    with pytest.raises(ExchangeError, match=words):
        read(content)


def test_a_list_larger_than_the_window_is_read_piece_by_piece():
    cdrs = [cdr_221(id=f"S{number}", remark="é" * number) for number in range(1500)]
    content = json.dumps(cdrs, indent=1, ensure_ascii=False).encode()
    assert len(content) > 2_000_000
    assert [line.id for line in read(content)] == [cdr["id"] for cdr in cdrs]


RECORD = CdrRecord(
    country_code="BE",
    party_id="ABC",
    id="S1",
    start=datetime(2026, 7, 1, 8, tzinfo=UTC),
    stop=datetime(2026, 7, 1, 10, tzinfo=UTC),
    token=CdrToken("04A2B6C1", "RFID", "NL-TNM-C1-X", "NL", "TNM"),
    auth_method="WHITELIST",
    location=CdrLocation("L1", "Kade 1", "Gent", "BEL", "77", "BE*ABC*E77*1"),
    currency="EUR",
    total_cost=Decimal("4.12345"),
    total_energy_kwh=Decimal("15.342"),
    total_time_hours=Decimal(2),
    last_updated=datetime(2026, 7, 1, 10, 1, tzinfo=UTC),
)
REQUIRED = {
    "2.1.1": {"id", "start_date_time", "stop_date_time", "auth_id", "auth_method", "location", "currency", "charging_periods",
              "total_cost", "total_energy", "total_time", "last_updated"},
    "2.2.1": {"country_code", "party_id", "id", "start_date_time", "end_date_time", "cdr_token", "auth_method", "cdr_location",
              "currency", "charging_periods", "total_cost", "total_energy", "total_time", "last_updated"},
}  # fmt: skip
REQUIRED["2.3.0"] = REQUIRED["2.2.1"]


@pytest.mark.parametrize("version", ["2.1.1", "2.2.1", "2.3.0"])
def test_what_a_version_requires_is_there_and_what_is_unknown_is_not(version):
    cdr = write_cdr(RECORD, version)
    assert set(cdr) == REQUIRED[version]
    assert None not in str(cdr).split() and "null" not in json.dumps(cdr, default=str)


def test_money_has_four_decimals_rounded_half_up():
    assert write_cdr(RECORD, "2.1.1")["total_cost"] == Decimal("4.1235")
    taxed = replace(RECORD, taxes=Decimal("0.8247"), tax_percentage=Decimal(20))
    assert write_cdr(taxed, "2.2.1")["total_cost"] == {"excl_vat": Decimal("4.1235"), "incl_vat": Decimal("4.9482")}
    assert write_cdr(taxed, "2.3.0")["total_cost"] == {
        "before_taxes": Decimal("4.1235"),
        "taxes": [{"name": "VAT", "percentage": Decimal(20), "amount": Decimal("0.8247")}],
    }


def test_unknown_versions_are_refused():
    with pytest.raises(ExchangeError, match="3.0"):
        write_cdr(RECORD, "3.0")


texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp")), min_size=1, max_size=30)


@settings(max_examples=80, deadline=None)
@given(
    version=st.sampled_from(["2.1.1", "2.2.1", "2.3.0"]),
    id=texts,
    seconds=st.integers(1, 10**6),
    wh=st.integers(0, 10**9),
    cost=st.decimals(-(10**8), 10**8, places=4),
    taxes=st.none() | st.decimals(-(10**6), 10**6, places=4),
    auth=st.none() | texts,
    credit=st.none() | texts,
)
def test_what_is_written_is_read_back(version, id, seconds, wh, cost, taxes, auth, credit):
    record = replace(
        RECORD,
        id=id,
        stop=RECORD.start + timedelta(seconds=seconds),
        total_cost=cost,
        taxes=taxes,
        total_energy_kwh=Decimal(wh) / 1000,
        authorization_reference=auth,
        credit=credit is not None,
        credit_reference_id=credit,
    )
    file = io.BytesIO()
    assert write_cdrs([record, record], version, file) == 2
    first, second = read_cdrs(file.getvalue())
    assert (first.number, second.number) == (1, 2)
    assert (first.id, first.start) == (id, RECORD.start.replace(tzinfo=None))
    assert first.stop == record.stop.replace(tzinfo=None)
    assert (first.energy_wh, first.amount, first.currency) == (wh, cost, "EUR")
    assert (first.evse_id, first.contract_id) == ("BE*ABC*E77*1", "NL-TNM-C1-X")
    if version != "2.1.1":
        assert (first.auth, first.credit_of, first.token_uid) == (auth, credit, "04A2B6C1")


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    try:
        for line in read_cdrs(b'[{"id": "a"},' + content):
            assert isinstance(line, (Line, LineError))
    except ExchangeError as error:
        assert str(error)
