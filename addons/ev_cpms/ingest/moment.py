"""Moments as they travel: RFC 3339 with a zone, in; naive UTC, as Odoo stores them, out."""

from datetime import UTC, datetime


def parse_utc(text):
    """Return ``text`` (such as ``2026-10-03T08:15:00Z`` or ``...+02:00``) as a naive UTC datetime without microseconds.

    :return: None when it is not a string, not a date, or has no zone: a clock that means nothing is no moment
    """
    if not isinstance(text, str) or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return None
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
        return moment.replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError):
        return None
