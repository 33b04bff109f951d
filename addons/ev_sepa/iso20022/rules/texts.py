"""Rules of texts: the characters a bank takes, references and names."""

from ..characters import is_legal, is_legal_reference
from .facts import Block, Context, Message, Part, Payment

CHARACTERS = "EPC132-08, character set; EPC217-08"
REFERENCES = "EPC132-08, character set: references and '/'"
NAMES = "EPC132-08, name"
MOST_SHOWN = 80
REFERENCE_PATHS = ("MsgId", "PmtInfId", "PmtId/InstrId", "PmtId/EndToEndId", "RmtInf/Strd/CdtrRefInf/Ref")


def _check_texts(part: Part):
    for path, texts in part.texts.items():
        for text in texts:
            if not is_legal(text):
                illegal = "".join(sorted({character for character in text if not is_legal(character)}))
                yield part.error(
                    "characters_illegal",
                    f"The text '{_show(text)}' has characters no bank takes ({_show(illegal) or 'line breaks'}): replace them.",
                    CHARACTERS,
                    path,
                )


def _check_references(part: Part):
    for path in REFERENCE_PATHS:
        for text in part.get_all(path):
            # other characters than these are said by the rule before
            if is_legal(text) and not is_legal_reference(text):
                yield part.error(
                    "reference_illegal",
                    f"The reference '{_show(text)}' begins or ends with '/' or a space, has '//', is empty or long: change it.",
                    REFERENCES,
                    path,
                )


def _show(text):
    return text.strip()[:MOST_SHOWN]


def _check_name(part: Part, party, longest):
    name, path = part.get(f"{party}/Nm"), f"{party}/Nm"
    if not name.strip():
        yield part.error("name_missing", "The name is missing: add it to the partner.", NAMES, path)
    elif len(name) > longest:
        yield part.error(
            "name_too_long",
            f"The name '{_show(name)}' has {len(name)} characters, the bank takes {longest}: shorten it.",
            NAMES,
            path,
        )
    elif not any(character.isalnum() for character in name):
        yield part.warning(
            "name_unreadable",
            f"The name '{name}' has no letter left in the bank's characters: give the account a holder name in Latin letters,"
            " or the verification of payee will find no match.",
            NAMES,
            path,
        )


def check_header(message: Message, context: Context):
    """Texts of the header."""
    yield from _check_texts(message.header)
    yield from _check_references(message.header)


def check_block(block: Block, context: Context):
    """Texts of the block's own side."""
    yield from _check_texts(block)
    yield from _check_references(block)
    yield from _check_name(block, block.roles.own_party, context.conventions.name_length)


def check_payment(payment: Payment, context: Context):
    """Texts of one payment."""
    yield from _check_texts(payment)
    yield from _check_references(payment)
    yield from _check_name(payment, payment.roles.party, context.conventions.name_length)


MESSAGE_RULES = (check_header,)
BLOCK_RULES = (check_block,)
RULES = (check_payment,)
