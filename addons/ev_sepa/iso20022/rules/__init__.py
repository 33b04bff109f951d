"""What the schema lets through and banks refuse: each rule a small function with its source.

A rule takes a message, a block or a payment, and the context (the bank's conventions, today), and yields findings.
"""

from datetime import date

from ..model import Conventions, Finding
from ..parse import UnreadableFile
from . import accounts, addresses, amounts, blocks, debits, files, remittances, texts
from .facts import Context, read_message

MESSAGE_RULES = (*files.RULES, *texts.MESSAGE_RULES, *debits.MESSAGE_RULES)
BLOCK_RULES = (*blocks.RULES, *accounts.BLOCK_RULES, *addresses.BLOCK_RULES, *texts.BLOCK_RULES, *debits.BLOCK_RULES)
PAYMENT_RULES = (
    *amounts.RULES,
    *accounts.RULES,
    *addresses.RULES,
    *texts.RULES,
    *remittances.RULES,
    *blocks.PAYMENT_RULES,
    *debits.RULES,
)


def check_rules(content: bytes, conventions: Conventions, today: date) -> list[Finding]:
    """Say what a bank would refuse or doubt in a pain.001 or pain.008 message, in the order of the file.

    :param today: the day the file is sent: execution days are judged by it
    """
    try:
        message = read_message(content)
    except UnreadableFile as error:
        return [Finding("error", "unreadable", str(error), "XML 1.0")]
    if message is None:
        return [
            Finding(
                "error", "message_unknown", "Only pain.001 and pain.008 messages pay: choose such a file.", "ISO 20022"
            )
        ]
    context = Context(conventions, today)
    found = [finding for rule in MESSAGE_RULES for finding in rule(message, context)]
    for block in message.blocks:
        found += [finding for rule in BLOCK_RULES for finding in rule(block, context)]
        for payment in block.payments:
            for rule in PAYMENT_RULES:
                found.extend(rule(payment, context))
    return found
