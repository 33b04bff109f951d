"""The parts of one session, sorted out by what they are."""

from dataclasses import dataclass

from .events import Event
from .model import Message


@dataclass(frozen=True)
class Session:
    """The parts of a session, sorted out."""

    messages: tuple[Message, ...]
    own: tuple[Event, ...]
    loose: tuple[Event, ...]
    starts: tuple[Event, ...]
    ends: tuple[Event, ...]
    flags: frozenset[str]

    @property
    def station(self) -> str:
        return self.messages[0].station

    @property
    def ocpp(self) -> str:
        return self.messages[0].ocpp
