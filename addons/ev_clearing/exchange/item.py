"""A line as an item of `ev.cdr.ingest` (`ev_cpms/readme/BRIDGE.md`).

Where a line names its place by EVSE ID alone, the item's station is that EVSE ID and its EVSE is 0, which no station has; a
badge known by its contract alone goes as a token of type eMAID. Both are looked up when the item is read, not here: so the same
line always makes the same item, whatever is registered by then.
"""

from datetime import datetime

from .line import Line, LineError

# What OCPI calls a token, in the words of OCPP that decide whether a session is ad hoc.
TOKEN_TYPES = {"AD_HOC_USER": "DirectPayment", "EMAID": "eMAID"}


def make_item(line: Line) -> dict | LineError:
    """The item, without what is not known; a `LineError` when the line says neither where nor who could say it."""
    if line.station and line.evse is not None and line.evse > 0:
        station, evse = line.station, line.evse
    elif line.evse_id:
        station, evse = line.evse_id, 0
    else:
        missing = "EVSE number" if line.station else "station and EVSE number, or EVSE ID"
        return LineError(line.number, None, f"The line does not say where it was: {missing} missing.", id=line.id)
    item = {
        "id": line.id,
        "station": station,
        "evse": evse,
        "start": _moment(line.start),
        "stop": _moment(line.stop),
        "energy": line.energy_wh,
    }
    uid = line.token_uid or line.contract_id
    if uid:
        kind = TOKEN_TYPES.get(line.token_type, line.token_type) if line.token_uid else "eMAID"
        item["token"] = {"uid": uid, "type": kind[:64]} if kind else {"uid": uid}
    optional = {
        "connector": line.connector,
        "meter_start": line.meter_start,
        "meter_stop": line.meter_stop,
        "readings": [list(pair) for pair in line.readings] or None,
        "stop_reason": line.stop_reason and line.stop_reason[:64],
        "auth": line.auth,
        "signed": line.signed,
        "credit_of": line.credit_of,
        "replaces": line.replaces,
    }
    return item | {name: value for name, value in optional.items() if value is not None}


def badge_of(line: Line) -> dict | None:
    """What is needed to enter the line's badge: uid, type, contract and the eMSP's country and party; None without a uid."""
    uid = line.token_uid or line.contract_id
    if not uid:
        return None
    country, party = line.country_code, line.party_id
    if not (country and party) and line.contract_id:
        country, party = party_of(line.contract_id)
    return {
        "uid": uid,
        "type": line.token_type if line.token_uid else "EMAID",
        "contract_id": line.contract_id,
        "country_code": country,
        "party_id": party,
    }


def party_of(contract_id: str) -> tuple[str, str] | tuple[None, None]:
    """Country and provider that a contract id begins with (eMI3 part 2: FR-ABC-C..., FR*ABC*..., FRABC...)."""
    plain = "".join(sign for sign in contract_id if sign.isalnum()).upper()
    return (plain[:2], plain[2:5]) if len(plain) >= 10 and plain[:2].isalpha() else (None, None)


def _moment(moment: datetime) -> str:
    return moment.isoformat() + "Z"
