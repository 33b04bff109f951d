"""What a bank statement says, as frozen facts. Amounts are signed: money that came is positive, money that went negative."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

# What banks write where they have nothing to write.
NOTHING = frozenset({"", "NOTPROVIDED", "NOTAVAILABLE", "NONREF", "NON REF", "NONE", "N/A", "NA", "0"})


def given(reference):
    """Whether a reference says anything."""
    return reference.strip().upper() not in NOTHING


@dataclass(frozen=True, slots=True)
class Balance:
    """`kind` is OPBD, PRCD, CLBD, CLAV, ITBD, ..."""

    kind: str
    amount: Decimal
    currency: str
    day: date | None


@dataclass(frozen=True, slots=True)
class Statement:
    """One `Stmt`, `Rpt` or `Ntfctn`: whose account, which one, from where to where."""

    family: str
    message_id: str
    identifier: str
    iban: str
    number: str
    currency: str
    sequence: str = ""
    balances: tuple[Balance, ...] = ()
    page: str = ""

    @property
    def account(self):
        return self.iban or self.number

    def balance(self, *kinds):
        """The first balance of one of the `kinds`, in their order, or None."""
        return next((found for kind in kinds for found in self.balances if found.kind == kind), None)

    @property
    def opening(self):
        return self.balance("OPBD", "PRCD")

    @property
    def closing(self):
        return self.balance("CLBD")


@dataclass(frozen=True, slots=True)
class Charge:
    """What the bank took. `included`: whether the entry's amount is less (or more) by it; None where the bank does not say."""

    amount: Decimal
    currency: str
    included: bool | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Several payments booked as one: of which file of ours, how many, how much."""

    message_id: str = ""
    payment_information_id: str = ""
    count: int | None = None
    total: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """One `TxDtls`. `amount` is None where the bank gives none in the entry's currency; `text_lines` are the `Ustrd`."""

    amount: Decimal | None = None
    end_to_end_id: str = ""
    instruction_id: str = ""
    message_id: str = ""
    payment_information_id: str = ""
    transaction_id: str = ""
    mandate_id: str = ""
    servicer_reference: str = ""
    creditor_references: tuple[str, ...] = ()
    document_numbers: tuple[str, ...] = ()
    text_lines: tuple[str, ...] = ()
    additional: str = ""
    name: str = ""
    iban: str = ""
    number: str = ""
    bic: str = ""
    original_amount: Decimal | None = None
    original_currency: str = ""
    exchange_rate: Decimal | None = None
    return_code: str = ""
    return_text: str = ""
    charges: tuple[Charge, ...] = ()

    @property
    def references(self):
        return (*self.creditor_references, *self.document_numbers)


@dataclass(frozen=True, slots=True)
class Part:
    """One movement of an entry. An entry's parts always sum to its amount; `is_charge` is the bank's own fee among them."""

    amount: Decimal
    details: tuple[Detail, ...] = ()
    is_charge: bool = False

    @property
    def text(self):
        """All that is written of it, each line once."""
        lines = (line for detail in self.details for line in (*detail.text_lines, detail.additional) if line)
        return "\n".join(dict.fromkeys(lines))

    @property
    def party(self):
        """The other side's (name, account, BIC); empty where there are several."""
        if len({(detail.name, detail.iban, detail.number) for detail in self.details}) != 1:
            return "", "", ""
        detail = self.details[0]
        return detail.name, detail.iban or detail.number, detail.bic


@dataclass(frozen=True)
class Entry:
    """One `Ntry`. `status` is BOOK, PDNG, INFO or FUTR; `occurrence` tells identical entries of one file apart, from 1."""

    account: str
    amount: Decimal
    currency: str
    status: str
    booked_on: date | None = None
    value_on: date | None = None
    is_reversal: bool = False
    servicer_reference: str = ""
    entry_reference: str = ""
    transaction_code: str = ""
    additional: str = ""
    batches: tuple[Batch, ...] = ()
    charges: tuple[Charge, ...] = ()
    details: tuple[Detail, ...] = ()
    occurrence: int = 1

    @cached_property
    def fingerprint(self):
        """What makes the entry this one: the same in a notification and in the statement that follows, in any version."""
        if given(self.servicer_reference):
            facts = [self.servicer_reference]
        else:
            texts = sorted("".join("".join(detail.text_lines).split()) for detail in self.details)
            ends = sorted(detail.end_to_end_id for detail in self.details)
            facts = [str(self.booked_on), str(self.value_on), *ends, *texts, "" if self.details else self.additional]
        facts += [self.account, str(self.amount.normalize()), self.currency]
        return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()

    @property
    def key(self):
        """What the entry is known by, for ever: never taken twice, in whatever file it comes again."""
        return f"{self.fingerprint[:40]}:{self.occurrence}"

    @cached_property
    def days(self):
        """Those on which it may be known elsewhere: of booking, and of value."""
        return frozenset(day for day in (self.booked_on, self.value_on) if day)

    @cached_property
    def charge_total(self):
        """Charges within the entry's amount, of the entry and its details, in its currency."""
        every = [*self.charges, *(charge for detail in self.details for charge in detail.charges)]
        return sum((c.amount for c in every if c.included is not False and c.currency == self.currency), Decimal(0))

    @cached_property
    def sum_differs(self):
        """Whether the bank gives amounts of the transactions, and they do not make the entry's."""
        return len(self.details) > 1 and self._has_amounts() and len(self.parts) == 1

    @cached_property
    def parts(self):
        """The entry as movements: its transactions if their amounts make the whole, else one with all their references.

        Transactions may sum to the amount before charges: then the charges are a movement of their own.
        """
        if len(self.details) > 1 and self._has_amounts():
            rest = self.amount - sum(detail.amount for detail in self.details)
            if rest == 0:
                return tuple(Part(detail.amount, (detail,)) for detail in self.details)
            if self.charge_total and rest == -self.charge_total:
                parts = [Part(detail.amount, (detail,)) for detail in self.details]
                return (*parts, Part(rest, is_charge=True))
        return (Part(self.amount, self.details),)

    def _has_amounts(self):
        return all(detail.amount is not None for detail in self.details)
