"""Rules of amounts: in SEPA euros, and in any currency whole minor units, between one cent and just below a thousand million."""

from decimal import Decimal

from ..currency import get_decimals
from .facts import Context, Payment

SOURCE = "EPC132-08 / EPC130-08, instructed amount"
LEAST, MOST = Decimal("0.01"), Decimal("999999999.99")
ISO = "ISO 20022, ActiveOrHistoricCurrencyAndAmount: the minor unit of ISO 4217"


def check_amount(payment: Payment, context: Context):
    """The amount is one SEPA carries; amounts in other currencies must at least be something."""
    amount, path = payment.amount, payment.roles.amount
    if amount is None:
        yield payment.error("amount_invalid", "The payment has no readable instructed amount: give one.", SOURCE, path)
    elif amount < LEAST:
        yield payment.error(
            "amount_too_small", f"The amount {amount} is below 0.01: leave the payment out.", SOURCE, path
        )
    elif amount > MOST and payment.is_sepa:
        yield payment.error(
            "amount_too_large", f"The amount {amount} is above {MOST}: split the payment.", SOURCE, path
        )
    decimals = get_decimals(payment.currency)
    if amount is not None and -amount.normalize().as_tuple().exponent > decimals:
        words = f"The amount {amount} has more decimals than {payment.currency} ({decimals}): round it."
        yield payment.error("amount_decimals", words, SOURCE if payment.is_sepa else ISO, path)


def check_currency(payment: Payment, context: Context):
    """SEPA carries euros."""
    if payment.is_sepa and payment.amount is not None and payment.currency != "EUR":
        yield payment.error(
            "currency_not_euro",
            f"The payment is in {payment.currency}, SEPA carries EUR only: pay it by a block of its own without SEPA.",
            SOURCE,
            payment.roles.amount,
        )


RULES = (check_amount, check_currency)
