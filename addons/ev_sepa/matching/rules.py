"""The rules in their order, each over all movements before the next one looks at what is left.

So a certain match of any movement comes before a less certain one of another, and the order in which movements or items come in
changes nothing: they are taken by day, then by id.
"""

from .explain import explain
from .index import Index
from .model import Decision
from .named import Named


def match(movements, items, settings):
    """Decide on every movement.

    :param movements: [Movement], each id once
    :param items: [OpenItem], each id once
    :return: [Decision] in the order of `movements`
    """
    index = Index(items)
    ordered = sorted(movements, key=lambda m: (m.day is None, m.day or 0, type(m.id).__name__, m.id))
    waiting = {movement.id: Named(movement, index) for movement in ordered}
    decided = {}
    for rule in (
        own_fee,
        give_back,
        by_end_to_end,
        by_batch,
        by_reference,
        by_partner,
        by_charges,
        by_tolerance,
        by_part,
    ):
        for named in list(waiting.values()):
            decision = rule(named, index, settings)
            if decision:
                index.take(decision.allocations)
                decided[decision.movement] = decision
                del waiting[decision.movement]
    for named in waiting.values():
        decided[named.movement.id] = explain(named, index, settings)
    return [decided[movement.id] for movement in movements]


def settle(named, index, rule, items, reason, fee=0):
    """A certain decision: the items, whole."""
    allocations = tuple((item.id, index.left[item.id]) for item in items)
    return Decision(named.movement.id, rule, allocations, named.movement.amount * 0 + fee, True, reason)


def own_fee(named, index, settings):
    """The bank's own fee, told apart from the payments it was booked with."""
    movement = named.movement
    if movement.is_charge and movement.amount < 0:
        return settle(
            named, index, "charges", (), "The bank's charges for the payments booked with it.", -movement.amount
        )
    return None


def give_back(named, index, settings):
    """The bank gives a payment back: its EndToEndId, the other direction, the amount; what it kept for that is a fee."""
    movement, sent = named.movement, index.open(named.returns)
    if not sent:
        return None
    fee = index.sum_left(sent) - movement.amount
    allowed = max(settings.tolerance, movement.charges)
    if 0 <= fee <= allowed:
        return settle(named, index, "return", sent, "The bank gave this payment back.", fee)
    return None


def by_end_to_end(named, index, settings):
    items = index.open(named.payments)
    if items and len(items) == len(named.payments) and named.equals(index, items):
        return settle(
            named, index, "end_to_end", items, "Its end-to-end reference and its amount are those of our payment."
        )
    return None


def by_batch(named, index, settings):
    """Booked as one sum: every open payment of that block of ours, and nothing less than their sum."""
    for items in named.batches:
        items = index.open(items)
        if items and named.equals(index, items):
            reason = f"The bank booked {len(items)} payments of our file as one sum, which is theirs."
            return settle(named, index, "batch", items, reason)
    return None


def by_reference(named, index, settings):
    """Named as whole tokens, and the amount is theirs: of all that is named, or of the only part of it that sums to it."""
    items = named.get_certain(index)
    if not items:
        return None
    if named.equals(index, items):
        names = ", ".join(item.name for item in items[:5])
        return settle(
            named, index, "reference", items, f"It names {names}{'...' if items[5:] else ''}, and the amount is right."
        )
    part = named.find_part(index, items)
    if part:
        names = ", ".join(item.name for item in part[:5])
        return settle(named, index, "reference", part, f"Of what it names only {names} makes the amount.")
    return None


def by_partner(named, index, settings):
    """The payer is known, and exactly one choice of what is open with him makes the amount; what is named must be in it."""
    items = named.find_partner_sum(index)[0]
    if items:
        return settle(
            named, index, "partner", items, "The amount is that of what is open with this partner, in one way only."
        )
    return None


def by_charges(named, index, settings):
    """The bank says what it kept: with that the amount is right."""
    charges = named.movement.charges
    if not charges:
        return None
    for items in named.get_candidates(index):
        if index.sum_left(items) == named.movement.amount + charges:
            return settle(
                named, index, "charges", items, "With the charges that the bank kept, the amount is right.", charges
            )
    return None


def by_tolerance(named, index, settings):
    """What is named, less a small fee. A partner without a reference is no ground for a fee."""
    for items in named.get_candidates(index):
        fee = index.sum_left(items) - named.movement.amount
        if 0 < fee <= settings.tolerance:
            return settle(
                named, index, "fee", items, f"{fee} less than what it names: within the tolerance for bank fees.", fee
            )
    return None


def by_part(named, index, settings):
    """Less than the one document it names: a part of it, if that is allowed."""
    items = named.get_certain(index)
    if not settings.partial or len(items) != 1 or named.payments or items[0].kind != "document":
        return None
    (item,), amount = items, named.movement.amount
    left = index.left[item.id]
    if (amount > 0) != (left > 0) or abs(amount) >= abs(left) and amount != left:
        return None
    rest = f"{abs(left - amount)} of it stay open" if left != amount else "it is the rest"
    reason = f"It names {item.name} and pays a part: {rest}."
    return Decision(named.movement.id, "partial", ((item.id, amount),), amount * 0, True, reason)
