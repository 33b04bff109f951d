"""What fits into the 140 characters a payment can say (`Ustrd`), and whether the rest needs an advice by mail."""

from collections.abc import Sequence

from .characters import to_legal

LIMIT = 140


def fit(parts: Sequence[str], limit: int = LIMIT, more: str = "+{count} MORE") -> str:
    """Return as many whole parts as fit, in their order, with spaces between them; the first is the statement number.

    No part is ever cut: a payee searches its open items for whole numbers. Where not all fit, the text ends by saying how
    many more there are. The lengths are those of the legal text (`ß` takes two).

    :param more: what the end says, with `{count}`
    """
    legal = [text for text in map(to_legal, parts) if text]
    whole = " ".join(legal)
    if len(whole) <= limit:
        return whole
    for kept in range(len(legal) - 1, -1, -1):
        text = " ".join([*legal[:kept], to_legal(more.format(count=len(legal) - kept))])
        if len(text) <= limit:
            return text
    return ""


def needs_advice(parts: Sequence[str], limit: int = LIMIT) -> bool:
    """Whether the parts do not all fit: then the payee is told the detail by an advice."""
    return len(" ".join(filter(None, map(to_legal, parts)))) > limit


def cut_words(text: str, limit: int = LIMIT) -> str:
    """Return the legal text, its end left off at a space where it is too long; a single long word is left off whole."""
    legal = to_legal(text)
    return legal if len(legal) <= limit else legal[: limit + 1].rpartition(" ")[0]
