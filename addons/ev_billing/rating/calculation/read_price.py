"""Prices of a calculation document."""

from decimal import Decimal

from ..bands import EVERY_DAY, Band
from ..errors import RatingError
from ..money import MICRO, to_micro
from ..ocpi import read_tariff
from ..prices import Banded, Fixed, Indexed, Tariffed, Tier, Tiered


def read_price(node):
    """One price, by its `kind`.

    :raises RatingError: an unknown kind
    """
    readers = {
        "fixed": lambda: Fixed(node.get("price", to_micro)),
        "banded": lambda: _read_banded(node),
        "tiered": lambda: _read_tiered(node),
        "indexed": lambda: _read_indexed(node),
        "tariff": lambda: Tariffed(read_tariff(node.get("tariff"))),
    }
    kind = node.get("kind", str)
    if kind not in readers:
        raise RatingError(f"{node.path}.kind: {kind!r} is unknown; use one of {', '.join(readers)}.")
    return readers[kind]()


def _minutes(text) -> int:
    hours, minutes = str(text).split(":")
    return 60 * int(hours) + int(minutes)


def _border(text) -> tuple[int, int]:
    month, day = str(text).split("-")
    return int(month), int(day)


def _read_banded(node):
    bands = tuple(
        Band(
            micro=band.get("price", to_micro),
            weekdays=frozenset(map(int, band.get("weekdays", list, sorted(EVERY_DAY)))),
            start=band.get("from", _minutes, 0),
            end=band.get("to", _minutes, 24 * 60),
            season=band.get("season", lambda ends: (_border(ends[0]), _border(ends[1])), None),
            holidays=band.get("holidays", str, "any"),
            name=band.get("name", str, ""),
        )
        for band in node.nodes("bands")
    )
    return Banded(bands, node.get("otherwise", to_micro, 0))


def _read_tiered(node):
    tiers = tuple(Tier(tier.get("until", to_micro, None), tier.get("price", to_micro)) for tier in node.nodes("tiers"))
    return Tiered(tiers, node.get("mode", str, "graduated") == "volume")


def _read_indexed(node):
    return Indexed(
        index=node.get("index", read_key),
        unit=node.get("unit", str, "mwh"),
        factor=node.get("factor", to_micro, MICRO),
        adder=node.get("adder", to_micro, 0),
        losses=node.get("losses", to_micro, 0),
        floor=node.get("floor", to_micro, None),
        cap=node.get("cap", to_micro, None),
        negative=node.get("negative", str, "pass_on"),
        agreed=node.get("agreed", to_micro, None),
    )


def read_key(value):
    """A key as it is compared: JSON knows one kind of number only."""
    return int(value) if isinstance(value, Decimal) and value == int(value) else value
