"""Why a movement is not settled by itself, in words, and what a person may do with it."""

from decimal import Decimal

from .model import DOCUMENT, RETURN, Decision, Suggestion

# More than these are no help.
MOST_SUGGESTIONS = 5
# A difference above a twentieth of the amount is hardly a fee.
LEAST_FEE_SHARE = 20


def explain(named, index, settings):
    """The exception: the reason that says most, and suggestions, best first."""
    reason, choices = _find_reason(named, index)
    suggestions = {}
    for items in (*choices, *_guess(named, index)):
        fee = suggest_fee(named.movement, index, items) if settings.books_fees else None
        for suggestion in (suggest(named.movement, index, items), fee):
            if suggestion:
                suggestions.setdefault(suggestion.allocations, suggestion)
    best = tuple(suggestions.values())[:MOST_SUGGESTIONS]
    return Decision(named.movement.id, "exception", reason=reason, suggestions=best)


def _find_reason(named, index):
    """(sentence, [items to suggest])."""
    for find in (_returned, _payments, _spent, _batches, _named, _foreign, _partner):
        found = find(named, index)
        if found:
            return found
    if named.movement.partner is None:
        return "Nobody is known by the other account, and nothing that is open is named.", []
    return "It names nothing, and nothing open with this partner makes the amount.", []


def _returned(named, index):
    movement = named.movement
    if named.returns:
        open_items = index.open(named.returns)
        if not open_items:
            return "This payment was given back before: the bank gives it back a second time.", []
        total = index.sum_left(open_items)
        return (
            f"The bank gives back {abs(movement.amount)} of a payment of {abs(total)}: say what the difference is.",
            [open_items],
        )
    if movement.is_return:
        return "The bank gives a payment back, and its end-to-end reference is of none of our payments.", []
    return None


def _payments(named, index):
    if not named.payments:
        return None
    items = index.open(named.payments)
    if not items:
        return f"Our payment {named.payments[0].end_to_end_id} was settled by another movement already.", []
    words = f"Its end-to-end reference is of our payment of {abs(index.sum_left(items))}"
    return f"{words}, but the bank moved {abs(named.movement.amount)}.", [items]


def _spent(named, index):
    """Of our payments, and none of them open: settled before, rejected, cancelled, or not posted yet."""
    if not named.movement.own:
        return None
    end_to_end_id, became = named.movement.own[0]
    return f"Its end-to-end reference is of our payment {end_to_end_id}, which {became}.", []


def _batches(named, index):
    for found in named.batches:
        items = index.open(found)
        if items:
            total, moved = abs(index.sum_left(items)), abs(named.movement.amount)
            return (
                f"It is a batch of ours with {len(items)} open payments of {total} in all, but the bank moved {moved}.",
                [items],
            )
    return None


def _named(named, index):
    items = named.get_certain(index)
    movement = named.movement
    if not items:
        used = [item for item in named.found if not index.left[item.id]]
        if used:
            return f"It names {used[0].name}, which another movement settled already: perhaps it was paid twice.", []
        weak = [item for item in index.open(named.found) if item.id in named.weak]
        if weak:
            return f"The number {weak[0].name} is too short to tell alone whose it is.", [[item] for item in weak]
        return None
    total, names = index.sum_left(items), ", ".join(item.name for item in items[:5])
    if (total > 0) != (movement.amount > 0):
        went = "came" if movement.amount > 0 else "went"
        return f"It names {names}, but the money {went} the wrong way round for that.", []
    more = abs(movement.amount) - abs(total)
    words = f"{more} more" if more > 0 else f"{-more} less"
    return f"It names {names} with {abs(total)} open, and {abs(movement.amount)} moved: {words}.", [items]


def _foreign(named, index):
    items = [item for item in named.foreign if index.left[item.id]]
    if not items:
        return None
    item = items[0]
    return f"It names {item.name}, which is in {item.currency}; the bank moved {named.movement.currency}.", []


def _partner(named, index):
    why = named.find_partner_sum(index)[1]
    if why == "ambiguous":
        return "What is open with this partner makes the amount in more than one way: choose.", [
            named.get_partner_way(index)
        ]
    if why == "too many":
        return "So much is open with this partner that the amount alone says nothing: choose.", [
            named.get_partner_way(index)
        ]
    return None


def _guess(named, index):
    """Single items of exactly the amount: of the partner first, then of anybody if the payer is not known."""
    movement = named.movement
    same = index.open(index.by_amount.get((movement.amount, movement.currency), ()))
    same = [item for item in same if index.is_whole(item)]
    own = [item for item in same if item.partner is not None and item.partner == movement.partner]
    others = [] if movement.partner is not None else [item for item in same if item.kind == DOCUMENT]
    return [[item] for item in (*own, *others)[:MOST_SUGGESTIONS]]


def suggest_fee(movement, index, items):
    """Settle the items whole, and book what is missing as the bank's fee, where it is little enough to be one."""
    fee = index.sum_left(items) - movement.amount
    # for giving a payment back a bank takes what it likes
    most = fee if items and items[0].kind == RETURN else abs(movement.amount) / LEAST_FEE_SHARE
    if not items or not 0 < fee <= most:
        return None
    allocations = tuple((item.id, index.left[item.id]) for item in items)
    names = ", ".join(item.name for item in items[:5])
    return Suggestion(allocations, fee, f"Settle {names}, and book {fee} as the bank's fee.")


def suggest(movement, index, items):
    """Settle the items with the movement: whole where it suffices, the last one in part where not; None if nothing fits."""
    rest, allocations, names = movement.amount, [], []
    opposite = [item for item in items if (index.left[item.id] > 0) != (rest > 0)]
    for item in (*opposite, *(item for item in items if item not in opposite)):
        left = index.left[item.id]
        part = left if item in opposite or abs(left) <= abs(rest) else rest
        if part != left and item.kind != DOCUMENT:
            # a payment is a whole or nothing
            return None
        if part:
            allocations.append((item.id, part))
            names.append(item.name)
            rest -= part
    if not allocations or len(opposite) == len(items):
        return None
    words = f"Settle {', '.join(names[:5])}{f' and {len(names) - 5} more' if names[5:] else ''}"
    if rest:
        words += f"; {abs(rest)} stay open on the partner's account"
    elif any(index.left[item_id] != part for item_id, part in allocations):
        words += " in part"
    return Suggestion(tuple(allocations), Decimal(0), words + ".")
