"""One simulated station: boots, replays its past sessions, lives its live ones, and leaves or stays.

Prints a JSON line for each acknowledged end of a session and one at the end; exit code 0 when all was acknowledged.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from dataclasses import asdict

from . import ocpp16, ocpp201
from .dialect import Dialect
from .link import Link
from .meter import register_at, samples
from .ocpp16 import Dialect16
from .ocpp201 import Dialect201
from .plan import Live, Plan, Session, read_plan, stamp

HEARTBEAT_SECONDS = 30
VERSIONS = {"1.6": (ocpp16, Dialect16), "2.0.1": (ocpp201, Dialect201)}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.fleet.station", description=__doc__)
    parser.add_argument("--url", required=True, help="ws://HOST:PORT/ocpp")
    parser.add_argument("--identity", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument("--ocpp", choices=sorted(VERSIONS), required=True)
    parser.add_argument("--plan", required=True, help="plan.json")
    parser.add_argument("--stay", action="store_true", help="heartbeat until SIGTERM")
    options = parser.parse_args()
    try:
        plan = read_plan(options.plan)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot use plan {options.plan}: {error!r}", file=sys.stderr)
        return 2
    module, dialect = VERSIONS[options.ocpp]
    link = Link(options.url, options.identity, options.password, module.SUBPROTOCOL, module.Station)
    return asyncio.run(_run(link, dialect(link, plan), plan, options.stay))


async def _run(link: Link, dialect: Dialect, plan: Plan, stay: bool) -> int:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    work = asyncio.create_task(_work(link, dialect, plan, stay))
    await asyncio.wait({work, asyncio.create_task(stopped.wait())}, return_when=asyncio.FIRST_COMPLETED)
    finished = work.done()
    if finished:
        work.result()
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    await link.close()
    return 0 if finished or stay else 1


async def _work(link: Link, dialect: Dialect, plan: Plan, stay: bool) -> None:
    await dialect.boot()
    for evse in plan.evses:
        await dialect.status(evse, "Available")
    for session in plan.sessions:
        await _replay(link, dialect, session)
    await asyncio.gather(*(_live(link, dialect, plan, live) for live in plan.live))
    summary = {"sessions": len(plan.sessions), "live": len(plan.live)}
    _print(link, {**summary, "messages": link.messages, "resent": link.resent, "done": True})
    while stay:
        await asyncio.sleep(HEARTBEAT_SECONDS)
        await dialect.heartbeat()


async def _replay(link: Link, dialect: Dialect, session: Session) -> None:
    """A session of the past, as fast as the answers come: what a station does with its queue."""
    running = await dialect.start(session)
    if "no_meter_values" not in session.quirks:
        for moment, register, charging in samples(session):
            await dialect.sample(running, moment, register, charging)
    await dialect.stop(running)
    _print(link, _ended(session, running.transaction))


async def _live(link: Link, dialect: Dialect, plan: Plan, live: Live) -> None:
    await asyncio.sleep(live.delay)
    await dialect.status(live.evse, "Preparing")
    begin = max((s.meter_stop for s in plan.sessions if s.evse == live.evse), default=1000)
    start = int(time.time())
    step = max(1, live.seconds // 5)
    session = Session(live.evse, live.token, start, start + live.seconds, begin, begin + live.energy, step)
    running = await dialect.start(session)
    await dialect.status(live.evse, "Charging")
    while time.time() + step < session.stop:
        await asyncio.sleep(step)
        moment = int(time.time())
        await dialect.sample(running, moment, register_at(session, moment), charging=True)
    await asyncio.sleep(max(0.0, session.stop - time.time()))
    await dialect.status(live.evse, "Finishing")
    await dialect.stop(running)
    _print(link, _ended(session, running.transaction))
    await dialect.status(live.evse, "Available")


def _ended(session: Session, transaction: object) -> dict:
    entry = asdict(session)
    for name in ("interval", "quirks"):
        del entry[name]
    entry.update(start=stamp(session.start), stop=stamp(session.stop))
    return {**entry, "transaction": transaction, "energy": session.meter_stop - session.meter_start}


def _print(link: Link, line: dict) -> None:
    print(json.dumps({"station": link.identity, **line}), flush=True)


if __name__ == "__main__":
    sys.exit(main())
