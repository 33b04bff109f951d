"""What is compared and what comes out. Amounts are signed `Decimal`: positive is money that comes, or that is owed to us."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

# An open line of a document; a payment under way; a payment sent before, which a bank may give back.
DOCUMENT, PAYMENT, RETURN = "document", "payment", "return"


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something a movement can settle.

    :ivar residual: what is open, in `currency`: a receivable of 100 and an expected collection are +100, a payable and a payment
        under way to somebody -100; a payment sent before can come back, so it is +100
    :ivar references: what somebody may write to name it: document number, creditor reference, their own number of a bill
    :ivar end_to_end_id: payments and returns only
    :ivar batches: payments only: the ids (`PmtInfId`, `MsgId`) under which the bank may book it with others
    """

    id: Hashable
    kind: str
    residual: Decimal
    currency: str
    partner: Hashable | None = None
    references: tuple[str, ...] = ()
    day: date | None = None
    end_to_end_id: str = ""
    batches: tuple[str, ...] = ()

    @property
    def name(self):
        """What people call it."""
        return next(iter(self.references), self.end_to_end_id) or str(self.id)


@dataclass(frozen=True, slots=True)
class Movement:
    """Money that moved on our account.

    :ivar amount: signed, as the account's balance changed
    :ivar references: structured ones (creditor reference, document number)
    :ivar charges: what the bank took of it before, so that `amount` is lower by it; never negative
    :ivar is_return: the bank says that it gives a payment back
    :ivar own: (EndToEndId, what became of that payment, in words) of payments of ours that it names: it settles these and nothing
        else, also when none of them is open any more
    """

    id: Hashable
    amount: Decimal
    currency: str
    day: date | None = None
    end_to_end_ids: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    text: str = ""
    partner: Hashable | None = None
    charges: Decimal = Decimal(0)
    is_return: bool = False
    is_charge: bool = False
    own: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """How far the rules go on their own.

    :ivar tolerance: highest fee of the bank that is booked without asking
    :ivar partial: whether part payments are taken
    :ivar books_fees: whether a fee can be booked at all: none is suggested else
    """

    tolerance: Decimal = Decimal(0)
    partial: bool = False
    books_fees: bool = True


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a person may choose. What the allocations leave of the movement stays open on the partner's account."""

    allocations: tuple[tuple[Hashable, Decimal], ...]
    fee: Decimal
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a movement.

    :ivar rule: `return`, `end_to_end`, `batch`, `reference`, `partner`, `fee`, `charges`, `partial` or `exception`
    :ivar allocations: (item id, signed amount); they sum to the movement's amount plus `fee`; none where not certain
    :ivar fee: what the bank kept: a cost, never negative
    :ivar reason: a sentence, why so or why not
    """

    movement: Hashable
    rule: str
    allocations: tuple[tuple[Hashable, Decimal], ...] = ()
    fee: Decimal = Decimal(0)
    certain: bool = False
    reason: str = ""
    suggestions: tuple[Suggestion, ...] = ()
