"""Moments as people write them in tables, and the hour that an autumn day has twice."""

import re
from datetime import UTC, date, datetime, timedelta

from .clock import FIRST_YEAR, LAST_YEAR, edge_after, midnight, to_epoch, zone_of
from .errors import PriceIndexError

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_QUARTER = re.compile(r"(\d{4})-?[QqTt]([1-4])")
_YEAR = re.compile(r"\d{4}")
HELP = "write it like 2026-03-29 02:15, 2026-03-29T02:15+02:00, or 2026-03 for a month"


def read_period(text: str, zone: str) -> tuple[int, int] | None:
    """[start, end) of a month ``2026-03``, a quarter ``2026-Q1`` or a year ``2026``; None for anything else."""
    if match := _MONTH.fullmatch(text):
        name, year, month = "month", int(match[1]), int(match[2])
    elif match := _QUARTER.fullmatch(text):
        name, year, month = "quarter", int(match[1]), int(match[2]) * 3 - 2
    elif _YEAR.fullmatch(text):
        name, year, month = "year", int(text), 1
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR or not 1 <= month <= 12:
        raise PriceIndexError(f"{text!r} is no month, quarter or year between {FIRST_YEAR} and {LAST_YEAR}")
    start = midnight(date(year, month, 1), zone)
    return start, edge_after(start, name, zone)


def read_moment(text: str) -> datetime:
    """A moment with an offset, or a local one without.

    :raises PriceIndexError: neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise PriceIndexError(f"{text[:40]!r} is not a moment: {HELP}") from error
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise PriceIndexError(f"{text[:40]!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def is_moment(text: str) -> bool:
    """Whether it reads as a moment."""
    try:
        read_moment(text)
    except PriceIndexError:
        return False
    return True


def list_epochs(moment: datetime, zone: str) -> list[int]:
    """The one moment meant; both, the earlier first, in the hour that happens twice.

    :raises PriceIndexError: a time of the hour that the clock skips.
    """
    if moment.tzinfo:
        return [to_epoch(moment)]
    local = moment.replace(tzinfo=zone_of(zone))
    both = [to_epoch(local.replace(fold=fold)) for fold in (0, 1)]
    real = [epoch for epoch in both if _reads_back(epoch, moment, zone)]
    if not real:
        raise PriceIndexError(f"{moment:%Y-%m-%d %H:%M} does not exist: the clock of {zone} skips that hour")
    return sorted(set(real))


def _reads_back(epoch, moment, zone):
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=epoch)
    return utc.astimezone(zone_of(zone)).replace(tzinfo=None) == moment.replace(microsecond=0)
