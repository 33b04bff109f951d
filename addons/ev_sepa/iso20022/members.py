"""Which countries are in SEPA, and which in the EEA, on which day: `members.csv`.

Source: EPC409-09, list of the SEPA scheme countries (checked November 2026), and the EEA agreement. Territories that have an
ISO code of their own are listed by it: addresses name them, although most of their IBANs carry the mother country's code. A new
member is a new line with its first day, the end of a membership its last day: past payments keep being judged by their day.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

SEPA = "SEPA"
EEA = "EEA"


@dataclass(frozen=True, slots=True)
class Membership:
    """One country in one area, first and last day included; `until` is None while it lasts."""

    area: str
    country: str
    since: date
    until: date | None
    notes: str


@cache
def get_memberships() -> tuple[Membership, ...]:
    """Return every line of the list."""
    lines = Path(__file__).with_name("members.csv").read_text("utf-8").splitlines()
    return tuple(
        Membership(
            row["area"],
            row["country"],
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["until"]) if row["until"] else None,
            row["notes"],
        )
        for row in csv.DictReader(lines)
    )


@cache
def _is_member(area: str, country: str, day: date) -> bool:
    return any(
        member.since <= day and (member.until is None or day <= member.until)
        for member in get_memberships()
        if (member.area, member.country) == (area, country)
    )


def is_sepa(country: str, day: date) -> bool:
    """Whether the country (ISO 3166-1 alpha-2) is in SEPA on that day."""
    return _is_member(SEPA, country.upper(), day)


def is_eea(country: str, day: date) -> bool:
    """Whether the country is in the European Economic Area on that day: there payments need neither BIC nor address."""
    return _is_member(EEA, country.upper(), day)
