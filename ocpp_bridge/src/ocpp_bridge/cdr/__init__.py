"""From journal messages to a CDR: pure, deterministic, replayable; no I/O, no clock.

Flags a CDR can carry, and the rule behind each: see the table in `flags.py`.
"""

from .assemble import assemble
from .match import match_stop
from .model import Cdr, Message, Pending, Quarantine, Rules, Token

__all__ = ["Cdr", "Message", "Pending", "Quarantine", "Rules", "Token", "assemble", "match_stop"]
