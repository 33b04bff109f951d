"""Pushes the outbox: batches, backoff, and a way round the one item Odoo cannot take.

A batch is atomic in Odoo. After a fault or a timeout nothing is assumed: the batch is sent again, and Odoo
answers `duplicate` for what it has. A batch that faults three times in a row is halved, and halved again,
until the item at fault stands alone; that one is put aside as `refused`, unless Odoo faults on *every* item,
which means that Odoo is ill and not the items.
"""

import json
import logging
import random
from collections.abc import Callable, Sequence

from ..errors import OdooError, OdooRefusedError, OdooUnavailableError
from ..metrics import Metrics
from ..settings import Settings
from .outbox import Item, Outbox, Verdict
from .transport import Transport

log = logging.getLogger(__name__)

FAULTS_BEFORE_BISECT, PROBES = 3, 5
STATUSES = ("stored", "duplicate", "quarantined")


class Pusher:
    """`push_once` sends one batch. Blocking: for a thread."""

    def __init__(self, settings: Settings, outbox: Outbox, transport: Transport, metrics: Metrics) -> None:
        self._settings, self._outbox, self._transport, self._metrics = settings, outbox, transport, metrics
        self._faults = 0

    def push_once(self) -> bool:
        """True when a full batch went and there may be more. Raises OdooError; JournalWriteError."""
        items = self._outbox.pending(self._settings.push_batch)
        if not items:
            return False
        try:
            verdicts = self._send(items)
        except OdooRefusedError as error:
            self._faults += 1
            if self._faults < FAULTS_BEFORE_BISECT:
                raise
            verdicts, culprits = Bisection(self._send).run(items, error)
            for item, reason in culprits:
                log.error("item_refused", extra={"item": item.id, "reason": reason})
                self._outbox.refused(item, reason)
        self._faults = 0
        self._outbox.answered(verdicts)
        for verdict in verdicts:
            self._metrics.count("delivered", verdict.status)
        return len(items) == self._settings.push_batch

    def _send(self, items: Sequence[Item]) -> list[Verdict]:
        """The payload is put together from the stored texts: what was assembled is what is sent, byte for
        byte."""
        cdrs = ",".join(item.payload for item in items)
        source = json.dumps(self._settings.name)
        payload = f'{{"schema":"ev.cdr.batch/1","source":{source},"cdrs":[{cdrs}]}}'
        try:
            answer = self._transport.call("ev.cdr", "ingest", payload)
        except OdooError as error:
            refused = isinstance(error, OdooRefusedError)
            self._metrics.count("push_calls", "ingest", "refused" if refused else "unavailable")
            raise
        self._metrics.count("push_calls", "ingest", "ok")
        return read_answer(answer, items)


class Bisection:
    """Finds the items Odoo faults on, by halves. Raises the first fault when none at all is taken."""

    def __init__(self, send: Callable[[Sequence[Item]], list[Verdict]]) -> None:
        self._send = send
        self._verdicts: list[Verdict] = []
        self._culprits: list[tuple[Item, str]] = []

    def run(self, items: Sequence[Item], error: OdooRefusedError) -> tuple[list[Verdict], list[tuple[Item, str]]]:
        """(what Odoo took, the items it faults on). `error` is the fault on all of them together."""
        self._halve(self._probe(items, error), error)
        if not self._verdicts:
            raise error
        return self._verdicts, self._culprits

    def _probe(self, items: Sequence[Item], error: OdooRefusedError) -> Sequence[Item]:
        """An Odoo that faults on everything would be asked a thousand times for a batch of 500: try a few first.

        Returns the items still to be sent; raises `error` when none of the few was taken.
        """
        if len(items) <= PROBES:
            return items
        for item in random.sample(items, PROBES):
            try:
                self._verdicts += self._send([item])
            except OdooRefusedError:
                continue
            return [other for other in items if other is not item]
        raise error

    def _halve(self, items: Sequence[Item], error: OdooRefusedError) -> None:
        if len(items) == 1:
            self._culprits.append((items[0], str(error)))
            return
        middle = len(items) // 2
        for half in (items[:middle], items[middle:]):
            try:
                self._verdicts += self._send(half)
            except OdooRefusedError as fault:
                self._halve(half, fault)


def read_answer(text: str, items: Sequence[Item]) -> list[Verdict]:
    """One verdict an item, in order. Anything else is no answer: OdooUnavailableError, and the batch goes
    again."""
    try:
        answer = json.loads(text)
        if answer["schema"] != "ev.cdr.answer/1":
            raise ValueError(f"schema {answer['schema']!r}")
        verdicts = [Verdict(str(e["id"]), str(e["status"]), e.get("reason")) for e in answer["items"]]
    except (ValueError, KeyError, TypeError) as error:
        raise OdooUnavailableError(f"Odoo's answer to ingest cannot be read: {error}") from error
    if [verdict.id for verdict in verdicts] != [item.id for item in items]:
        # Refused, so that halving finds the item whose name Odoo cannot keep; the others must not wait behind it.
        raise OdooRefusedError("Odoo's answer to ingest does not name the items that were sent")
    unknown = {verdict.status for verdict in verdicts} - set(STATUSES)
    if unknown:
        raise OdooUnavailableError(f"Odoo's answer to ingest has unknown statuses: {sorted(unknown)}")
    return verdicts
