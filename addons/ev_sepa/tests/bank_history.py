"""A bank that tells the same movements in many ways: what it has moved, and the files it would send of that."""

from collections import namedtuple
from itertools import accumulate

from .bank_common import entry, statement
from .common import HOST_IBAN, OTHER_IBAN
from .test_bank_days import dated
from .test_bank_told import notified, reported
from .test_bank_turns import on

LIME = "BE71096123456769"
DAYS = (16, 17, 18, 19, 20, 23, 24, 25, 26, 27)
WORDS = ("Recharge", "Recharge 4711", "thanks")

Movement = namedtuple("Movement", "number day place amount iban text end")
# How a bank does it; each field is one of those that `STYLES` has under its name.
Style = namedtuple("Style", "reference words ends notifies reports swept twice opens balances export order again")

STYLES = Style(
    reference=("none", "unique", "daily", "family"),
    words=("same", "prefixed", "other", "silent"),
    ends=("none", "all", "some"),
    notifies=("none", "each", "daily", "late"),
    reports=(False, True),
    swept=(False, True),
    twice=(False, True),
    opens=("same", "before"),
    balances=(True, False),
    export=("none", "all", "week", "to date"),
    order=("told", "swapped", "newest"),
    again=("none", "same", "renamed"),
)


def choose_style(rnd, **fixed):
    return Style(*(fixed.get(name, rnd.choice(values)) for name, values in STYLES._asdict().items()))


class Bank:
    """:ivar movements: what it has moved; `files` are what it sends, as bytes, in the order in which they are imported"""

    def __init__(self, rnd, style, days=4):
        self.rnd, self.style = rnd, style
        first = rnd.randrange(len(DAYS) - days + 1)
        self.days = DAYS[first : first + days]
        self.start = rnd.choice((0, 0, 1000))
        self.movements = self._move()
        self.files = self._order(self._tell())

    def _move(self):
        movements, balance = [], self.start
        for day in self.days:
            todays = []
            count = self.rnd.choice((0, 1, 1, 2, 3)) if movements else 1
            for _n in range(count):
                amount = self.rnd.choice((50, 50, 50, 30, -50))
                iban = HOST_IBAN if amount < 0 else self.rnd.choice((OTHER_IBAN, OTHER_IBAN, LIME))
                todays.append((amount, iban, self.rnd.choice(WORDS)))
            balance += sum(amount for amount, _iban, _text in todays)
            if self.style.swept and balance:
                todays.append((-balance, HOST_IBAN, "account sweep"))
                balance = 0
            for place, (amount, iban, text) in enumerate(todays, 1):
                number = len(movements) + 1
                has_end = self.style.ends == "all" or self.style.ends == "some" and self.rnd.random() < 0.5
                movements.append(Movement(number, day, place, amount, iban, text, f"E-{number}" if has_end else ""))
        return movements

    def _tell(self):
        """[(when, file)]"""
        style, files = self.style, []
        for day in self.days:
            todays = [each for each in self.movements if each.day == day]
            if not todays:
                continue
            when = day + (0.9 if style.notifies == "late" else 0.3)
            if style.notifies == "each":
                files += [(when, self._notify(f"N{each.number}", [each])) for each in todays]
            elif style.notifies != "none":
                files.append((when, self._notify(f"N{day}", todays)))
            if style.reports:
                files.append((day + 0.4, self._report(f"R{day}", todays)))
            half = self.rnd.randrange(len(todays)) if style.twice else 0
            for number, part in enumerate((todays[:half], todays[half:])):
                if part:
                    opened = day - 1 if style.opens == "before" and part[0].place == 1 else day
                    files.append((day + 0.5 + number / 10, self._state(f"S{day}-{number}", part, opened, day)))
        files += self._export()
        return files

    def _export(self):
        first, last = self.days[0], self.days[-1]
        spans = {
            "none": (),
            "all": ((first, last, last + 0.95),),
            "week": ((first, self.days[-2], last + 0.95), (self.days[1], last, last + 0.96)),
            "to date": ((first, self.days[-2], self.days[-2] + 0.95), (first, last, last + 0.95)),
        }
        for number, (begin, end, when) in enumerate(spans[self.style.export]):
            told = [each for each in self.movements if begin <= each.day <= end]
            if told:
                yield when, self._state(f"X{number}", told, begin, end)

    def _order(self, files):
        style, rnd = self.style, self.rnd
        files = [content for _when, content in sorted(files, key=lambda each: each[0])]
        if style.order == "newest":
            files.reverse()
        elif style.order == "swapped" and len(files) > 1:
            number = rnd.randrange(len(files) - 1)
            files[number : number + 2] = reversed(files[number : number + 2])
        if style.again != "none":
            for content in [each for each in files if rnd.random() < 0.3]:
                copy = content + b"\n" if style.again == "same" else content.replace(b"<MsgId>M-", b"<MsgId>A-")
                files.insert(rnd.randrange(files.index(content) + 1, len(files) + 1), copy)
        return files

    def _write(self, told, family):
        """The entries of one file."""
        return "".join(self._write_one(each, family, place) for place, each in enumerate(told, 1))

    def _write_one(self, each, family, place):
        text = each.text
        if family == "statement":
            text = {"prefixed": f"SVWZ+{text}"}.get(self.style.words, text)
        else:
            text = {"silent": "", "other": f"credit {each.number}"}.get(self.style.words, text)
        references = {
            "none": "",
            "unique": f"REF-{each.number}",
            "daily": f"{each.place:04}",
            "family": f"{family}-{each.number}",
        }
        ntry = entry(f"{each.amount}.00", text, end=each.end, iban=each.iban, ref=references[self.style.reference])
        return on(ntry, each.day)

    def _notify(self, name, told):
        return notified(self._write(told, "notification"), name)

    def _report(self, name, told):
        return reported(self._write(told, "report"), name)

    def _state(self, name, told, first, last):
        entries = self._write(told, "statement")
        if not self.style.balances:
            return statement(entries, name=name)
        # after each movement
        balances = list(accumulate((each.amount for each in self.movements), initial=self.start))
        opening, closing = balances[told[0].number - 1], balances[told[-1].number]
        return dated(statement(entries, name=name, opening=f"{opening}.00", closing=f"{closing}.00"), first, last)
