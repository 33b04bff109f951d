"""Reading one JSON object field by field, remembering every problem with its path instead of stopping at the first."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

# A price, a volume or a limit beyond this is a mistake, and arithmetic on 1e999999999 would never end.
LARGEST = Decimal(10) ** 12
MOST_DECIMALS = 12
MOST_ITEMS = 10_000
MOST_PROBLEMS = 100


def shown(value: object) -> str:
    """A value as a message can hold it: short, whatever a hostile document contains."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**20:
        return "a number of more than 20 digits"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


class Reader:
    """The fields of one JSON object at `path`; problems are appended to the list shared by the whole document.

    Every method returns None for a field that is absent, null or wrong; only `required` makes absence a problem.
    """

    def __init__(self, fields: Mapping, path: str, problems: list[str]):
        self.fields = fields
        self.path = path
        self.problems = problems

    def at(self, name: str) -> str:
        """The JSON path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def problem(self, name: str, what: str) -> None:
        """Remember a problem: `what` goes on after the path and ends without a full stop."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(f"{self.at(name)} {what}.")

    def get(self, name: str, required: bool = False) -> object:
        """The raw value; null counts as absent (OCPI 2.2.1 4.1.2)."""
        value = self.fields.get(name)
        if value is None and required:
            self.problem(name, "is missing: add it")
        return value

    def text(self, name: str, required: bool = False, longest: int = 255) -> str | None:
        value = self.get(name, required)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.problem(name, f"is {shown(value)}: give a text that is not empty")
            return None
        if len(value) > longest:
            self.problem(name, f"has {len(value)} characters: give at most {longest}")
            return None
        return value

    def one_of(self, name: str, allowed: tuple[str, ...], required: bool = False) -> str | None:
        value = self.get(name, required)
        if value is None or (isinstance(value, str) and value in allowed):
            return value
        self.problem(name, f"is {shown(value)}: use one of {', '.join(allowed)}")
        return None

    def boolean(self, name: str) -> bool:
        value = self.get(name)
        if value is not None and not isinstance(value, bool):
            self.problem(name, f"is {shown(value)}: give true or false")
        return value is True

    def number(self, name: str, required: bool = False, negative: bool = False) -> Decimal | None:
        """An exact decimal. Text such as "2.00" is read too: the examples of OCPI 2.1.1 write prices so."""
        value = self.get(name, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            self.problem(name, f"is {shown(value)}: give an exact decimal number such as 0.25")
            return None
        try:
            number = Decimal(value) if not isinstance(value, str) or len(value) <= 40 else Decimal("NaN")
        except (InvalidOperation, ValueError):
            number = Decimal("NaN")
        if not number.is_finite():
            self.problem(name, f"is {shown(value)}: give a finite decimal number such as 0.25")
            return None
        return self._in_range(name, number, negative)

    def _in_range(self, name: str, number: Decimal, negative: bool) -> Decimal | None:
        if number.adjusted() > 12 or abs(number) > LARGEST:
            self.problem(name, f"is {shown(number)}: give a number of at most {LARGEST}")
            return None
        # the exponent itself first: 1e-999999999 must not reach any arithmetic
        if number.as_tuple().exponent < -60 or number.normalize().as_tuple().exponent < -MOST_DECIMALS:
            self.problem(name, f"is {shown(number)}: give at most {MOST_DECIMALS} decimals")
            return None
        if number < 0 and not negative:
            self.problem(name, f"is {shown(number)}: give a number that is not negative")
            return None
        return number if number else Decimal(0)

    def whole(self, name: str, required: bool = False) -> int | None:
        number = self.number(name, required)
        if number is None:
            return None
        if number != number.to_integral_value():
            self.problem(name, f"is {shown(number)}: give a whole number")
            return None
        return int(number)

    def moment(self, name: str, required: bool = False) -> datetime | None:
        """A date and time in UTC; without a zone it is UTC (OCPI 2.2.1 17.2)."""
        value = self.get(name, required)
        if value is None:
            return None
        try:
            # the form is checked first: fromisoformat also takes week dates and bare dates
            if not isinstance(value, str) or len(value) < 16 or value[10] not in "Tt " or value[4] + value[7] != "--":
                raise ValueError
            read = datetime.fromisoformat(value)
            return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.problem(name, f"is {shown(value)}: give a date and time in UTC such as 2026-01-31T13:30:00Z")
            return None

    def day(self, name: str) -> date | None:
        value = self.get(name)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or len(value) != 10 or value[4] + value[7] != "--":
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            self.problem(name, f"is {shown(value)}: give an existing date such as 2026-01-31")
            return None

    def clock(self, name: str) -> time | None:
        """A local time of day, five characters (OCPI 2.2.1 11.4.6)."""
        value = self.get(name)
        if value is None:
            return None
        try:
            if not isinstance(value, str) or len(value) != 5 or value[2] != ":":
                raise ValueError
            return time.fromisoformat(value)
        except ValueError:
            self.problem(name, f"is {shown(value)}: give a time from 00:00 to 23:59 such as 09:30")
            return None

    def texts(self, name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
        """A list of words out of `allowed`, in the order of `allowed` and without repeats."""
        value = self.get(name)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.problem(name, f"is {shown(value)}: give a list of {', '.join(allowed)}")
            return ()
        for position, word in enumerate(value[:MOST_ITEMS]):
            if not isinstance(word, str) or word not in allowed:
                self.problem(f"{name}[{position}]", f"is {shown(word)}: use one of {', '.join(allowed)}")
        return tuple(word for word in allowed if word in value)

    def part(self, name: str) -> "Reader | None":
        """An object inside this one."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.problem(name, f"is {shown(value)}: give an object")
            return None
        return Reader(value, self.at(name), self.problems)

    def parts(self, name: str, required: bool = False, most: int = MOST_ITEMS) -> "list[Reader]":
        """The objects of a list; what is not an object is a problem and left out."""
        value = self.get(name, required)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.problem(name, f"is {shown(value)}: give a list of objects")
            return []
        if required and not value:
            self.problem(name, "is empty: give at least one")
        if len(value) > most:
            self.problem(name, f"has {len(value)} items: give at most {most}")
            return []
        found = []
        for position, item in enumerate(value):
            if isinstance(item, Mapping):
                found.append(Reader(item, f"{self.at(name)}[{position}]", self.problems))
            else:
                self.problem(f"{name}[{position}]", f"is {shown(item)}: give an object")
        return found
