"""Creditor references: what a payee prints on its invoice so that its computer finds the payment.

International ones have two check digits (`RF18 5390 0754 7034`, ISO 11649); Belgian ones are twelve digits of which the last two
check the others (`+++090/9337/55493+++`, Febelfin), and only a Belgian account's bank reads them.
"""

from stdnum import iso11649
from stdnum.be import ogm_vcs

BELGIUM = "BE"


def read_reference(text: str, country: str) -> str:
    """Return the reference as a file has it, without spaces and signs; empty where the text is none.

    :param country: of the payee's account, the first two letters of its IBAN
    """
    if iso11649.is_valid(text):
        return iso11649.compact(text).upper()
    if country == BELGIUM and ogm_vcs.is_valid(text):
        return ogm_vcs.compact(text)
    return ""


def get_issuer(reference: str) -> str:
    """Return whose kind of reference it is (`Issr`): `ISO`, `BBA` for the Belgian one, empty for others."""
    if reference.startswith("RF"):
        return "ISO"
    return "BBA" if ogm_vcs.is_valid(reference) else ""
