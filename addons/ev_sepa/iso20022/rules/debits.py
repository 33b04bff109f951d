"""Rules of direct debits: creditor identifier, mandate, sequence, and the time the other bank needs."""

from datetime import timedelta
from functools import lru_cache

from ..calendar import add_target_days
from ..characters import is_legal, is_legal_reference
from .facts import DEBIT, ROLES, Block, Context, Message, Part, Payment, read_day

CREDITOR = "EPC262-08, creditor identifier"
MANDATE = "EPC130-08 / EPC131-08, mandate related information"
TIMING = "EPC016-06 / EPC222-07, time cycle"
SCHEME = "EPC130-08 / EPC131-08, local instrument and sequence type"
INSTRUMENTS = ("CORE", "B2B")
SEQUENCES = ("FRST", "RCUR", "OOFF", "FNAL")
LEAD_DAYS = 1
EARLIEST = timedelta(days=14)
IDENTIFIER = "CdtrSchmeId/Id/PrvtId/Othr/Id"
MANDATE_PATH = "DrctDbtTx/MndtRltdInf"
DETAILS = f"{MANDATE_PATH}/AmdmntInfDtls"
MODULUS = 97


def _is_debit(part: Part):
    return part.roles is ROLES[DEBIT]


@lru_cache(maxsize=1000)
def is_creditor_identifier(text: str) -> bool:
    """Whether the check digits fit (mod 97-10 without the three characters of the business code, EPC262-08)."""
    if not (text.isascii() and text.isalnum() and text == text.upper()) or not 8 <= len(text) <= 35:
        return False
    if not (text[:2].isalpha() and text[2:4].isdigit()):
        return False
    digits = "".join(str(int(character, 36)) for character in text[7:] + text[:4])
    return int(digits) % MODULUS == 1


def check_creditor(payment: Payment, context: Context):
    """Who collects is known by its identifier, in the block or in the payment."""
    if not _is_debit(payment):
        return
    identifier = payment.get(f"DrctDbtTx/{IDENTIFIER}") or payment.block.get(IDENTIFIER)
    if not identifier:
        yield payment.error(
            "creditor_id_missing",
            "The creditor identifier is missing: enter it for the company.",
            CREDITOR,
            "DrctDbtTx",
        )
    for text, path in (
        (identifier, "CdtrSchmeId"),
        (payment.get(f"{DETAILS}/OrgnlCdtrSchmeId/Id/PrvtId/Othr/Id"), f"{DETAILS}/OrgnlCdtrSchmeId"),
    ):
        if text and not is_creditor_identifier(text):
            yield payment.error(
                "creditor_id_invalid",
                f"The creditor identifier '{text}' has wrong check digits: correct it.",
                CREDITOR,
                path,
            )


def check_mandate(payment: Payment, context: Context):
    """There is a mandate, its reference is legal, and it was signed before it is used."""
    if not _is_debit(payment):
        return
    reference, signed_on = payment.get(f"{MANDATE_PATH}/MndtId"), read_day(payment.get(f"{MANDATE_PATH}/DtOfSgntr"))
    if not reference or signed_on is None:
        yield payment.error(
            "mandate_missing",
            "The mandate's reference or its day of signature is missing: complete it.",
            MANDATE,
            MANDATE_PATH,
        )
    if reference and is_legal(reference) and (not is_legal_reference(reference) or " " in reference):
        yield payment.error(
            "mandate_id_illegal",
            f"The mandate reference '{reference}' has a space, starts or ends with '/', has '//' or is too long: change it.",
            MANDATE,
            f"{MANDATE_PATH}/MndtId",
        )
    if signed_on and signed_on > context.today:
        yield payment.error(
            "signature_in_future",
            f"The mandate '{reference}' says it was signed on {signed_on}, which is to come: correct the day.",
            MANDATE,
            f"{MANDATE_PATH}/DtOfSgntr",
        )


def check_amendment(payment: Payment, context: Context):
    """An amended mandate says what it was before, and no other does."""
    if not _is_debit(payment):
        return
    amended = payment.get(f"{MANDATE_PATH}/AmdmntInd").strip() in ("true", "1")
    detailed = bool(payment.get_all(DETAILS))
    if amended and not detailed:
        yield payment.error(
            "amendment_missing",
            "The mandate says it was amended, but not what it was before: complete it.",
            MANDATE,
            MANDATE_PATH,
        )
    elif detailed and not amended:
        yield payment.error(
            "amendment_unexpected",
            "The mandate says what it was before, but not that it was amended: set it.",
            MANDATE,
            MANDATE_PATH,
        )


def check_scheme(block: Block, context: Context):
    """CORE or B2B, and a sequence type."""
    if not _is_debit(block):
        return
    instrument, sequence = block.get("PmtTpInf/LclInstrm/Cd"), block.get("PmtTpInf/SeqTp")
    if instrument not in INSTRUMENTS:
        yield block.error(
            "instrument_invalid",
            f"The direct debit is '{instrument}', it must be CORE or B2B: set it.",
            SCHEME,
            "PmtTpInf/LclInstrm",
        )
    if sequence not in SEQUENCES:
        yield block.error(
            "sequence_invalid",
            f"The sequence type is '{sequence}', it must be one of {', '.join(SEQUENCES)}.",
            SCHEME,
            "PmtTpInf/SeqTp",
        )


def check_lead(block: Block, context: Context):
    """The other bank must have the collection one bank day before, and takes none earlier than 14 days before."""
    if not _is_debit(block) or block.day is None or block.day < context.today:
        return
    first = add_target_days(context.today, LEAD_DAYS, context.conventions.holidays)
    if block.day < first:
        yield block.error(
            "collection_too_soon",
            f"Direct debits need a bank day: collect on {first} or later, not on {block.day}.",
            TIMING,
            "ReqdColltnDt",
        )
    elif block.day - context.today > EARLIEST:
        yield block.warning(
            "collection_too_early",
            f"The collection of {block.day} is more than 14 days away: the other bank does not take it before then.",
            TIMING,
            "ReqdColltnDt",
        )


def check_one_off(message: Message, context: Context):
    """A mandate for one collection is used once."""
    used = {}
    for payment in message.payments:
        reference = payment.get(f"{MANDATE_PATH}/MndtId")
        if _is_debit(payment) and payment.get_kind("SeqTp") == "OOFF" and reference:
            if reference in used:
                yield payment.error(
                    "mandate_repeated",
                    f"The one-off mandate '{reference}' is already used by {used[reference]}: leave one payment out.",
                    MANDATE,
                    f"{MANDATE_PATH}/MndtId",
                )
            used.setdefault(reference, payment.where)


MESSAGE_RULES = (check_one_off,)
BLOCK_RULES = (check_scheme, check_lead)
RULES = (check_creditor, check_mandate, check_amendment)
