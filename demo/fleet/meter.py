"""The register of a session: deterministic, so that a test can work the numbers out by hand."""

from collections.abc import Iterator

from .plan import Session

TAPER_FROM, TAPER_SHARE = (
    0.8,
    0.1,
)  # the last fifth of the charging time delivers the last tenth of the energy


def register_at(session: Session, moment: int) -> int:
    """Wh on the meter: linear, then tapering, then flat while the car stands idle."""
    charging = max(1, session.stop - session.idle_seconds - session.start)
    progress = min(1.0, max(0.0, (moment - session.start) / charging))
    energy = session.meter_stop - session.meter_start
    if progress <= TAPER_FROM:
        share = (1 - TAPER_SHARE) * progress / TAPER_FROM
    else:
        share = 1 - TAPER_SHARE * (1 - progress) / (1 - TAPER_FROM)
    return session.meter_start + round(energy * share)


def samples(session: Session) -> Iterator[tuple[int, int, bool]]:
    """(time, register, still charging) between start and stop, both excluded; one of them where charging ends."""
    charged = session.stop - session.idle_seconds
    moments = set(range(session.start + session.interval, session.stop, session.interval))
    if session.start < charged < session.stop:
        moments.add(charged)
    for moment in sorted(moments):
        yield moment, register_at(session, moment), moment < charged
