"""What a session costs under an OCPI tariff, as JSON.

`python -m rating price-ocpi TARIFF.json CDR.json`: either file holds one object, a list, or an OCPI response with either under
`data`. The results have the form of the CDR's OCPI version. Exit codes: 0 priced, 2 something given is wrong (one line on stderr
says what).
"""

# A command line prints: that is what it is for.
# pylint: disable=print-used
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from ..errors import RatingError
from ..ocpi import (
    VERSIONS,
    Cdr,
    DocumentError,
    Tariff,
    TimezoneError,
    differences,
    parse,
    price_cdr,
    read_cdr,
    read_tariff,
    render,
    report_object,
    select_tariff,
    timezone_of,
    unwrapped,
)

BAD_INPUT = 2


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("tariff", metavar="TARIFF.json", help="the tariff, or several to choose from")
    parser.add_argument("cdr", metavar="CDR.json", help="the charge detail record, or several")
    parser.add_argument("--timezone", metavar="ZONE", help="clock of the location, such as Europe/Paris")
    parser.add_argument("--version", choices=VERSIONS, help="OCPI version, where the documents do not show it")
    parser.add_argument("--compare", action="store_true", help="show where the CDR's own totals differ from ours")


def run(arguments: Namespace) -> int:
    """Price and print. :returns: the exit code."""
    try:
        tariffs = _read(arguments.tariff, lambda document: read_tariff(document, arguments.version))
        results = _read(arguments.cdr, lambda document: _priced(tariffs, document, arguments))
    except RatingError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    print(render(results[0] if len(results) == 1 else results))
    return 0


def _read(name: str, read) -> list:
    """Every object of a file, read; errors name the file."""
    try:
        text = Path(name).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise DocumentError([f"{name}: cannot be read ({reason}): give the path of a JSON file."]) from error
    try:
        return [read(document) for document in unwrapped(parse(text))]
    except RatingError as error:
        raise DocumentError([f"{name}: {error}"]) from error


def _clock(tariff: Tariff, cdr: Cdr, given: str | None) -> str:
    """The location's clock; any will do where the tariff never looks at one."""
    try:
        return timezone_of(cdr, given)
    except TimezoneError:
        if given or tariff.reads_clock:
            raise
        return "UTC"


def _priced(tariffs: list[Tariff], document: Mapping, arguments: Namespace) -> dict:
    cdr = read_cdr(document, arguments.version)
    tariff = select_tariff(tariffs, cdr)
    report = price_cdr(tariff, cdr, _clock(tariff, cdr, arguments.timezone))
    result = report_object(report, cdr.version)
    if arguments.compare:
        result["differences"] = differences(report, cdr)
    return result
