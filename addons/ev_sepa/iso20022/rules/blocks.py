"""Rules of one block: its day, its priority and scheme, who bears the charges."""

from datetime import timedelta

from ..calendar import is_target_day, next_target_day
from .accounts import is_sepa_payee
from .facts import INSTANT, SEPA, Block, Context, Payment

DAY = "EPC132-08 / EPC130-08, requested date; TARGET calendar"
SCHEME = "EPC132-08, service level and local instrument"
CHARGES = "EPC132-08, charge bearer"
FURTHEST = timedelta(days=365)


def check_day(block: Block, context: Context):
    """The day is neither past nor one on which banks are closed; instant payments run on all days."""
    if block.day is None:
        yield block.error("day_missing", "The block has no readable day: give it one.", DAY)
        return
    if block.day < context.today:
        yield block.error(
            "day_past",
            f"The block is to be executed on {block.day}, which is past: make the file again with"
            f" {next_target_day(context.today, context.conventions.holidays)} or later.",
            DAY,
        )
    elif block.get("PmtTpInf/LclInstrm/Cd") != INSTANT and not is_target_day(block.day, context.conventions.holidays):
        yield block.error(
            "day_not_bank_day",
            f"Banks are closed on {block.day}: choose {next_target_day(block.day, context.conventions.holidays)}.",
            DAY,
        )
    elif block.day - context.today > FURTHEST:
        yield block.warning(
            "day_far", f"The block is to be executed on {block.day}, in more than a year: is that meant?", DAY
        )


def check_method(block: Block, context: Context):
    """Credit transfers say `TRF`, direct debits `DD`."""
    if block.get("PmtMtd") != block.roles.method:
        yield block.error(
            "method_wrong",
            f"The payment method says '{block.get('PmtMtd')}', it must say {block.roles.method}: make the file again.",
            SCHEME,
            "PmtMtd",
        )


def check_schemes(block: Block, context: Context):
    """SEPA and other payments never share a block, nor do instant and other ones."""
    levels = {payment.get_kind("SvcLvl/Cd") for payment in block.payments}
    sides = {is_sepa_payee(payment) for payment in block.payments} if levels == {""} else set()
    if len(levels) > 1 or len(sides) > 1:
        yield block.error(
            "schemes_mixed",
            "The block has SEPA payments and others: put them into blocks of their own.",
            SCHEME,
            "PmtTpInf",
        )
    if SEPA not in levels and len({payment.currency for payment in block.payments}) > 1:
        yield block.error(
            "currencies_mixed",
            "The block has several currencies: put them into blocks of their own.",
            SCHEME,
            "PmtTpInf",
        )
    if len({payment.is_instant for payment in block.payments}) > 1:
        yield block.error(
            "instant_mixed",
            "The block has instant payments and others: put them into blocks of their own.",
            SCHEME,
            "PmtTpInf",
        )
    elif block.get("PmtTpInf/LclInstrm/Cd") == INSTANT and block.get("PmtTpInf/SvcLvl/Cd") != SEPA:
        yield block.error(
            "instant_without_sepa", "An instant block needs the service level SEPA: set it.", SCHEME, "PmtTpInf/SvcLvl"
        )


def check_charges(payment: Payment, context: Context):
    """Within SEPA each side bears its own charges (`SLEV`)."""
    charges = payment.get("ChrgBr") or payment.block.get("ChrgBr")
    if payment.is_sepa and charges not in ("", "SLEV"):
        yield payment.error(
            "charges_not_shared",
            f"The charges are borne as '{charges}', within SEPA only SLEV is taken: set it.",
            CHARGES,
            "ChrgBr",
        )


RULES = (check_day, check_method, check_schemes)
PAYMENT_RULES = (check_charges,)
