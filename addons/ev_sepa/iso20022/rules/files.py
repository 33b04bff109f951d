"""Rules of the whole message: version, totals at both levels, identifiers that occur once."""

from decimal import Decimal

from .facts import Context, Message, Part, read_amount

TOTALS = "EPC132-08 / EPC130-08, NbOfTxs and CtrlSum"
IDENTIFIERS = "ISO 20022 and EPC132-08, identification"
VERIFICATION = "Regulation (EU) 260/2012, Art. 5c (as of 2024/886)"
ANONYMOUS = "NOTPROVIDED"


def check_version(message: Message, context: Context):
    """The bank takes one version."""
    if message.name != context.conventions.version:
        yield message.header.error(
            "version_unexpected",
            f"The file is {message.name}, the bank's profile says {context.conventions.version}: make the file again.",
            "bank profile",
        )


def check_totals(message: Message, context: Context):
    """Numbers of payments and sums, in the header and in each block."""
    yield from _check_totals(message.header, list(message.payments), "the file")
    for block in message.blocks:
        yield from _check_totals(block, block.payments, f"the block {block.get('PmtInfId')}")


def _check_totals(part: Part, payments, name):
    if read_amount(part.get("NbOfTxs")) != len(payments):
        yield part.error(
            "transaction_count_wrong",
            f"The number of payments of {name} says '{part.get('NbOfTxs')}', but there are {len(payments)}: make the file again.",
            TOTALS,
            "NbOfTxs",
        )
    total = sum((payment.amount or Decimal(0) for payment in payments), Decimal(0))
    if read_amount(part.get("CtrlSum")) != total:
        yield part.error(
            "control_sum_wrong",
            f"The control sum of {name} says '{part.get('CtrlSum')}', but the payments add up to {total}: make the file again.",
            TOTALS,
            "CtrlSum",
        )


def check_identifiers(message: Message, context: Context):
    """End-to-end and block identifiers occur once: the bank's answers are matched by them."""
    yield from _check_unique(message.payments, "PmtId/EndToEndId", "end_to_end_id_duplicate", "end-to-end identifier")
    yield from _check_unique(message.blocks, "PmtInfId", "block_id_duplicate", "block identifier")


def _check_unique(parts, path, code, name):
    first = {}
    for part in parts:
        text = part.get(path)
        if not text or text == ANONYMOUS:
            if path.endswith("EndToEndId"):
                yield part.error(
                    "end_to_end_id_missing",
                    "The payment has no end-to-end identifier, so no answer of the bank could be matched: give it one.",
                    IDENTIFIERS,
                    path,
                )
        elif text in first:
            yield part.error(
                code, f"The {name} '{text}' is also the one of {first[text]}: each needs its own.", IDENTIFIERS, path
            )
        else:
            first[text] = part.where


def check_size(message: Message, context: Context):
    """Not more payments than the bank takes in one file."""
    most = context.conventions.most_transactions
    count = sum(1 for _payment in message.payments)
    if most and count > most:
        yield message.header.error(
            "payments_too_many",
            f"The file has {count} payments, the bank takes {most} in one file: split the batch.",
            "bank profile",
            "NbOfTxs",
        )


def check_initiator(message: Message, context: Context):
    """Who sends the file has a name or an identifier."""
    if not message.header.get("InitgPty/Nm").strip() and not any(
        path.endswith("/Id") and texts[0] for path, texts in message.header.texts.items()
    ):
        yield message.header.error(
            "initiator_missing", "The file does not say who sends it: name the company.", IDENTIFIERS, "InitgPty"
        )


def check_opt_out(message: Message, context: Context):
    """Verification of payee can be left out only for several payments in one package."""
    if context.conventions.opt_out_verification and sum(1 for _payment in message.payments) == 1:
        yield message.header.warning(
            "opt_out_single",
            "The profile opts out of the verification of payee, which is not possible for a single payment: the bank will"
            " verify it or refuse the file. Send it with verification.",
            VERIFICATION,
        )


RULES = (check_version, check_totals, check_identifiers, check_size, check_initiator, check_opt_out)
