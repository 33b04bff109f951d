"""The bridge as one running thing: opens the journal and the port, starts the workers, closes all in
order."""

import asyncio
import json
import logging
import signal

import websockets.asyncio.server
from websockets.asyncio.server import Server

from ..assembly import stale
from ..assembly.worker import AssemblyWorker
from ..clock import Clock
from ..errors import BridgeError, SettingsError
from ..journal import Journal, open_reader
from ..metrics import Metrics
from ..odoo.workers import OdooWorkers
from ..settings import Settings
from .directory import Directory
from .gate import Gate, tls_context
from .handlers import Handlers
from .registry import Registry
from .session import Sessions

log = logging.getLogger(__name__)

BACKLOG = 4096  # a whole fleet reconnects at once after a power cut


class Bridge:
    """`async with Bridge(settings) as bridge:`; `bridge.port` is the real port."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings, self.clock = settings, clock or Clock()
        self.metrics = Metrics()
        self.directory = Directory(settings)
        self.registry = Registry(self.clock, self.metrics)
        self.gate = Gate(settings, self.directory, self.registry, self.metrics, self.clock)
        self.journal: Journal
        self.assembly: AssemblyWorker
        self.odoo: OdooWorkers
        self._server: Server
        self._tasks: list[asyncio.Task] = []
        self.port = 0

    async def __aenter__(self) -> "Bridge":
        settings = self.settings
        tls = self._tls()
        self.journal = Journal(settings.journal, self.clock)
        try:
            self.assembly = AssemblyWorker(
                settings, self.journal, self.metrics, self.clock, self.directory.max_power_kw
            )
            self.odoo = OdooWorkers(settings, self.journal, self.directory, self.registry, self.metrics, self.clock)
            handlers = Handlers(settings, self.directory, self.registry, self.clock)
            sessions = Sessions(self.gate, self.registry, self.journal, handlers, self.metrics, self.clock)
            self._add_pages()
            self._server = await self._listen(sessions.serve, tls)
        except BaseException:
            self.journal.close()
            raise
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks = [
            asyncio.create_task(work(), name=name)
            for name, work in {
                "assembly": self.assembly.run, "probe": self._probe_journal, **self.odoo.tasks(),
            }.items()
        ]  # fmt: skip
        log.info("listening", extra={"host": settings.host, "port": self.port, "journal": settings.journal})
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close(close_connections=True)
        await self._server.wait_closed()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.odoo.farewell()
        await asyncio.to_thread(self.odoo.close)
        await asyncio.to_thread(self.assembly.close)
        await asyncio.to_thread(self.journal.close)
        log.info("stopped")

    def _tls(self):
        try:
            return tls_context(self.settings)
        except OSError as error:
            raise SettingsError(f"cannot load the TLS files: {error}") from error

    async def _listen(self, serve_one, tls) -> Server:
        settings = self.settings
        try:
            return await websockets.asyncio.server.serve(
                serve_one, settings.host, settings.port, ssl=tls,
                process_request=self.gate.process_request,
                select_subprotocol=self.gate.select_subprotocol,
                compression=None,  # 40 KiB a connection, and OCPP stations rarely offer it
                max_size=settings.max_frame_bytes, max_queue=4, open_timeout=30, close_timeout=5,
                ping_interval=settings.ping_interval or None, ping_timeout=settings.ping_timeout or None,
                server_header=None, backlog=BACKLOG,
            )  # fmt: skip
        except OSError as error:
            raise BridgeError(
                f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}; "
                "stop what uses the port or set `port`"
            ) from error

    # --- pages
    # -------------------------------------------------------------------------------------------------

    def _add_pages(self) -> None:
        gauge = self.metrics.gauge
        gauge("connected_stations", "Stations with an open connection", self.registry.connected)
        gauge("journal_queue", "Messages waiting for the disk", self.journal.depth)
        gauge("journal_healthy", "1 while the journal can write", lambda: int(self.journal.healthy))
        gauge("journal_rows", "Rows written since the start", lambda: self.journal.rows)
        gauge("journal_groups", "Commits since the start", lambda: self.journal.groups)
        gauge("outbox_pending", "CDRs and quarantine items that wait for Odoo", self._count("pending"))
        gauge("outbox_refused", "Items Odoo refuses to take", self._count("refused"))
        gauge("stale_transactions", "Open sessions without a message for stale_after_hours", self._stale)
        self.gate.pages |= {"/health": self._health, "/metrics": self._render_metrics}

    def _count(self, state: str):
        return lambda: self._pages_db().execute("SELECT count(*) FROM outbox WHERE state = ?", (state,)).fetchone()[0]

    def _stale(self) -> int:
        return self._pages_db().execute(stale.COUNT).fetchone()[0]

    def _pages_db(self):
        if not hasattr(self, "_reader"):
            self._reader = open_reader(self.settings.journal)
        return self._reader

    def _render_metrics(self, local: bool) -> tuple[int, str, bytes]:
        if not (local or self.settings.metrics_public):
            return 403, "text/plain", b"Only for this machine, unless metrics_public is set.\n"
        return 200, "text/plain; version=0.0.4", self.metrics.render()

    def _health(self, local: bool = True) -> tuple[int, str, bytes]:
        """503 only when messages cannot be taken: Odoo being away is degraded, and no reason to restart the
        bridge. Others than this machine need not know URLs and paths."""
        reasons = self._reasons()
        body: dict = {"status": "degraded" if reasons else "ok"}
        if local or self.settings.health_details:
            body |= {"reasons": reasons, "connected": self.registry.connected()}
        status = 200 if self.journal.healthy and self.journal.alive() else 503
        return status, "application/json", json.dumps(body).encode() + b"\n"

    def _reasons(self) -> list[str]:
        reasons = []
        if not self.journal.healthy:
            reasons.append(f"journal cannot write: {self.journal.fault}")
        if not self.journal.alive():
            reasons.append("journal writer is gone: restart the bridge")
        if self.assembly.fault:
            reasons.append(f"assembly: {self.assembly.fault}")
        if count := self._stale():
            hours = f"{self.settings.stale_after_hours:g} h"
            reasons.append(f"{count} sessions are open and silent for more than {hours}: see `ocpp-bridge status`")
        reasons.extend(self.odoo.faults())
        return reasons

    async def _probe_journal(self) -> None:
        """An ill journal is tried again without waiting for a station to do it."""
        while True:
            await asyncio.sleep(1)
            if not self.journal.healthy:
                probe = self.journal.submit([("INSERT OR REPLACE INTO meta VALUES ('probe', ?)", ("." * 8192,))])
                await asyncio.wait([asyncio.wrap_future(probe)])


async def serve(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with Bridge(settings):
        await stop.wait()
