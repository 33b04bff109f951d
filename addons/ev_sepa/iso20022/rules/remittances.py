"""Rules of what the payee is told: one text or one structured reference."""

from stdnum import iso11649
from stdnum.exceptions import ValidationError

from .facts import Context, Payment

SOURCE = "EPC132-08, remittance information"
EXTENDED = "EPC132-08, extended remittance information (ERI) option"
REFERENCE = "ISO 11649"
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


def _is_valid(text):
    try:
        iso11649.validate(text)
    except ValidationError:
        return False
    return True


RULES = (check_forms, check_reference)
