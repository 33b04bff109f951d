"""What a sample file says of itself, and what a line becomes on its way in."""

from datetime import datetime

import pytest
from exchange.item import badge_of, make_item, party_of
from exchange.line import ExchangeError, Line, LineError
from exchange.tables import Profile, propose, read_lines

SAMPLES = {
    "ocpi": (
        "id,start_date_time,end_date_time,evse_id,connector_id,token_uid,contract_id,currency,total_energy,total_cost\n"
        "S1,2026-07-01T08:00:00Z,2026-07-01T09:00:00Z,FR*ABC*E1*1,1,04AA,NL-TNM-C1-X,EUR,12.5,4.2\n",
        {"id", "start", "stop", "evse_id", "connector", "token_uid", "contract_id", "currency", "energy", "amount"},
    ),
    "english": (
        "Export of July\n\n"
        "Session ID;Charge Point ID;EVSE number;Start time;End time;Consumed energy (Wh);Meter start (Wh);Badge\n"
        "S1;CP1;1;01/07/2026 08:00;01/07/2026 09:00;12500;1000;04AA\n",
        {"id", "station", "evse", "start", "stop", "energy", "meter_start", "token_uid"},
    ),
    "french": (
        "Numéro de session;Identifiant borne;ID EVSE;Date début;Date fin;Durée (min);Énergie (kWh);Montant HT;Devise;Badge\n"
        "S1;B1;FRABCE1;01/07/2026 08:00;01/07/2026 09:00;60;12,5;4,20;EUR;04AA\n",
        {"id", "station", "evse_id", "start", "stop", "duration", "energy", "amount", "currency", "token_uid"},
    ),
    "german": (
        "Transaktions-ID;Ladesäule;Ladepunkt;Ladebeginn;Ladeende;Geladene Energie [kWh];Betrag (EUR);Währung;Kartennummer\n"
        "S1;L1;1;01.07.2026 08:00;01.07.2026 09:00;12,5;4,20;EUR;04AA\n",
        {"id", "station", "evse", "start", "stop", "energy", "amount", "currency", "token_uid"},
    ),
    "camel case": (
        "sessionId;evseId;startDateTime;endDateTime;totalEnergy;emaid\nS1;FRABCE1;2026-07-01 08:00;2026-07-01 09:00;12.5;X\n",
        {"id", "evse_id", "start", "stop", "energy", "contract_id"},
    ),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_common_exports_are_recognised_and_read(name):
    text, fields = SAMPLES[name]
    found = propose(text.encode(), Profile(()))
    assert {column[0] for column in found.columns} == fields
    profile = Profile(
        found.columns, decimal=found.decimal, date_format=found.date_format, header_row=found.header_row, tz="UTC"
    )
    (line,) = read_lines(text.encode(), profile)
    assert isinstance(line, Line), line
    assert (line.id, line.energy_wh) == ("S1", 12500)
    assert (line.start, line.stop) == (datetime(2026, 7, 1, 8), datetime(2026, 7, 1, 9))


def test_month_first_is_seen_where_a_day_says_so():
    text = "id;start;stop;energy\nS;7/15/2026 8:00;7/15/2026 9:00;1\n"
    assert propose(text.encode(), Profile(())).date_format == "mdy"


def test_a_file_without_headers_says_so():
    with pytest.raises(ExchangeError, match="looks like headers"):
        propose(b"1;2;3\n4;5;6\n", Profile(()))


LINE = Line(3, "S1", datetime(2026, 7, 1, 8), datetime(2026, 7, 1, 9), 1500)


def test_station_and_evse_go_as_they_are_and_an_evse_id_as_evse_zero():
    item = make_item(
        Line(*(3, "S1", LINE.start, LINE.stop, 1500), station="CP1", evse=2, evse_id="X", token_uid="04AA")
    )
    assert item == {
        "id": "S1",
        "station": "CP1",
        "evse": 2,
        "start": "2026-07-01T08:00:00Z",
        "stop": "2026-07-01T09:00:00Z",
        "energy": 1500,
        "token": {"uid": "04AA"},
    }
    item = make_item(Line(*(3, "S1", LINE.start, LINE.stop, 1500), evse_id="FR*ABC*E1", contract_id="FR-ABC-C1"))
    assert (item["station"], item["evse"]) == ("FR*ABC*E1", 0)
    assert item["token"] == {"uid": "FR-ABC-C1", "type": "eMAID"}


def test_a_line_without_a_place_is_an_error():
    assert isinstance(make_item(LINE), LineError)
    assert make_item(LINE).id == "S1"


def test_the_party_comes_from_the_line_or_from_its_contract():
    assert party_of("FR-ABC-C12345678-X") == ("FR", "ABC") == party_of("fr*abc*c12345678")
    assert party_of("12345") == (None, None)
    assert badge_of(LINE) is None
    badge = badge_of(Line(*(3, "S1", LINE.start, LINE.stop, 1500), token_uid="04AA", contract_id="FR-ABC-C12345678-X"))
    assert (badge["country_code"], badge["party_id"], badge["type"]) == ("FR", "ABC", None)
