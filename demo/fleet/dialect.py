"""What the two versions have in common for a simulated station: boot, states, sessions, heartbeat."""

from dataclasses import dataclass
from typing import Any, Protocol

from .link import Link
from .plan import Plan, Session


@dataclass
class Running:
    """A session under way. `held` is a message kept back by the quirk `late_update`."""

    session: Session
    transaction: Any
    seq: int = 0
    held: Any = None


class Dialect(Protocol):
    """One OCPP version, spoken over a link. Every method returns when the central system has answered."""

    def __init__(self, link: Link, plan: Plan) -> None: ...

    async def boot(self) -> None: ...

    async def status(self, evse: int, status: str) -> None:
        """`status` in OCPP 1.6 words."""

    async def heartbeat(self) -> None: ...

    async def start(self, session: Session) -> Running: ...

    async def sample(self, running: Running, moment: int, register: int, charging: bool) -> None: ...

    async def stop(self, running: Running) -> None: ...


def energy_value(register: int, kwh: bool) -> tuple[str, str]:
    """(value as text, unit): whole Wh, or kWh with three decimals."""
    return (f"{register // 1000}.{register % 1000:03d}", "kWh") if kwh else (str(register), "Wh")
