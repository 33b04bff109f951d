"""The list as OCPI CDRs (JSON), in the version of the contract; what was left out of the invoice is not on it."""

import tempfile
from datetime import UTC, datetime
from decimal import Decimal

from ...exchange.ocpi import CdrLocation, CdrRecord, CdrToken, write_cdrs
from ...exchange.signed import to_signed_data
from .columns import MICRO, hours, kwh

LONGEST_ID = 36
POWER_TYPES = {"ac": "AC_3_PHASE", "dc": "DC"}
# OCPI has no word for what is not one of its connectors; these are plugs on a cable.
CABLES = {"IEC_62196_T2_COMBO", "CHADEMO", "IEC_62196_T1"}


def write_documents(statement):
    """The sessions as an open binary temporary file, at its beginning.

    :param statement: ev.statement record with access to sessions
    :raises UserError: the company has no OCPI country code and party id
    """
    company = statement.company_id
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    records = (
        _get_record(session, company, statement) for page in statement._fetch_list(left_out=False) for session in page
    )
    write_cdrs(records, statement.contract_id.ocpi_version, file)
    file.seek(0)
    return file


def _get_record(session, company, statement):
    """One `ListedSession` as a `CdrRecord`. A credit repeats the original's costs, only its `total_cost` is negative (OCPI
    2.2.1 10.2.1)."""

    def cost(micro):
        amount = Decimal(micro or 0) / MICRO
        return (-amount if session.credit else amount) or None

    return CdrRecord(
        country_code=company.ev_country_code,
        party_id=company.ev_party_id,
        id=session.id,
        start=_moment(session.start),
        stop=_moment(session.stop),
        token=CdrToken(
            uid=session.token or "",
            type=session.token_type or "OTHER",
            contract_id=session.contract_id or None,
        ),
        auth_method="AUTH_REQUEST" if session.authorization_reference else "WHITELIST",
        authorization_reference=session.authorization_reference or None,
        location=CdrLocation(
            id=f"{session.site_id}",
            name=session.site,
            address=session.street or session.site,
            city=session.city or "",
            postal_code=session.postal_code or None,
            country=session.country3 or "",
            evse_uid=f"{session.station}/{session.evse_number}",
            evse_id=session.evse_id or f"{session.station}/{session.evse_number}",
            connector_id=f"{session.connector or 1}",
            connector_standard="IEC_62196_T2" if session.connector_type == "OTHER" else session.connector_type,
            connector_format="CABLE" if session.connector_type in CABLES else "SOCKET",
            connector_power_type=POWER_TYPES[session.power_type],
        ),
        currency=statement.currency_id.name,
        periods=(_get_period(session),),
        signed_data=to_signed_data(session.signed, session.meter_key),
        total_cost=Decimal(session.total) / MICRO,
        total_fixed_cost=cost(session.fixed),
        total_energy_cost=cost(session.energy),
        total_time_cost=cost(session.time),
        total_parking_cost=cost(session.parking),
        total_energy_kwh=kwh(abs(session.wh)),
        total_time_hours=hours(session.stop - session.start),
        total_parking_hours=hours(session.idle_seconds),
        remark=(session.flags or "").replace(",", ", ") or None,
        credit=session.credit,
        credit_reference_id=session.original if session.credit else None,
        invoice_reference_id=statement.name,
        last_updated=_moment(session.received),
    )


def _get_period(session):
    """The whole session as one charging period: TIME is that of charging, PARKING_TIME the rest (OCPI 2.2.1 10.4.3)."""
    duration, idle = session.stop - session.start, session.idle_seconds or 0
    volumes = {"ENERGY": kwh(abs(session.wh)), "TIME": hours(max(duration - idle, 0))}
    if idle:
        volumes["PARKING_TIME"] = hours(idle)
    # an id of OCPI has 36 characters at most: the name of a contract may be longer
    tariff = session.tariff if len(session.tariff or "") <= LONGEST_ID else None
    return _moment(session.start), volumes, tariff


def _moment(epoch):
    return datetime.fromtimestamp(epoch, UTC)
