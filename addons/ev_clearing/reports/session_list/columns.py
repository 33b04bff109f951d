"""What a row of a list says: OCPI's names (OCPI 2.2.1 10.3), then what only we know."""

from datetime import UTC, datetime
from decimal import Decimal

from ...exchange.signed import judge

# kind: how a spreadsheet shows it. `cost` columns add up to `total_cost` in each row.
COLUMNS = (
    ("id", "text", 26),
    ("start_date_time", "time", 19),
    ("end_date_time", "time", 19),
    ("time_zone", "text", 18),
    ("cdr_token.uid", "text", 18),
    ("cdr_token.contract_id", "text", 20),
    ("authorization_reference", "text", 18),
    ("cdr_location.name", "text", 24),
    ("cdr_location.city", "text", 16),
    ("cdr_location.country", "text", 9),
    ("cdr_location.evse_id", "text", 22),
    ("cdr_location.connector_power_type", "text", 10),
    ("meter_start (kWh)", "kwh", 13),
    ("meter_stop (kWh)", "kwh", 13),
    ("total_energy", "kwh", 12),
    ("total_time", "hours", 10),
    ("total_parking_time", "hours", 10),
    ("tariff_id", "text", 18),
    ("total_fixed_cost", "cost", 13),
    ("total_energy_cost", "cost", 13),
    ("total_time_cost", "cost", 13),
    ("total_parking_cost", "cost", 13),
    ("other", "cost", 12),
    ("total_cost", "cost", 14),
    ("currency", "text", 8),
    ("credit_reference_id", "text", 22),
    ("signed_data", "text", 18),
    ("remarks", "text", 24),
    ("dispute", "text", 14),
    ("left_out", "text", 9),
)
NAMES = [name for name, _kind, _width in COLUMNS]
FIRST_COST, TOTAL_COST = NAMES.index("total_fixed_cost"), NAMES.index("total_cost")
MICRO = 1_000_000


def kwh(wh):
    return None if wh is None else Decimal(wh) / 1000


def hours(seconds):
    """As OCPI gives times: hours, here to four decimals."""
    return None if seconds is None else round(Decimal(seconds) / 3600, 4)


def get_cells(session, currency, words):
    """The cells of one `ListedSession`: text, aware-free UTC epoch seconds for times, `Decimal` for numbers, or None.

    :param words: {"dispute": {state: text}, "signed": {verdict: text}} in the reader's language
    """
    costs = [
        Decimal(micro) / MICRO
        for micro in (session.fixed, session.energy, session.time, session.parking, session.other, session.total)
    ]
    flags = (session.flags or "").replace("_", " ").replace(",", ", ")
    return [
        session.id, session.start, session.stop, session.tz, session.token, session.contract_id,
        session.authorization_reference, session.site, session.city, session.country3,
        session.evse_id or f"{session.station}/{session.evse_number}", session.power_type.upper(),
        kwh(session.meter_start), kwh(session.meter_stop), kwh(session.wh), hours(session.stop - session.start),
        hours(session.idle_seconds), session.tariff, *costs, currency, session.original,
        words["signed"][judge(session.signed, abs(session.wh), session.meter_key).code], flags,
        words["dispute"].get(session.dispute), "yes" if session.left_out else None,
    ]  # fmt: skip


def iso(epoch):
    """``2026-03-01T08:00:00Z``"""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def get_words(env):
    """The words of the list in the language of `env`."""
    return {
        "dispute": {
            "open": env._("disputed"),
            "stands": env._("disputed, charge stands"),
            "adjusted": env._("disputed, corrected"),
            "excluded": env._("disputed, not charged"),
            "withdrawn": env._("dispute withdrawn"),
        },
        "signed": {
            "none": None,
            "valid": env._("verified"),
            "invalid": env._("not verifying"),
            "differs": env._("verified, other energy"),
            "no_key": env._("no public key"),
            "unreadable": env._("unreadable"),
            "unsupported": env._("format not known"),
        },
    }
