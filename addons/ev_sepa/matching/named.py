"""What one movement points at: payments by id, batches, documents by reference, its partner."""

from .index import order
from .subset import all_sums, positions
from .tokens import is_telling, plain, tokens

# A shorter reference of digits alone may be anybody's number.
STRONG = 7
# Who names more of them than this names a customer, not documents.
MOST_NAMED = 40


class Named:
    """A movement with the items it names in its own currency, found once; `foreign` are those in another currency."""

    def __init__(self, movement, index):
        self.movement = movement
        ends = dict.fromkeys(movement.end_to_end_ids)
        self.payments, abroad = self._split(item for end in ends for item in index.by_end.get(end, ()))
        back = (item for end in ends for item in index.by_return.get(end, ()))
        # what goes on in the direction it was sent is no return of it
        self.returns = self._split(item for item in back if (item.residual > 0) == (movement.amount > 0))[0]
        self.batches = [self._split(index.by_batch[name])[0] for name in movement.batches if name in index.by_batch]
        given = [*(plain(reference) for reference in (*movement.references, *ends)), *tokens(movement.text)]
        self.references = [reference for reference in dict.fromkeys(given) if is_telling(reference)]
        found = {}
        for reference in self.references:
            for item in index.by_reference.get(reference, ()):
                found.setdefault(item.id, (item, reference))
        self.found, foreign = self._split(item for item, _reference in found.values())
        self.weak = {key for key, (item, reference) in found.items() if self._is_weak(item, reference)}
        self.foreign = [*abroad, *foreign]

    def _split(self, items):
        """(items in the movement's currency, the others), each once."""
        each = list({item.id: item for item in items}.values())
        currency = self.movement.currency
        return [i for i in each if i.currency == currency], [i for i in each if i.currency != currency]

    def _is_weak(self, item, reference):
        """Whether a reference alone says too little: short, of digits only, and not of the partner who pays."""
        if self.movement.partner is not None and item.partner == self.movement.partner:
            return False
        return reference.isdigit() and len(reference) < STRONG

    def equals(self, index, items):
        return bool(items) and index.sum_left(items) == self.movement.amount

    def get_certain(self, index):
        """Open items it names well enough, oldest first: strong references, or of the partner who pays.

        A name that several have (a customer's number) is for the amount to decide, unless they are of several partners. What
        is a payment of ours, or gives one back, settles no document, whatever its text names.
        """
        chosen = {}
        if self.movement.own or self.movement.is_return:
            return []
        for reference in self.references:
            items = [item for item in index.open(index.by_reference.get(reference, ())) if self._is_ours(item)]
            if len({item.partner for item in items}) > 1:
                items = [item for item in items if item.partner == self.movement.partner]
            chosen.update((item.id, item) for item in items if item.id not in self.weak)
        return sorted(chosen.values(), key=order)

    def _is_ours(self, item):
        return item.currency == self.movement.currency

    def get_candidates(self, index):
        """What its amount may be a little less than, best first."""
        payments = index.open(self.payments)
        batches = [index.open(items) for items in self.batches]
        whole = payments if len(payments) == len(self.payments) else []
        return [items for items in (whole, *batches, self.get_certain(index)) if items]

    def find_part(self, index, items):
        """The only choice among the items that makes the amount, or nothing."""
        if not 2 <= len(items) <= MOST_NAMED:
            return []
        found, _why = all_sums([index.left[item.id] for item in items]).find(self.movement.amount)
        return [items[position] for position in found or ()]

    def find_partner_sum(self, index):
        """(items of the partner in the only way that makes the amount, why not: "", "none", "ambiguous" or "too many").

        A movement with an EndToEndId of its own is no payment of ours, however right the amount.
        """
        movement = self.movement
        if movement.partner is None or movement.is_return or movement.is_charge or movement.own:
            return [], ""
        items, sums = index.sums_of(movement.partner, movement.currency, movement.end_to_end_ids)
        found, why = sums.find(movement.amount)
        chosen = [items[position] for position in found or ()]
        named = {item.id for item in self.get_certain(index)}
        if chosen and named - {item.id for item in chosen}:
            return [], "named"
        if self.payments and not {item.id for item in self.payments} <= {item.id for item in chosen}:
            return [], "named"
        return chosen, why or ""

    def get_partner_way(self, index):
        """One way in which open items of the partner make the amount, certain or not."""
        movement = self.movement
        if movement.partner is None:
            return []
        items, sums = index.sums_of(movement.partner, movement.currency, movement.end_to_end_ids)
        count, bits = sums.ways.get(movement.amount, (0, 0))
        return [items[position] for position in positions(bits)] if count else []
