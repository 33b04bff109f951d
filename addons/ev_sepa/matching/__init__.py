"""Which bank movement settles what: pure decisions over frozen facts, without Odoo.

`match(movements, items, settings)` takes what moved and what is open, and decides. The order of the rules: returned payments;
EndToEndId; whole batches; references found as whole tokens, with the amount; a partner's exact sum; the bank's fee within a
tolerance; part payments that name their document; else an exception, with the reason and suggestions. The amount and the
currency are always compared: nothing is decided on text alone.
"""

from .model import DOCUMENT, PAYMENT, RETURN, Decision, Movement, OpenItem, Settings, Suggestion
from .rules import match

__all__ = ["DOCUMENT", "PAYMENT", "RETURN", "Decision", "Movement", "OpenItem", "Settings", "Suggestion", "match"]
