"""How long energy flowed, and how long the car merely stood there."""

from collections.abc import Iterable

FLOW_WATT = 100  # an interval with less mean power than this counts as idle: a standby load is no charging


def by_state(states: Iterable[tuple[float, int, str]], span: tuple[int, int]) -> tuple[int, int] | None:
    """(charging, idle) seconds from 2.x charging states: (time, seqNo, chargingState). None without any.

    OCPP 2.0.1 3.1.9: only `Charging` is charging; EVConnected, SuspendedEV, SuspendedEVSE and Idle are not.
    """
    ordered = sorted(states)
    if not ordered:
        return None
    start, stop = span
    charging, since = 0.0, None
    for time, _seq, state in ordered:
        moment = min(max(time, start), stop)
        if since is not None and state != "Charging":
            charging += moment - since
            since = None
        elif since is None and state == "Charging":
            since = moment
    if since is not None:
        charging += stop - since
    return int(charging), stop - start - int(charging)


def by_flow(readings: Iterable[tuple[int, int]], span: tuple[int, int]) -> tuple[int, int] | None:
    """(charging, idle) seconds from the register: intervals between readings with and without flow.

    None with fewer than three readings: begin and end alone do not tell when the flow stopped.
    """
    points = list(readings)
    if len(points) < 3:
        return None
    charging = 0
    for (before, low), (after, high) in zip(points, points[1:], strict=False):
        if (high - low) * 3600 >= FLOW_WATT * (after - before) and high > low:
            charging += after - before
    return charging, span[1] - span[0] - charging
