"""Rows of ``ev_cdr``, and the fastest way to put a batch of them there: COPY, by way of a staging table where some are there.

A batch of 500 sends half a megabyte; as COPY text it costs PostgreSQL no SQL parsing and Python no quoting of parameters.
"""

import json
from collections import namedtuple

from psycopg2.errors import UniqueViolation

COLUMNS = (
    "company_id", "source", "external_id", "received_at", "content_hash", "site_id", "station_id", "evse_id",
    "connector", "power_type", "token_uid", "token_id", "profile_id", "partner_id", "kind", "authorization_reference",
    "date_start", "date_stop", "energy_wh", "energy_kwh", "meter_start_wh", "meter_stop_wh", "readings",
    "charging_seconds", "idle_seconds", "stop_reason", "signed_data", "flags", "raw_reference", "credit",
    "credit_of_id", "replaces_id",
)  # fmt: skip
Row = namedtuple("Row", COLUMNS)
# Rows told to COPY at a time.
PART = 50

_NAMES = ", ".join(COLUMNS)
# A connection keeps its staging table; it is empty outside of a batch.
_STAGE = (
    f"CREATE TEMP TABLE IF NOT EXISTS ev_cdr_stage ON COMMIT DELETE ROWS AS SELECT {_NAMES} FROM ev_cdr WITH NO DATA"
)
# A control character for NULL, so that a backslash in a line always means there is something to escape.
_NULL = "\x01"
_COPY = f"COPY {{}} ({_NAMES}) FROM STDIN (NULL E'\\x01')"
_INSERT = (
    f"INSERT INTO ev_cdr ({_NAMES}) SELECT {_NAMES} FROM ev_cdr_stage "
    "ON CONFLICT (company_id, source, external_id) DO NOTHING RETURNING company_id, external_id"
)
# Counted, not LIMIT 1: that one would have PostgreSQL read the table in the hope of an early row.
_COUNT = "SELECT count(*) FROM ev_cdr WHERE company_id = ANY(%s) AND source = %s AND external_id = ANY(%s)"
# What COPY's text format gives a meaning to.
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", _NULL: "\\x01"})
_COMPACT = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def store_rows(cr, rows):
    """Insert ``rows`` of one source; return {(company id, external id)} of those that were not there yet."""
    if not _any_stored(cr, rows) and _store_whole(cr, rows):
        return {(row.company_id, row.external_id) for row in rows}
    cr.execute(_STAGE)
    _copy(cr, "ev_cdr_stage", rows)
    cr.execute(_INSERT)
    stored = set(cr.fetchall())
    cr.execute("TRUNCATE ev_cdr_stage")
    return stored


def _any_stored(cr, rows):
    """Whether one of them is there already, as seen from here. Most batches are new as a whole."""
    companies = list({row.company_id for row in rows})
    cr.execute(_COUNT, [companies, rows[0].source, [row.external_id for row in rows]])
    return cr.fetchone()[0] > 0


def _store_whole(cr, rows):
    """Insert all of them; return False, with none stored, where somebody else stored one meanwhile."""
    try:
        with cr.savepoint(flush=False):
            _copy(cr, "ev_cdr", rows)
    except UniqueViolation:
        return False
    return True


def _copy(cr, table, rows):
    cr.copy_expert(_COPY.format(table), _Lines(rows))


class _Lines:
    """Rows as a file that COPY reads: PostgreSQL stores the first of them while the next are written."""

    def __init__(self, rows):
        self.parts = (rows[position : position + PART] for position in range(0, len(rows), PART))

    def read(self, _size):  # pylint: disable=method-required-super
        return "".join([_copy_line(row) for row in next(self.parts, ())]).encode()


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
