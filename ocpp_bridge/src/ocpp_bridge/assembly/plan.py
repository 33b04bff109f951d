"""What one assembly step is going to write."""

from collections.abc import Sequence
from dataclasses import dataclass, field

Statement = tuple[str, Sequence]


@dataclass
class Step:
    """The result: statements to run, metrics to bump once they ran, and whether there may be more to do at
    once. `claimed`: the outbox ids this step gives out, and the (station, session) they belong to."""

    statements: list[Statement] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    claimed: dict[str, tuple[str, str]] = field(default_factory=dict)
    more: bool = False
