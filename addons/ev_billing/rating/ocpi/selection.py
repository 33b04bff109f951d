"""Which of several tariffs a session is priced with.

Location, tariff and token are frozen when the session starts: one tariff prices all of it, the one that was valid at the start.
"""

from collections.abc import Sequence
from datetime import datetime

from .cdr import Cdr
from .errors import TariffChoiceError
from .model import Tariff


def valid_at(tariff: Tariff, moment: datetime) -> bool:
    """Whether a session may start under the tariff: from start_date_time (inclusive) to end_date_time (exclusive)."""
    return (tariff.start_date_time is None or tariff.start_date_time <= moment) and (
        tariff.end_date_time is None or moment < tariff.end_date_time
    )


def select_tariff(tariffs: Sequence[Tariff], cdr: Cdr) -> Tariff:
    """The first tariff valid at the session's start; where the periods name a tariff that is among them, that one.

    :raises TariffChoiceError: none is valid, or the session changes between two of them.
    """
    if not tariffs:
        raise TariffChoiceError("No tariff is given: give the tariff that was valid when the session started.")
    ids = {tariff.id for tariff in tariffs if tariff.id}
    named = list(dict.fromkeys(period.tariff_id for period in cdr.periods if period.tariff_id in ids))
    if len(named) > 1:
        raise TariffChoiceError(
            f"The session changes tariff ({', '.join(named)}): a session has one tariff, so price each part as a CDR of its own."
        )
    candidates = [tariff for tariff in tariffs if not named or tariff.id in named]
    for tariff in candidates:
        if valid_at(tariff, cdr.start):
            return tariff
    spans = "; ".join(f"{tariff.name} {_span(tariff)}" for tariff in candidates[:5])
    raise TariffChoiceError(
        f"No tariff is valid at the session's start {cdr.start.isoformat()} ({spans}): give the tariff that was valid then."
    )


def _span(tariff: Tariff) -> str:
    start, end = tariff.start_date_time, tariff.end_date_time
    return f"from {start.isoformat() if start else 'the beginning'} to {end.isoformat() if end else 'no end'}"
