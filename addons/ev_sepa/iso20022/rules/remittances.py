"""Rules of what the payee is told: one text or one structured reference."""

from stdnum import iso11649
from stdnum.exceptions import ValidationError

from ..reference import QRR, is_qr_iban, is_qr_reference
from .facts import Context, Payment

SOURCE = "EPC132-08, remittance information"
EXTENDED = "EPC132-08, extended remittance information (ERI) option"
REFERENCE = "ISO 11649"
SWISS = "SIX, Swiss Payment Standards, Implementation Guidelines Credit Transfer (pain.001), CdtrRefInf"
USTRD, STRD = "RmtInf/Ustrd", "RmtInf/Strd"


def check_forms(payment: Payment, context: Context):
    """One `Ustrd` or one `Strd`; with the extended option one `Ustrd` beside up to 999 `Strd`."""
    free, structured = payment.get_all(USTRD), payment.get_all(STRD)
    extended = context.conventions.extended_remittance
    if len(free) > 1:
        yield payment.error(
            "remittance_repeated",
            f"The payment has {len(free)} remittance texts, one is taken: join them.",
            SOURCE,
            USTRD,
        )
    if free and structured and not extended:
        yield payment.error(
            "remittance_mixed",
            "The payment has a remittance text and a structured reference: keep one.",
            SOURCE,
            "RmtInf",
        )
    if len(structured) > (999 if extended else 1):
        yield payment.error(
            "structured_repeated",
            f"The payment has {len(structured)} structured references: the bank takes"
            f" {'999' if extended else 'one; many only if it offers extended remittance (bank profile)'}.",
            EXTENDED,
            STRD,
        )


def check_reference(payment: Payment, context: Context):
    """RF references have check digits."""
    path = f"{STRD}/CdtrRefInf/Ref"
    for text in payment.get_all(path):
        if text.startswith("RF") and not _is_valid(text):
            yield payment.error(
                "reference_check_digits",
                f"The creditor reference '{text}' has wrong check digits: copy it again from the invoice.",
                REFERENCE,
                path,
            )


def check_swiss_reference(payment: Payment, context: Context):
    """A Swiss QR-IBAN takes a QR reference and nothing else; no other account takes one."""
    path = f"{STRD}/CdtrRefInf"
    is_qrr = payment.get(f"{path}/Tp/CdOrPrtry/Prtry") == QRR
    reference = payment.get(f"{path}/Ref")
    if is_qrr and not is_qr_reference(reference):
        yield payment.error(
            "qr_reference_check_digit",
            f"The QR reference '{reference}' is not 27 digits with a right check digit: copy it again from the bill.",
            SWISS,
            f"{path}/Ref",
        )
    elif is_qrr and not is_qr_iban(payment.iban):
        yield payment.error(
            "qr_reference_elsewhere",
            f"A QR reference goes to a QR-IBAN, and {payment.iban or 'this account'} is none: enter the account of the QR-bill.",
            SWISS,
            path,
        )
    elif is_qr_iban(payment.iban) and not is_qrr:
        yield payment.error(
            "qr_reference_missing",
            f"{payment.iban} is a Swiss QR-IBAN, which takes a QR reference only: enter the bill's 27 digits as its payment"
            " reference and pay it by itself, or pay to the partner's other IBAN.",
            SWISS,
            "RmtInf",
        )


def _is_valid(text):
    try:
        iso11649.validate(text)
    except ValidationError:
        return False
    return True


RULES = (check_forms, check_reference, check_swiss_reference)
