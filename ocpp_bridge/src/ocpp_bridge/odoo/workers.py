"""The three conversations with Odoo, each in its own task and thread: none waits for another, none for a
station."""

import asyncio
import contextlib
import json
import logging
import os
import random
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..clock import Clock
from ..errors import BridgeError, JournalWriteError, OdooRefusedError, OdooUnavailableError
from ..journal import Journal, open_reader
from ..metrics import Metrics
from ..server.directory import Directory
from ..server.registry import Registry
from ..settings import Settings
from .outbox import Outbox
from .push import Pusher
from .report import Reporter, Taken
from .transport import make_transport

log = logging.getLogger(__name__)

FAREWELL_SECONDS = 2.0


class OdooWorkers:
    """Without `odoo_url` only the stored directory and station states are used: nothing is sent."""

    def __init__(
        self,
        settings: Settings,
        journal: Journal,
        directory: Directory,
        registry: Registry,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._settings, self._directory, self._metrics = settings, directory, metrics
        self._db = open_reader(settings.journal)
        self._executor = ThreadPoolExecutor(3, thread_name_prefix="odoo")
        self._failing: dict[str, str] = {}
        self._cache = f"{settings.journal}.directory.json"
        self._read_cache()
        self._reporter = Reporter(registry, journal, clock)
        self._reporter.restore(self._db)
        self._outbox = Outbox(self._db, journal, clock)

    def tasks(self) -> dict[str, Callable[[], Awaitable[None]]]:
        settings = self._settings
        if not settings.odoo_url:
            return {}
        # One transport a conversation: they are not made to be shared by threads.
        pusher = Pusher(settings, self._outbox, make_transport(settings), self._metrics)
        self._report_transport, self._directory_transport = make_transport(settings), make_transport(settings)
        return {
            "push": lambda: self._repeat("push", settings.push_interval, lambda: self._in_thread(pusher.push_once)),
            "report": lambda: self._repeat("report", settings.report_interval, self._report),
            "directory": lambda: self._repeat("directory", settings.directory_interval, self._pull),
        }

    def faults(self) -> list[str]:
        return [f"{name}: {reason}" for name, reason in sorted(self._failing.items())]

    async def farewell(self) -> None:
        """A last report, once all stations are disconnected; an Odoo that is slow or away is not waited for."""
        if not self._settings.odoo_url:
            return
        # A transport of its own: the other may be stuck in a call.
        self._report_transport = make_transport(replace(self._settings, odoo_timeout=FAREWELL_SECONDS))
        try:
            await asyncio.wait_for(self._report(), FAREWELL_SECONDS)
        except (BridgeError, TimeoutError) as error:
            log.warning("last_report_not_sent", extra={"reason": str(error) or type(error).__name__})

    def close(self) -> None:
        self._executor.shutdown(wait=True, cancel_futures=True)
        self._db.close()

    # --- the loop they share
    # -----------------------------------------------------------------------------------

    async def _repeat(self, name: str, interval: float, work: Callable[[], Awaitable[bool | None]]) -> None:
        """`work` again at once if it returned True, after `interval`, or after a growing pause if it
        failed."""
        failures, away = 0, False
        while True:
            try:
                more = await work()
            except (BridgeError, sqlite3.Error) as error:
                failures += 1
                away |= isinstance(error, OdooUnavailableError)
                await self._fail(name, str(error), failures)
                await asyncio.sleep(self._backoff(interval, failures))
                continue
            except Exception as error:  # a fault of ours must not end the conversation for good
                failures += 1
                log.exception("worker_failed", extra={"worker": name})
                await self._fail(name, repr(error), failures)
                await asyncio.sleep(self._backoff(interval, failures))
                continue
            if failures:
                log.info("odoo_recovered", extra={"worker": name, "failures": failures})
                if away:
                    self._reporter.tell_all()  # it may be another Odoo than before: a backup, a copy
                failures, away = 0, False
                self._failing.pop(name, None)
            await asyncio.sleep(0 if more else interval)

    async def _fail(self, name: str, reason: str, failures: int) -> None:
        self._failing[name] = reason
        if name == "push":
            with contextlib.suppress(JournalWriteError):  # that one is in `/health` itself
                await self._in_thread(self._outbox.note_failure, reason)
        if failures in (1, 2, 3) or failures % 20 == 0:
            log.warning("odoo_failed", extra={"worker": name, "reason": reason, "failures": failures})

    def _backoff(self, interval: float, failures: int) -> float:
        """Doubling from at most 1 s, with jitter: bridges that lost the same Odoo do not come back in step."""
        first = min(max(interval, 0.05), 1.0)
        pause = min(self._settings.push_backoff_max, first * 2 ** min(failures, 20))
        return pause * random.uniform(0.5, 1.0)

    async def _in_thread(self, work: Callable, *arguments):
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *arguments)

    # --- station states
    # ----------------------------------------------------------------------------------------

    async def _report(self) -> bool:
        payload, token = self._reporter.take()
        if payload is None:
            return False
        try:
            token = await self._in_thread(self._send_report, payload, token)
        except BaseException:
            self._reporter.put_back(token)
            raise
        self._metrics.count("push_calls", "report", "ok")
        await self._in_thread(self._reporter.remember, token)
        return False

    def _send_report(self, payload: str, taken: Taken) -> Taken:
        """Returns what Odoo took of it."""
        try:
            self._call_report(payload)
        except OdooRefusedError as fault:
            return self._reporter.isolate(taken, self._call_report, fault)
        return taken

    def _call_report(self, payload: str) -> None:
        answer = self._report_transport.call("ev.station", "report", payload)
        _check_schema(answer, "ev.station.report.answer/1")

    # --- directory
    # ---------------------------------------------------------------------------------------------

    async def _pull(self) -> bool:
        request = json.dumps({"schema": "ev.directory.request/1", "etag": self._directory.etag})
        text = await self._in_thread(self._directory_transport.call, "ev.station", "directory", request)
        answer = _check_schema(text, "ev.directory/1")
        self._metrics.count("push_calls", "directory", "ok")
        if not answer.get("unchanged"):
            try:
                self._directory.replace(answer)
            except (KeyError, TypeError, AttributeError) as error:
                raise OdooUnavailableError(f"Odoo's directory cannot be read: {error!r}") from error
            await self._in_thread(self._write_cache, text)
            log.info("directory", extra={"stations": len(answer["stations"]), "tokens": len(answer["tokens"])})
        return False

    def _write_cache(self, text: str) -> None:
        """Whole or not at all; it holds password hashes, so it is not for others to read."""
        temporary = f"{self._cache}.new"
        try:
            with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(text)
            os.replace(temporary, self._cache)
        except OSError as error:
            log.warning("directory_not_cached", extra={"reason": str(error)})

    def _read_cache(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            try:
                with open(self._cache, encoding="utf-8") as file:
                    self._directory.replace(json.load(file))
            except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
                if isinstance(error, FileNotFoundError):
                    raise
                log.warning("directory_cache_unreadable", extra={"path": self._cache, "reason": repr(error)})


def _check_schema(text: str, schema: str) -> dict:
    try:
        answer = json.loads(text)
        if answer["schema"] != schema:
            raise ValueError(f"schema {answer['schema']!r}, expected {schema!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise OdooUnavailableError(f"Odoo's answer cannot be read: {error}") from error
    return answer
