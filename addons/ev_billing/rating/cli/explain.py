"""The calculation of one session, as a table.

`python -m rating explain FILE.json`: the file is a calculation document, as *Download for Support* on a charge gives it. Exit
codes: 0 explained, 2 something given is wrong (one line on stderr says what).
"""

# A command line prints: that is what it is for.
# pylint: disable=print-used
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..calculation import read_calculation
from ..errors import RatingError
from ..explain import explain_session
from ..ocpi import parse

BAD_INPUT = 2
WIDEST = 76


def add_arguments(parser: ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("file", metavar="FILE.json", help="a calculation document")


def run(arguments: Namespace) -> int:
    """Explain and print. :returns: the exit code."""
    try:
        text = Path(arguments.file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        print(f"{arguments.file}: cannot be read ({reason}): give the path of a JSON file.", file=sys.stderr)
        return BAD_INPUT
    try:
        tables = list(_tables(read_calculation(parse(text))))
    except RatingError as error:
        print(f"{arguments.file}: {' '.join(str(error).split())}", file=sys.stderr)
        return BAD_INPUT
    print("\n\n".join(tables))
    return 0


def _tables(calculation):
    """One table per term."""
    for version in calculation.versions:
        title = f"{version.term} ({version.direction})"
        explanation = explain_session(
            calculation.session, version, calculation.site, calculation.read_index, calculation.counted[version.key]
        )
        if explanation is None:
            yield f"{title}\n  makes no charge of this session: it is not in force at its start, or does not apply to it."
            continue
        rows = [(step.label, step.working, str(step.result)) for step in explanation.steps]
        if explanation.amount is None:
            rows.append(("Amount", "a price is missing: the charge waits", "none"))
        yield f"{title}\n{_table(rows)}"


def _table(rows) -> str:
    """Three columns; what is too wide goes on in the next line."""
    label = max(len(row[0]) for row in rows)
    result = max(len(row[2]) for row in rows)
    working = min(WIDEST, max(len(row[1]) for row in rows))
    lines = []
    for name, how, what in rows:
        pieces = [how[place : place + working] for place in range(0, len(how), working)] or [""]
        lines.append(f"  {name:<{label}}  {pieces[0]:<{working}}  {what:>{result}}")
        lines += [f"  {'':<{label}}  {piece}" for piece in pieces[1:]]
    return "\n".join(lines)
