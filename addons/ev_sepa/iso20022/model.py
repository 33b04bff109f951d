"""What one file to a bank says, as frozen facts: one file, its blocks (`PmtInf`), their transactions.

Texts are as people wrote them: the writer makes them legal (`characters`), the rules say what is wrong with them.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

CREDIT_TRANSFER = "credit_transfer"
DIRECT_DEBIT = "direct_debit"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address in its parts (`PstlAdr`); `country` is ISO 3166-1 alpha-2. Lines are for what has no part of its own."""

    country: str = ""
    town: str = ""
    postcode: str = ""
    street: str = ""
    building: str = ""
    region: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody with a name. `identifier` is what the bank knows it by (initiating party id, SEPA creditor identifier)."""

    name: str
    address: Address | None = None
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account: by `iban`, or by another `number` outside the countries that have IBANs; `bic` may be empty within SEPA."""

    iban: str = ""
    number: str = ""
    bic: str = ""
    currency: str = ""
    clearing: str = ""  # a national clearing number of the bank (`ClrSysMmbId`), outside SEPA


@dataclass(frozen=True, slots=True)
class Mandate:
    """A direct debit mandate as the file names it (EPC130-08 AT-01, AT-25); amended ones say what they were before."""

    reference: str
    signed_on: date
    amended: bool = False
    previous_reference: str = ""
    previous_iban: str = ""
    previous_creditor_identifier: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One document a payment settles: for the structured remittance (`CINV`, `CREN`) where the bank takes it (ERI)."""

    number: str
    amount: Decimal
    is_credit: bool
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Transaction:
    """One payment. `reference` is an ISO 11649 (RF...) or national creditor reference: with it the remittance is structured."""

    end_to_end_id: str
    amount: Decimal
    currency: str
    party: Party
    account: Account
    remittance: str = ""
    reference: str = ""
    documents: tuple[Document, ...] = ()
    instruction_id: str = ""
    purpose: str = ""  # ISO 20022 external purpose code, `SUPP`, `SALA`, ...
    mandate: Mandate | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """One `PmtInf`: one own account, one day, one kind of transfer.

    :ivar service_level: `SEPA`, `URGP`, `NURG`, ... or empty
    :ivar local_instrument: `INST` for instant; `CORE` or `B2B` for direct debits
    :ivar sequence: direct debits only: `FRST`, `RCUR`, `OOFF`, `FNAL`
    :ivar charges: who bears them: `SLEV`, `SHAR`, `DEBT`, `CRED`
    """

    identifier: str
    day: date
    party: Party
    account: Account
    transactions: tuple[Transaction, ...]
    service_level: str = "SEPA"
    local_instrument: str = ""
    sequence: str = ""
    charges: str = "SLEV"
    batch_booking: bool | None = None
    category_purpose: str = ""


@dataclass(frozen=True, slots=True)
class PaymentFile:
    """A whole file of one kind (`CREDIT_TRANSFER` or `DIRECT_DEBIT`)."""

    kind: str
    message_id: str
    created_at: datetime
    initiator: Party
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Conventions:
    """What one bank wants, beyond the standard (a bank profile, without Odoo).

    :ivar version: message and version: `pain.001.001.09`, `pain.001.001.03`, `pain.008.001.08`, `pain.008.001.02`
    :ivar address_form: `structured`, `hybrid` (at most two lines), `minimal` (town and country) or `none`
    :ivar name_length: longest name, 70 or 140
    :ivar extended_remittance: whether the bank takes many `Strd` per payment (EPC ERI option)
    :ivar opt_out_verification: ask for no verification of payee where the file has several payments
    :ivar most_transactions: largest number of payments per file; 0 for no limit
    :ivar holidays: days the bank is closed beside TARGET's
    """

    version: str
    address_form: str = "structured"
    name_length: int = 70
    extended_remittance: bool = False
    opt_out_verification: bool = False
    most_transactions: int = 0
    holidays: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a file. `error` stops its release, `warning` does not.

    :ivar code: short name of the rule, `town_missing`
    :ivar message: what is wrong, where and what to do, as a sentence
    :ivar source: the standard and its section
    :ivar where: path in the file, `PmtInf[1]/CdtTrfTxInf[3]/Cdtr/PstlAdr`
    :ivar end_to_end_id: the payment it is about; empty for the file
    """

    severity: str
    code: str
    message: str
    source: str
    where: str = ""
    end_to_end_id: str = ""
