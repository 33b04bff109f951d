"""What is needed to write one CDR in any version of OCPI. Energy in kWh, time in hours, money excl. tax: all `Decimal`."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class CdrToken:
    """Who charged (OCPI 2.2.1 10.4.5). `country_code` and `party_id` are the eMSP's."""

    uid: str
    type: str = "RFID"
    """RFID, APP_USER, AD_HOC_USER, EMAID (2.3.0) or OTHER."""
    contract_id: str | None = None
    country_code: str | None = None
    party_id: str | None = None


@dataclass(frozen=True, slots=True)
class CdrLocation:
    """Where, as it was at the start of the session (OCPI 2.2.1 10.4.4)."""

    id: str
    address: str
    city: str
    country: str
    """ISO 3166-1 alpha-3."""
    evse_uid: str
    evse_id: str
    connector_id: str = "1"
    connector_standard: str = "IEC_62196_T2"
    connector_format: str = "SOCKET"
    connector_power_type: str = "AC_3_PHASE"
    coordinates: tuple[str, str] | None = None
    """(latitude, longitude) in decimal degrees, as text."""
    name: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, slots=True)
class CdrRecord:
    """One session with its costs. What is None is left out of the file; moments are aware UTC."""

    country_code: str
    """Of the operator, with `party_id`."""
    party_id: str
    id: str
    start: datetime
    stop: datetime
    token: CdrToken
    auth_method: str
    """AUTH_REQUEST, COMMAND (2.2 and later) or WHITELIST."""
    location: CdrLocation
    currency: str
    total_cost: Decimal
    """Negative on a credit; nothing else is."""
    total_energy_kwh: Decimal
    total_time_hours: Decimal
    last_updated: datetime
    session_id: str | None = None
    authorization_reference: str | None = None
    tariffs: tuple[dict, ...] = ()
    """OCPI tariff objects of the version that is written."""
    periods: tuple[tuple[datetime, dict[str, Decimal], str | None], ...] = ()
    """(start, {dimension: volume}, tariff id or None); none given means one period of the whole session."""
    signed_data: dict | None = None
    """OCPI `SignedData`."""
    total_fixed_cost: Decimal | None = None
    total_energy_cost: Decimal | None = None
    total_time_cost: Decimal | None = None
    total_parking_cost: Decimal | None = None
    taxes: Decimal | None = None
    """On `total_cost`, with its sign; None when not known."""
    tax_name: str = "VAT"
    tax_percentage: Decimal | None = None
    total_parking_hours: Decimal | None = None
    remark: str | None = None
    credit: bool = False
    credit_reference_id: str | None = None
    invoice_reference_id: str | None = None
