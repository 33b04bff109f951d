"""Open items by what finds them, and what is left of each: built once, asked by every movement."""

from collections import defaultdict
from decimal import Decimal

from .model import DOCUMENT, PAYMENT, RETURN
from .subset import all_sums
from .tokens import is_telling, plain


class Index:
    """What is open. `take` uses items up; nothing is ever used beyond its residual."""

    def __init__(self, items):
        ordered = sorted((item for item in items if item.residual), key=order)
        self.items = {item.id: item for item in ordered}
        self.left = {item.id: item.residual for item in ordered}
        self.by_end, self.by_return = defaultdict(list), defaultdict(list)
        self.by_batch, self.by_reference = defaultdict(list), defaultdict(list)
        self.by_partner, self.by_amount = defaultdict(list), defaultdict(list)
        self._sums = {}
        for item in ordered:
            self._enter(item)

    def _enter(self, item):
        if item.kind == RETURN:
            self.by_return[item.end_to_end_id].append(item)
            return
        if item.kind == PAYMENT:
            if item.end_to_end_id:
                self.by_end[item.end_to_end_id].append(item)
            for batch in item.batches:
                self.by_batch[batch].append(item)
        for reference in dict.fromkeys(plain(reference) for reference in item.references):
            if is_telling(reference):
                self.by_reference[reference].append(item)
        if item.partner is not None:
            self.by_partner[item.partner, item.currency].append(item)
        self.by_amount[item.residual, item.currency].append(item)

    def open(self, items):
        """Those with something left."""
        return [item for item in items if self.left[item.id]]

    def is_whole(self, item):
        return self.left[item.id] == item.residual

    def take(self, allocations):
        """Use items up by [(item id, amount)]."""
        for item_id, amount in allocations:
            left = self.left[item_id] - amount
            if left and (left < 0) != (self.left[item_id] < 0):
                raise ValueError(f"{item_id} has {self.left[item_id]} left, {amount} is too much")
            self.left[item_id] = left
            item = self.items[item_id]
            self._sums.pop((item.partner, item.currency), None)

    def sum_left(self, items):
        return sum((self.left[item.id] for item in items), Decimal(0))

    def sums_of(self, partner, currency, ends=()):
        """(open items of the partner, every sum they make), remembered until one of them is used.

        :param ends: EndToEndIds that a movement gives: a payment of ours with another one is not what moved
        """
        remembered = self._sums.setdefault((partner, currency), {})
        ours = tuple(end for end in ends if end in self.by_end) if ends else None
        if ours not in remembered:
            items = self.open(self.by_partner.get((partner, currency), ()))
            if ours is not None:
                items = [item for item in items if not item.end_to_end_id or item.end_to_end_id in ours]
            remembered[ours] = items, all_sums([self.left[item.id] for item in items])
        return remembered[ours]


def order(item):
    """Oldest first, then by id: never by how they came."""
    return (item.day is None, item.day or 0, item.kind != DOCUMENT, type(item.id).__name__, item.id)
