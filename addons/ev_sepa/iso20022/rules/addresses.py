"""Rules of postal addresses: structured, or hybrid with at most two lines; unstructured ones are over."""

from datetime import date

from ..members import is_eea
from .facts import Block, Context, Part, Payment

SOURCE = "EPC132-08 (2025), postal address; EPC153-22"
OUTSIDE = "EPC132-08 and EPC153-22, address of the payer (AT-P005) outside the EEA"
# Rulebooks 2025 v1.1 and EPC153-22 v2.1 end addresses of lines only on this day. The EPC is said to have put the end off on
# 9 September 2026 without a new day (Swiss banks keep theirs): should that be confirmed, this is the one place to change.
UNSTRUCTURED_END = date(2026, 11, 15)
MOST_LINES = 2
HYBRID = "hybrid"
PARTS = ("StrtNm", "BldgNb", "PstCd", "TwnNm", "CtrySubDvsn", "Ctry")


def check_own_address(block: Block, context: Context):
    """The address of who pays or collects."""
    yield from _check_address(block, block.roles.own_party, block.day, context)
    reaches_out = any(_is_outside(payment) for payment in block.payments)
    if reaches_out and not block.get_all(f"{block.roles.own_party}/PstlAdr"):
        yield _say_missing(block, block.roles.own_party)


def check_address(payment: Payment, context: Context):
    """The other side's address; the payer of a direct debit outside the EEA must have one."""
    party = payment.roles.party
    yield from _check_address(payment, party, payment.block.day, context)
    needed = party == "Dbtr" or not payment.is_sepa
    if needed and _is_outside(payment) and not payment.get_all(f"{party}/PstlAdr"):
        yield _say_missing(payment, party)


def _is_outside(payment: Payment):
    """Whether one of the two banks is outside the EEA."""
    own = payment.block.get(f"{payment.roles.own_account}/Id/IBAN")
    return not (payment.block.day and all(is_eea(number[:2], payment.block.day) for number in (own, payment.iban)))


def _say_missing(part: Part, party):
    return part.error(
        "address_missing",
        "The payment leaves the EEA, so the address must be given, town and country at least: add it to the partner.",
        OUTSIDE,
        f"{party}/PstlAdr",
    )


def _check_address(part: Part, party, day, context):
    path = f"{party}/PstlAdr"
    if not part.get_all(path):
        return
    town, country = part.get(f"{path}/TwnNm").strip(), part.get(f"{path}/Ctry").strip()
    lines = part.get_all(f"{path}/AdrLine")
    if lines and not town and not any(part.get(f"{path}/{tag}") for tag in PARTS[:4]):
        yield _say_unstructured(part, path, day)
        return
    if not town:
        yield part.error("town_missing", "The address has no town: add it to the partner.", SOURCE, path)
    if not country:
        yield part.error("country_missing", "The address has no country: add it to the partner.", SOURCE, path)
    yield from _check_lines(part, path, lines, context.conventions.address_form)


def _say_unstructured(part: Part, path, day):
    ended = day is None or day >= UNSTRUCTURED_END
    return (part.error if ended else part.warning)(
        "address_unstructured",
        f"The address has lines only, which no bank takes since {UNSTRUCTURED_END}: give town and country fields of their own.",
        SOURCE,
        path,
    )


def _check_lines(part: Part, path, lines, form):
    if lines and form != HYBRID:
        yield part.error(
            "address_lines_unwanted",
            "The bank's profile wants no address lines: put the street into its own field, or choose hybrid addresses.",
            "bank profile",
            path,
        )
    elif len(lines) > MOST_LINES:
        yield part.error(
            "address_lines_too_many",
            f"The address has {len(lines)} lines, at most 2 are taken: shorten it.",
            SOURCE,
            path,
        )
    texts = {tag: part.get(f"{path}/{tag}").strip() for tag in PARTS}
    place = (texts["PstCd"], texts["TwnNm"])
    said = {text.casefold() for text in (*texts.values(), " ".join(place), " ".join(reversed(place))) if text.strip()}
    for line in lines:
        if line.strip().casefold() in said:
            yield part.error(
                "address_repeated",
                f"The address line '{line}' repeats what has a field of its own: leave the line out.",
                SOURCE,
                f"{path}/AdrLine",
            )


RULES = (check_address,)
BLOCK_RULES = (check_own_address,)
