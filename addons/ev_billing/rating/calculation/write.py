"""From the engine's facts to a JSON document."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime

from ..facts import Session, Site
from ..money import from_micro
from ..ocpi import write_tariff
from ..prices import Banded, Fixed, Indexed, Tariffed, Tiered
from ..series import IndexSeries
from ..terms import TermVersion

KINDS = {Fixed: "fixed", Banded: "banded", Tiered: "tiered", Indexed: "indexed", Tariffed: "tariff"}


def write_calculation(
    site: Site,
    session: Session,
    versions: Iterable[TermVersion],
    series: Iterable[IndexSeries] = (),
    counted: Mapping | None = None,
    names: Mapping | None = None,
) -> dict:
    """The document of one calculation; reading it back gives the same amounts.

    :param counted: {version key: what its period had counted, in millionths}
    :param names: {term key: what people call it}
    """
    counted, names = counted or {}, names or {}
    return {
        "site": {
            "key": site.key,
            "timezone": site.timezone,
            "holidays": sorted(day.isoformat() for day in site.holidays),
        },
        "session": _session(session),
        "terms": [
            _term(version, counted.get(version.key), names.get(version.term, str(version.term))) for version in versions
        ],
        "indexes": [
            {
                "key": one.key,
                "name": one.name,
                "values": [
                    [_moment(start), _moment(end), _decimal(price), "final" if final else "provisional"]
                    for start, end, price, final in zip(one.starts, one.ends, one.micros, one.finals, strict=True)
                ],
            }
            for one in series
        ],
    }


def _moment(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _decimal(micro: int | None) -> str | None:
    return None if micro is None else f"{from_micro(micro).normalize():f}"


def _session(session: Session) -> dict:
    return {
        "key": session.key,
        "station": session.station,
        "start": _moment(session.start),
        "stop": _moment(session.stop),
        "wh": session.wh,
        "credit": session.sign < 0,
        "power_type": session.power_type,
        "kind": session.kind,
        "profile": session.profile,
        "token": session.token,
        "emsp": session.emsp,
        "charging_seconds": session.charging_seconds,
        "idle_seconds": session.idle_seconds,
        "readings": [[_moment(at), register] for at, register in session.readings],
        "revenue": _decimal(session.revenue_micro),
    }


def _term(version: TermVersion, counted, name) -> dict:
    chosen = asdict(version.filter)
    return {
        "name": name,
        "direction": version.direction,
        "basis": version.basis,
        "from": version.valid.start and version.valid.start.isoformat(),
        "to": version.valid.end and version.valid.end.isoformat(),
        "price": {"kind": KINDS[type(version.price)], **_price(version.price)},
        "filter": {key: sorted(value) if isinstance(value, frozenset) else value for key, value in chosen.items()},
        "count_zero_energy": version.count_zero_energy,
        "counted": _decimal(counted),
    }


def _price(price) -> dict:
    if isinstance(price, Fixed):
        return {"price": _decimal(price.micro)}
    if isinstance(price, Banded):
        return {"otherwise": _decimal(price.otherwise), "bands": [_band(band) for band in price.bands]}
    if isinstance(price, Tiered):
        tiers = [{"until": _decimal(tier.until), "price": _decimal(tier.micro)} for tier in price.tiers]
        return {"mode": "volume" if price.volume else "graduated", "tiers": tiers}
    if isinstance(price, Tariffed):
        return {"tariff": write_tariff(price.tariff, "2.3.0")}
    numbers = {name: _decimal(getattr(price, name)) for name in ("factor", "adder", "losses", "floor", "cap", "agreed")}
    return {"index": price.index, "unit": price.unit, "negative": price.negative, **numbers}


def _band(band) -> dict:
    return {
        "name": band.name,
        "price": _decimal(band.micro),
        "weekdays": sorted(band.weekdays),
        "from": f"{band.start // 60:02}:{band.start % 60:02}",
        "to": f"{band.end // 60:02}:{band.end % 60:02}",
        "season": band.season and [f"{month:02}-{day:02}" for month, day in band.season],
        "holidays": band.holidays,
    }
