"""Creditor references: what a payee prints on its invoice so that its computer finds the payment.

International ones have two check digits (`RF18 5390 0754 7034`, ISO 11649); Belgian ones are twelve digits of which the last two
check the others (`+++090/9337/55493+++`, Febelfin), and only a Belgian account's bank reads them. Swiss QR references are 27
digits with a recursive check digit modulo 10 (`21 00000 00003 13947 14300 09017`); QR-IBANs take them and nothing else.
"""

from stdnum import iso11649
from stdnum.be import ogm_vcs
from stdnum.ch import esr

BELGIUM = "BE"
# Where QR-IBANs are: the bank in them, five digits, is one of these (SIX, Implementation Guidelines QR-bill).
QR_COUNTRIES = ("CH", "LI")
QR_BANKS = range(30000, 32000)
QRR, QRR_LENGTH = "QRR", 27


def read_reference(text: str, iban: str) -> str:
    """Return the reference as a file has it, without spaces and signs; empty where the text is none for that account.

    :param iban: the payee's account
    """
    if is_qr_iban(iban):
        digits = "".join(text.split())
        return digits if is_qr_reference(digits) else ""
    if iso11649.is_valid(text):
        return iso11649.compact(text).upper()
    if iban[:2] == BELGIUM and ogm_vcs.is_valid(text):
        return ogm_vcs.compact(text)
    return ""


def is_qr_iban(iban: str) -> bool:
    """Whether an IBAN is one for Swiss QR-bills with a QR reference.

    :param iban: without spaces
    """
    bank = iban[4:9]
    return iban[:2] in QR_COUNTRIES and bank.isascii() and bank.isdigit() and int(bank) in QR_BANKS


def is_qr_reference(reference: str) -> bool:
    """Whether it is a QR reference: 27 digits, the last of which checks the others."""
    return len(reference) == QRR_LENGTH and reference.isascii() and reference.isdigit() and esr.is_valid(reference)


def get_issuer(reference: str) -> str:
    """Return whose kind of reference it is (`Issr`): `ISO`, `BBA` for the Belgian one, empty for others."""
    if reference.startswith("RF"):
        return "ISO"
    return "BBA" if ogm_vcs.is_valid(reference) else ""
