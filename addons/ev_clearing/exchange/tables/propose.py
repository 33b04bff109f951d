"""A first guess at a profile, from a sample file: which row has the headers, and which column holds what.

Names are those of OCPI, of the exports of hubs (GIREVE, Hubject) and of common charging backends, in English, French and German.
"""

import re
import unicodedata
from dataclasses import dataclass

from ..line import ExchangeError
from .profile import Profile
from .reader import letters_of, read_head

# Per field what a header may be called, without accents, signs and units; the more telling first.
NAMES = {
    "id": (
        "cdr id", "id", "session id", "sessionid", "transaction id", "charging session id", "charge session id", "cdr",
        "cdr reference", "reference", "id session", "id de session", "identifiant", "identifiant session",
        "numero de session", "numero transaction", "ladevorgang id", "sitzungs id", "transaktions id", "vorgangsnummer",
    ),
    "start": (
        "start date time", "start", "start time", "start date", "session start", "charging start", "started",
        "start datetime", "start timestamp", "start of charge", "begin", "date debut", "debut", "date de debut",
        "heure debut", "debut de charge", "date heure debut", "debut session", "startzeit", "ladebeginn", "beginn",
        "startdatum", "start ladevorgang",
    ),
    "stop": (
        "end date time", "stop date time", "stop", "end", "end time", "stop time", "end date", "session end", "charging end",
        "ended", "end datetime", "end timestamp", "end of charge", "session stop", "date fin", "fin", "date de fin",
        "heure fin", "fin de charge", "date heure fin", "fin session", "endzeit", "ladeende", "ende", "enddatum",
        "ende ladevorgang",
    ),
    "duration": (
        "duration", "total time", "session duration", "charging duration", "charging time", "duree", "duree de charge",
        "duree session", "duree totale", "dauer", "ladedauer", "standzeit",
    ),
    "energy": (
        "total energy", "energy", "consumed energy", "consumption", "energy consumed", "energy delivered", "volume",
        "charged energy", "kwh", "wh", "mwh", "energie", "energie consommee", "energie delivree", "consommation",
        "volume energie", "quantite", "geladene energie", "energiemenge", "verbrauch", "ladeenergie",
    ),
    "meter_start": (
        "meter start", "meter value start", "start meter", "index debut", "compteur debut", "zahlerstand start",
        "zahlerstand beginn", "zahler start", "metervaluestart",
    ),
    "meter_stop": (
        "meter stop", "meter end", "meter value end", "meter value stop", "stop meter", "end meter", "index fin",
        "compteur fin", "zahlerstand ende", "zahler ende", "metervalueend",
    ),
    "amount": (
        "total cost", "total cost excl vat", "amount excl vat", "amount", "price", "cost", "net amount", "total amount",
        "total price", "price excl vat", "cost excl vat", "montant ht", "montant", "prix ht", "cout ht", "total ht", "prix",
        "betrag", "nettobetrag", "netto", "preis", "kosten", "betrag netto",
    ),
    "currency": ("currency", "currency code", "devise", "monnaie", "wahrung"),
    "station": (
        "station", "station id", "charge point", "charge point id", "chargepoint", "charge box id", "charger", "charger id",
        "charging station", "charge point identity", "borne", "id borne", "identifiant borne", "ladestation", "ladesaule",
        "station name",
    ),
    "evse": ("evse", "evse number", "evse no", "outlet", "point de charge", "prise", "ladepunkt", "ladepunkt nummer"),
    "evse_id": (
        "evse id", "evseid", "emi3 evse id", "evse identifier", "id evse", "id pdc", "identifiant evse",
        "evse kennung", "ladepunkt id", "id pdc itinerance",
    ),
    "connector": ("connector id", "connector", "connector number", "connecteur", "stecker", "anschluss"),
    "token_uid": (
        "token uid", "token", "token id", "rfid", "rfid tag", "rfid uid", "uid", "badge", "id tag", "idtag", "card number",
        "card", "authentication id", "identification", "badge uid", "numero badge", "numero de badge", "karte",
        "kartennummer", "rfid karte", "ladekarte",
    ),
    "token_type": ("token type", "authentication type", "type de badge", "tokentyp"),
    "contract_id": (
        "contract id", "emaid", "evcoid", "evco id", "ema id", "contract", "auth id", "user contract id", "id contrat",
        "contrat", "numero contrat", "vertrag", "vertragsnummer", "vertrags id", "emaid contract id",
    ),
    "country_code": ("emsp country code", "token country code", "provider country", "pays emsp"),
    "party_id": ("emsp party id", "emsp id", "emsp", "provider id", "token party id", "operateur mobilite", "provider"),
    "stop_reason": ("stop reason", "end reason", "reason", "raison arret", "motif arret", "stoppgrund", "grund"),
    "auth": ("authorization reference", "authorization id", "authorisation id", "autorisation", "autorisierung"),
    "credit_of": ("credit reference id", "credit of", "avoir de", "gutschrift zu"),
    "replaces": ("replaces", "remplace", "ersetzt"),
    "session_id": ("emp session id", "hub session id", "ocpi session id", "cpo session id"),
}  # fmt: skip
UNIT = re.compile(
    r"\b(kwh|mwh|wh|cents?|centimes?|min|minutes?|minuten|secondes?|seconds?|sekunden|sec|hours?|heures?|stunden)\b"
)
UNITS = {
    "energy": {"kwh": "kWh", "mwh": "MWh", "wh": "Wh"},
    "amount": {"cent": "cent", "centime": "cent"},
    "duration": {
        "min": "min", "minute": "min", "minuten": "min", "second": "s", "seconde": "s", "sekunden": "s", "sec": "s",
        "hour": "h", "heure": "h", "stunden": "h",
    },
}  # fmt: skip
NOISE = re.compile(
    r"\b(kwh|mwh|wh|eur|euros?|chf|gbp|utc|local|locale?|in|en|hh mm ss|cents?|centimes?|minutes?|seconds?|hours?|min|sec)\b"
)
KINDS = {
    "energy": "energy",
    "meter_start": "energy",
    "meter_stop": "energy",
    "amount": "amount",
    "duration": "duration",
}
WORDS = {name: field for field, names in reversed(NAMES.items()) for name in names}
DAY_FIRST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](?:\d{4}|\d{2})\b")
COMMA = re.compile(r"-?\d+(?:[. ]\d{3})*,\d+")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found in the sample, to be looked over by a person."""

    header_row: int
    headers: tuple[str, ...]
    columns: tuple[tuple[str, str, str | None], ...]
    decimal: str
    date_format: str


def propose(file, profile: Profile) -> Proposal:
    """:raise ExchangeError: no table, or no row that looks like headers"""
    rows = read_head(file, profile)
    best = max(rows, key=lambda row: len(match_headers(row[1])), default=None)
    if best is None or len(match_headers(best[1])) < 2:
        raise ExchangeError(
            "No row of the file looks like headers (session, start, energy, ...). Enter the columns by hand, by header or letter."
        )
    number, cells = best
    below = [row for row in rows if row[0] > number]
    columns = match_headers(cells)
    places = {name: place for name, place, _header, _unit in columns}
    headers = tuple(str(cell).strip() if cell is not None else "" for cell in cells)
    return Proposal(
        number,
        headers,
        tuple((name, header, unit) for name, _place, header, unit in columns),
        _guess_decimal(below, [places[name] for name in ("energy", "amount", "meter_stop") if name in places]),
        _guess_dates(below, [places[name] for name in ("start", "stop") if name in places]),
    )


def match_headers(cells) -> list[tuple[str, int, str, str | None]]:
    """(field, place, header or letter, unit) of the columns that are known, each field once."""
    found = {}
    texts = [str(cell).strip() if cell is not None else "" for cell in cells]
    for place, header in enumerate(texts):
        plain = plain_of(header)
        field = WORDS.get(plain) or WORDS.get(" ".join(NOISE.sub(" ", plain).split()))
        if not field:
            continue
        rank = NAMES[field].index(plain) if plain in NAMES[field] else len(NAMES[field])
        if field not in found or rank < found[field][0]:
            name = letters_of(place) if texts.count(header) > 1 else header
            found[field] = rank, place, name, _unit_of(field, plain)
    return [(field, *rest) for field, (_rank, *rest) in sorted(found.items(), key=lambda item: item[1][1])]


def plain_of(header: str) -> str:
    """Small letters and digits only: `Énergie (kWh)` is `energie kwh`, `startDateTime` is `start date time`."""
    header = re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", header)
    text = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def _unit_of(field, plain):
    units = UNITS.get(KINDS.get(field), {})
    for word in UNIT.findall(plain):
        unit = units.get(word) or units.get(word.rstrip("s"))
        if unit:
            return unit
    return {"energy": "kWh", "amount": "EUR", "duration": "hms"}.get(KINDS.get(field))


def _cells(rows, places):
    return [
        row[place].strip()
        for _number, row in rows
        for place in places
        if place < len(row) and isinstance(row[place], str)
    ]


def _guess_decimal(rows, places):
    texts = _cells(rows, places)
    commas = sum(bool(COMMA.fullmatch(text.strip("€$£ "))) for text in texts)
    return "," if commas > sum("." in text for text in texts) - commas else "."


def _guess_dates(rows, places):
    matches = [match for text in _cells(rows, places) if (match := DAY_FIRST.match(text))]
    if not matches:
        return "iso"
    return "mdy" if any(int(match[2]) > 12 for match in matches) else "dmy"
