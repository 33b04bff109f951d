"""From a JSON document to the engine's facts; every error names its place in the document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ..errors import RatingError
from ..facts import Session, Site, epoch
from ..money import to_micro
from ..period import Span, zone
from ..series import IndexSeries
from ..terms import Filter, TermVersion
from .read_price import read_key, read_price


class CalculationError(RatingError):
    """A calculation document is not one."""


@dataclass(frozen=True, slots=True)
class Calculation:
    """One session with the terms it is priced by."""

    site: Site
    session: Session
    versions: tuple[TermVersion, ...]
    series: Mapping
    counted: Mapping

    def read_index(self, key, _start, _stop) -> IndexSeries:
        """The values of an index (`tracks.ReadIndex`)."""
        try:
            return self.series[key]
        except KeyError as error:
            raise CalculationError(f"indexes: there is none with the key {key!r}; add its values.") from error


class Node:
    """An object of the document and where it stands in it."""

    def __init__(self, value, path=""):
        self.value, self.path = value, path
        if not isinstance(value, Mapping):
            raise CalculationError(f"{path or 'The document'} must be an object, not {type(value).__name__}.")

    def get(self, name, read=None, default=...):
        """A field through `read`, or its default where it is missing or null."""
        value = self.value.get(name)
        where = f"{self.path}.{name}" if self.path else name
        if value is None:
            if default is ...:
                raise CalculationError(f"{where} is missing: give it.")
            return default
        try:
            return read(value) if read else value
        except CalculationError:
            raise
        except (RatingError, ValueError, TypeError, KeyError) as error:
            raise CalculationError(f"{where}: {value!r} cannot be read ({error}).") from error

    def nodes(self, name):
        """The objects of a list field."""
        items = self.get(name, list, [])
        return [Node(item, f"{self.path}.{name}[{place}]".lstrip(".")) for place, item in enumerate(items)]

    def node(self, name):
        """An object field."""
        return Node(self.get(name), f"{self.path}.{name}".lstrip("."))


def read_calculation(document) -> Calculation:
    """Read a calculation document.

    :param document: parsed JSON
    :raises CalculationError: what is wrong, and where in the document
    """
    root = Node(document)
    site = _read_site(root.node("site"))
    terms = [_read_term(node, number) for number, node in enumerate(root.nodes("terms"), start=1)]
    if not terms:
        raise CalculationError("terms: there is none; add at least one.")
    series = [_read_series(node) for node in root.nodes("indexes")]
    return Calculation(
        site,
        _read_session(root.node("session"), site),
        tuple(version for version, _counted in terms),
        {one.key: one for one in series},
        {version.key: counted for version, counted in terms},
    )


def _read_site(node) -> Site:
    timezone = node.get("timezone", str)
    zone(timezone)
    holidays = frozenset(date.fromisoformat(day) for day in node.get("holidays", list, []))
    return Site(node.get("key", read_key, "site"), timezone, holidays=holidays)


def moment(text) -> int:
    """Epoch seconds of ISO text with its distance from UTC.

    :raises ValueError: no moment, or nobody knows in which zone
    """
    parsed = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    if parsed.tzinfo is None:
        raise ValueError("say the distance from UTC, such as Z or +02:00")
    return epoch(parsed.astimezone(UTC))


def _read_session(node, site) -> Session:
    return Session(
        key=node.get("key", read_key, "session"),
        site=site.key,
        station=node.get("station", read_key, "station"),
        start=node.get("start", moment),
        stop=node.get("stop", moment),
        wh=node.get("wh", int),
        sign=-1 if node.get("credit", default=False) else 1,
        power_type=node.get("power_type", default=None),
        kind=node.get("kind", default=None),
        profile=node.get("profile", read_key, None),
        token=node.get("token", read_key, None),
        emsp=node.get("emsp", read_key, None),
        charging_seconds=node.get("charging_seconds", int, None),
        idle_seconds=node.get("idle_seconds", int, None),
        readings=tuple((moment(at), int(register)) for at, register in node.get("readings", list, [])),
        revenue_micro=node.get("revenue", to_micro, None),
    )


def _read_term(node, number):
    """(version, what its period had counted)."""
    wanted = node.node("filter") if node.get("filter", default=None) else Node({}, node.path)
    sets = ("sites", "stations", "profiles", "tokens", "emsps")
    many = {name: frozenset(map(read_key, wanted.get(name, list, []))) for name in sets}
    version = TermVersion(
        key=number,
        term=node.get("name", str),
        direction=node.get("direction", str),
        basis=node.get("basis", str),
        price=read_price(node.node("price")),
        valid=Span(node.get("from", date.fromisoformat, None), node.get("to", date.fromisoformat, None)),
        filter=Filter(power_type=wanted.get("power_type", default=None), kind=wanted.get("kind", default=None), **many),
        count_zero_energy=bool(node.get("count_zero_energy", default=False)),
    )
    return version, node.get("counted", to_micro, None)


def _read_series(node) -> IndexSeries:
    rows = sorted(
        (moment(start), moment(end), to_micro(price), state != "provisional")
        for start, end, price, state in (node.get("values", list))
    )
    starts, ends, micros, finals = zip(*rows, strict=True) if rows else ((), (), (), ())
    return IndexSeries(
        node.get("key", read_key), node.get("name", default=str(node.get("key"))), starts, ends, micros, finals
    )
