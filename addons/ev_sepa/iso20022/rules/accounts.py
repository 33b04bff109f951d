"""Rules of accounts and banks: check digits, countries, what SEPA reaches."""

from functools import lru_cache

from stdnum import bic, iban
from stdnum.exceptions import ValidationError

from ..members import is_eea, is_sepa
from .facts import Block, Context, Part, Payment

IBAN = "ISO 13616 and its IBAN registry"
BIC = "ISO 9362"
REACH = "EPC409-09, SEPA scheme countries"
AGENT = "EPC132-08, creditor agent: BIC outside the EEA"
# Territories whose banks have IBANs of another country.
IBAN_COUNTRIES = {
    **dict.fromkeys(("GP", "MQ", "GF", "RE", "YT", "BL", "MF", "PM", "NC", "PF", "WF", "TF"), "FR"),
    **dict.fromkeys(("JE", "GG", "IM"), "GB"),
    "AX": "FI",
}


@lru_cache(maxsize=100_000)
def _is_iban(text):
    try:
        return iban.validate(text, check_country=False) == text
    except ValidationError:
        return False


@lru_cache(maxsize=100_000)
def _is_bic(text):
    try:
        return bic.validate(text) == text
    except ValidationError:
        return False


def is_sepa_payee(payment: Payment) -> bool:
    """Whether the payment could go by SEPA: euros, to an IBAN of a member country on that day."""
    day = payment.block.day
    return bool(payment.currency == "EUR" and payment.iban and day and is_sepa(payment.iban[:2], day))


def _check_number(part: Part, account, agent, sepa):
    number, code = part.get(f"{account}/Id/IBAN"), _get_bic(part, agent)
    if number and not _is_iban(number):
        yield part.error(
            "iban_invalid",
            f"The IBAN {number} is wrong: its check digits or length do not fit its country. Ask the owner for it.",
            IBAN,
            f"{account}/Id/IBAN",
        )
    elif not number and sepa:
        yield part.error("iban_missing", "Within SEPA accounts are named by IBAN: add it.", IBAN, f"{account}/Id")
    if code and not _is_bic(code):
        yield part.error("bic_invalid", f"The BIC {code} is not one: correct it or leave it out.", BIC, agent)
    elif code and number and IBAN_COUNTRIES.get(code[4:6], code[4:6]) != number[:2]:
        yield part.warning(
            "bic_country_differs",
            f"The BIC {code} is of another country than the IBAN {number}: check which one is right.",
            BIC,
            agent,
        )


def _get_bic(part: Part, agent):
    return part.get(f"{agent}/FinInstnId/BICFI") or part.get(f"{agent}/FinInstnId/BIC")


def check_own_account(block: Block, context: Context):
    """The account that pays or collects."""
    agent = block.roles.own_party + "Agt"
    sepa = block.get("PmtTpInf/SvcLvl/Cd") == "SEPA"
    yield from _check_number(block, block.roles.own_account, agent, sepa)


def check_account(payment: Payment, context: Context):
    """The other side's account."""
    yield from _check_number(payment, payment.roles.account, payment.roles.agent, payment.is_sepa)


def check_reach(payment: Payment, context: Context):
    """SEPA reaches its members only, as they are on the day; their banks outside the EEA need a BIC."""
    country, day = payment.iban[:2], payment.block.day or context.today
    if not payment.is_sepa or not country:
        return
    if not is_sepa(country, day):
        yield payment.error(
            "country_outside_sepa",
            f"The IBAN {payment.iban} is of a country that is not in SEPA on {day}: pay it by a block of its own without SEPA.",
            REACH,
            payment.roles.account,
        )
    elif not is_eea(country, day) and not _get_bic(payment, payment.roles.agent):
        yield payment.error(
            "bic_missing",
            f"Banks of {country} are in SEPA but outside the EEA and need a BIC: add it to the bank account.",
            AGENT,
            payment.roles.agent,
        )


def check_bank(payment: Payment, context: Context):
    """Outside SEPA the bank is named: by BIC or by its national clearing number."""
    named = _get_bic(payment, payment.roles.agent) or payment.get(f"{payment.roles.agent}/FinInstnId/ClrSysMmbId/MmbId")
    if not payment.is_sepa and not named and not is_sepa_payee(payment):
        yield payment.error(
            "bank_missing",
            "Outside SEPA the other side's bank must be named: add its BIC or its clearing number.",
            "ISO 20022, CdtrAgt / DbtrAgt",
            payment.roles.agent,
        )


RULES = (check_account, check_reach, check_bank)
BLOCK_RULES = (check_own_account,)
