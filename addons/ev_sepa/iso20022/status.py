"""The bank's answer to a file: pain.002, any version from .03 on.

Levels are kept apart as the bank wrote them (file, `PmtInf`, payment); what a status means, `reason.standing` says.
Verification of payee (EPC103-24) comes as the status itself (`RCVC`, ...) or as a reason of an accepted or rejected payment.
"""

from dataclasses import dataclass

from .parse import find_all, text, texts, walk
from .reason import VERIFICATIONS, in_words


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a code of the external code set (or the bank's own) and what the bank wrote beside it."""

    code: str
    additional: tuple[str, ...] = ()

    @property
    def words(self):
        return in_words(self.code, " ".join(self.additional))


@dataclass(frozen=True, slots=True)
class TransactionStatus:
    """What became of one payment. `verification` is RCVC, RVMC, RVNM, RVNA or empty; `suggested_name` the name the bank knows."""

    end_to_end_id: str
    instruction_id: str
    status: str
    reasons: tuple[Reason, ...] = ()
    verification: str = ""
    suggested_name: str = ""
    servicer_reference: str = ""


@dataclass(frozen=True, slots=True)
class BlockStatus:
    """What became of one `PmtInf`."""

    identifier: str
    status: str
    reasons: tuple[Reason, ...] = ()
    transactions: tuple[TransactionStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """One pain.002: `message_id` is its own, `original_message_id` that of the file it answers."""

    message_id: str
    original_message_id: str
    original_name: str
    status: str
    reasons: tuple[Reason, ...]
    blocks: tuple[BlockStatus, ...]

    @property
    def transactions(self):
        return tuple(transaction for block in self.blocks for transaction in block.transactions)


def read_status(source):
    """Read a pain.002.

    :param source: bytes or a binary stream
    :raises UnreadableFile: it is none, or broken
    """
    head, group, blocks, waiting = "", None, [], []
    tags = ("GrpHdr", "OrgnlGrpInfAndSts", "OrgnlPmtInfAndSts", "TxInfAndSts")
    for _kind, event, element in walk(source, ("pain.002",), tags):
        if event == "start":
            continue
        tag = element.tag.rpartition("}")[2]
        if tag == "GrpHdr":
            head = text(element, "MsgId")
        elif tag == "OrgnlGrpInfAndSts":
            group = _read_group(element)
        elif tag == "TxInfAndSts":
            waiting.append(_read_transaction(element))
        else:
            reasons = _read_reasons(element)
            blocks.append(
                BlockStatus(text(element, "OrgnlPmtInfId"), text(element, "PmtInfSts"), reasons, tuple(waiting))
            )
            waiting = []
    original, name, status, reasons = group or ("", "", "", ())
    return StatusReport(head, original, name, status, reasons, tuple(blocks))


def _read_group(element):
    return (
        text(element, "OrgnlMsgId"),
        text(element, "OrgnlMsgNmId"),
        text(element, "GrpSts"),
        _read_reasons(element),
    )


def _read_reasons(element):
    return tuple(
        Reason(text(info, "Rsn/Cd", "Rsn/Prtry"), texts(info, "AddtlInf")) for info in find_all(element, "StsRsnInf")
    )


def _read_transaction(element):
    reasons, status = _read_reasons(element), text(element, "TxSts")
    codes = [status, *(reason.code for reason in reasons)]
    verification = next((code for code in codes if code in VERIFICATIONS), "")
    return TransactionStatus(
        end_to_end_id=text(element, "OrgnlEndToEndId"),
        instruction_id=text(element, "OrgnlInstrId"),
        status=status,
        reasons=reasons,
        verification=verification,
        suggested_name=_read_name(element, reasons) if verification == "RVMC" else "",
        servicer_reference=text(element, "AcctSvcrRef"),
    )


def _read_name(element, reasons):
    """The name the bank knows: beside the code, else the payee of the original reference."""
    words = " ".join(" ".join(reason.additional) for reason in reasons if reason.code in ("", "RVMC"))
    return words or text(element, "OrgnlTxRef/Cdtr/Pty/Nm", "OrgnlTxRef/Cdtr/Nm")
