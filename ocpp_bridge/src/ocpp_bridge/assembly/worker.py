"""Runs assembly steps beside the server: in a thread, so that no station waits for it."""

import asyncio
import logging
import sqlite3
from concurrent.futures import ThreadPoolExecutor

from ..clock import Clock
from ..errors import JournalWriteError
from ..journal import Journal, open_reader
from ..metrics import Metrics
from ..settings import Settings
from .loading import NominalPower
from .step import Stepper

log = logging.getLogger(__name__)

PAUSE, PAUSE_AFTER_FAULT = 0.1, 2.0  # seconds


class AssemblyWorker:
    """`fault` is empty or says why assembly does not get on; what it could not do is tried again for ever."""

    def __init__(
        self, settings: Settings, journal: Journal, metrics: Metrics, clock: Clock, power: NominalPower
    ) -> None:
        self._journal, self._metrics = journal, metrics
        self._db = open_reader(settings.journal)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="assembly")
        self._stepper = Stepper(self._db, settings, clock, power)
        self.fault = ""

    async def run(self) -> None:
        restarted = False
        while True:
            try:
                if not restarted:
                    await asyncio.wrap_future(self._journal.submit(self._stepper.restarted()))
                    restarted = True
                more = await asyncio.get_running_loop().run_in_executor(self._thread, self.step)
                self.fault = ""
            except (JournalWriteError, sqlite3.Error) as error:
                more = self._note(error)
            except Exception as error:  # a fault in assembly must stop neither the server nor the other sessions
                more = self._note(error)
                log.exception("assembly_failed")
            await asyncio.sleep(0 if more else PAUSE_AFTER_FAULT if self.fault else PAUSE)

    def step(self) -> bool:
        """One step, written. True when there may be more to do."""
        step = self._stepper.step()
        if step.statements:
            self._journal.submit(step.statements).result()
        for name in step.counts:
            self._metrics.count(name)
        return step.more

    def close(self) -> None:
        """Cancelling `run` does not end the step in its thread: wait for that, then close what it reads."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        self._db.close()

    def _note(self, error: Exception) -> bool:
        if not self.fault:
            log.error("assembly_stuck", extra={"reason": str(error)})
        self.fault = str(error)
        return False
