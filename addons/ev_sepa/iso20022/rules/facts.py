"""What a message says, flattened for the rules: each part (header, block, payment) as texts by path.

Read from the bytes, so that files of other programs are judged as ours are.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache

from ..model import Conventions, Finding
from ..parse import identify
from ..place import get_local
from ..schemas import parse_whole

CREDIT, DEBIT = "pain.001", "pain.008"
SEPA, INSTANT = "SEPA", "INST"
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")


@dataclass(frozen=True)
class Roles:
    """How the elements of the other side are called in this message, and of the own."""

    payment: str
    party: str
    agent: str
    account: str
    amount: str
    own_party: str
    own_account: str
    method: str


ROLES = {
    CREDIT: Roles("CdtTrfTxInf", "Cdtr", "CdtrAgt", "CdtrAcct", "Amt/InstdAmt", "Dbtr", "DbtrAcct", "TRF"),
    DEBIT: Roles("DrctDbtTxInf", "Dbtr", "DbtrAgt", "DbtrAcct", "InstdAmt", "Cdtr", "CdtrAcct", "DD"),
}


@dataclass(frozen=True)
class Context:
    """What a message is judged by."""

    conventions: Conventions
    today: date


@dataclass
class Part:
    """Texts of one element by the path below it (`Cdtr/PstlAdr/TwnNm`; attributes `Amt/InstdAmt@Ccy`)."""

    where: str
    roles: Roles
    texts: dict[str, list[str]] = field(default_factory=dict)

    def get(self, path: str) -> str:
        """The first text there, empty where there is none."""
        found = self.texts.get(path)
        return found[0] if found else ""

    def get_all(self, path: str) -> list[str]:
        """All texts there; containers count as empty texts."""
        return self.texts.get(path, [])

    def error(self, code: str, message: str, source: str, path: str = "") -> Finding:
        """A finding about this part that stops the file's release."""
        return self._find("error", code, message, source, path)

    def warning(self, code: str, message: str, source: str, path: str = "") -> Finding:
        """A finding about this part that somebody should look at."""
        return self._find("warning", code, message, source, path)

    def _find(self, severity, code, message, source, path):
        where = f"{self.where}/{path}" if path else self.where
        return Finding(severity, code, message, source, where, self.end_to_end_id)

    @property
    def end_to_end_id(self) -> str:
        return self.get("PmtId/EndToEndId")


@dataclass
class Block(Part):
    """One `PmtInf`: its own texts, and its payments."""

    payments: list["Payment"] = field(default_factory=list)

    @cached_property
    def day(self) -> date | None:
        """The requested execution or collection day; None where there is no readable one."""
        for path in ("ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt", "ReqdColltnDt"):
            day = read_day(self.get(path))
            if day:
                return day
        return None


@dataclass
class Payment(Part):
    """One `CdtTrfTxInf` or `DrctDbtTxInf`."""

    block: Block | None = None

    def get_kind(self, path: str) -> str:
        """What the payment says of its kind (`SvcLvl/Cd`), or else its block."""
        return self.get(f"PmtTpInf/{path}") or self.block.get(f"PmtTpInf/{path}")

    @property
    def is_sepa(self) -> bool:
        return self.get_kind("SvcLvl/Cd") == SEPA

    @property
    def is_instant(self) -> bool:
        return self.get_kind("LclInstrm/Cd") == INSTANT

    @cached_property
    def amount(self) -> Decimal | None:
        return read_amount(self.get(self.roles.amount))

    @property
    def currency(self) -> str:
        return self.get(f"{self.roles.amount}@Ccy")

    @property
    def iban(self) -> str:
        return self.get(f"{self.roles.account}/Id/IBAN")


@dataclass
class Message:
    """A whole message; `name` is `pain.001.001.09`."""

    name: str
    family: str
    header: Part
    blocks: list[Block]

    @property
    def payments(self) -> Iterator[Payment]:
        return (payment for block in self.blocks for payment in block.payments)


Rule = Callable[..., Iterator[Finding]]


def read_message(content: bytes) -> Message | None:
    """Return what the message says; None for messages that pay nothing.

    :raises UnreadableFile: no ISO 20022 message, hostile, broken or too large
    """
    kind = identify(content)
    if kind.family not in ROLES:
        return None
    roles = ROLES[kind.family]
    root = parse_whole(content)
    header, blocks = Part("GrpHdr", roles), []
    for element in root.iterfind("{*}*/{*}*"):
        if get_local(element) == "GrpHdr":
            _flatten(element, "", header.texts)
        elif get_local(element) == "PmtInf":
            blocks.append(_read_block(element, len(blocks) + 1, roles))
    return Message(kind.name, kind.family, header, blocks)


def _read_block(element, number, roles):
    block = Block(f"PmtInf[{number}]", roles)
    for child in element.iterchildren("*"):
        name = get_local(child)
        if name == roles.payment:
            where = f"{block.where}/{name}[{len(block.payments) + 1}]"
            payment = Payment(where, roles, block=block)
            _flatten(child, "", payment.texts)
            block.payments.append(payment)
            # what is read is let go: the tree and the facts of all payments need not be there together
            child.clear()
        else:
            _flatten_into(child, name, block.texts)
    return block


def _flatten(element, path, texts):
    for child in element.iterchildren("*"):
        _flatten_into(child, _join(path, child.tag), texts)


def _flatten_into(element, path, texts):
    texts.setdefault(path, []).append((element.text or "") if not len(element) else "")
    for name, value in element.items():
        texts.setdefault(_join(path, name, "@"), []).append(value)
    if len(element):
        _flatten(element, path, texts)


@lru_cache(maxsize=10_000)
def _join(path, tag, separator="/"):
    """One string for all payments that say the same thing."""
    name = tag.rpartition("}")[2]
    return f"{path}{separator}{name}" if path else name


def read_day(text: str) -> date | None:
    """`2026-11-24`, with or without a time behind; None for anything else."""
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def read_amount(text: str) -> Decimal | None:
    """A decimal number as XML Schema writes it, without an exponent; None for anything else."""
    return Decimal(text.strip()) if NUMBER.fullmatch(text.strip()) else None
