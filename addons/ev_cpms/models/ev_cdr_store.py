"""Rows of ``ev_cdr``, and the fastest way to put a batch of them there: COPY into a staging table, then one INSERT.

A batch of 500 sends half a megabyte; as COPY text it costs PostgreSQL no SQL parsing and Python no quoting of parameters.
"""

import io
import json
from collections import namedtuple

COLUMNS = (
    "company_id", "source", "external_id", "received_at", "content_hash", "site_id", "station_id", "evse_id",
    "connector", "power_type", "token_uid", "token_id", "profile_id", "partner_id", "kind", "authorization_reference",
    "date_start", "date_stop", "energy_wh", "energy_kwh", "meter_start_wh", "meter_stop_wh", "readings",
    "charging_seconds", "idle_seconds", "stop_reason", "signed_data", "flags", "raw_reference", "credit",
    "credit_of_id", "replaces_id",
)  # fmt: skip
Row = namedtuple("Row", COLUMNS)

_NAMES = ", ".join(COLUMNS)
# A connection keeps its staging table; it is empty outside of a batch.
_STAGE = (
    f"CREATE TEMP TABLE IF NOT EXISTS ev_cdr_stage ON COMMIT DELETE ROWS AS SELECT {_NAMES} FROM ev_cdr WITH NO DATA"
)
# A control character for NULL, so that a backslash in a line always means there is something to escape.
_NULL = "\x01"
_COPY = f"COPY ev_cdr_stage ({_NAMES}) FROM STDIN (NULL E'\\x01')"
_INSERT = (
    f"INSERT INTO ev_cdr ({_NAMES}) SELECT {_NAMES} FROM ev_cdr_stage "
    "ON CONFLICT (company_id, source, external_id) DO NOTHING RETURNING company_id, external_id"
)
# What COPY's text format gives a meaning to.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", _NULL: "\\x01"})
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


def store_rows(cr, rows):
    """Insert ``rows``; return {(company id, external id)} of those that were not there yet."""
    cr.execute(_STAGE)
    cr.copy_expert(_COPY, io.StringIO("".join(map(_copy_line, rows))))
    cr.execute(_INSERT)
    stored = set(cr.fetchall())
    cr.execute("TRUNCATE ev_cdr_stage")
    return stored


def _copy_line(row):
    line = "\t".join([_NULL if cell is None else str(cell) for cell in row])
    plain = "\\" not in line and "\n" not in line and "\r" not in line
    if not plain or line.count("\t") != len(row) - 1 or line.count(_NULL) != row.count(None):
        line = "\t".join([_NULL if cell is None else str(cell).translate(_ESCAPES) for cell in row])
    return line + "\n"


def kwh_text(watt_hours):
    """Return Wh as an exact decimal text of kWh, for a NUMERIC column."""
    sign = "-" if watt_hours < 0 else ""
    whole, rest = divmod(abs(watt_hours), 1000)
    return f"{sign}{whole}.{rest:03d}"


def json_text(value):
    """Return ``value`` as compact JSON for a jsonb column, None when there is nothing to keep."""
    return _COMPACT(value) if value else None
