"""One station's connection: read a frame, put it on disk if it is billing data, answer it."""

import logging

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from ..clock import Clock
from ..errors import JournalWriteError
from ..journal import Journal
from ..logs import Throttle
from ..metrics import Metrics
from .answers import refusal, wrong_payload
from .frames import Call, Malformed, Reply, call_error, call_result, read_frame
from .gate import Gate
from .handlers import Handler, Handlers
from .intake import JOURNALED, looks_like_billing, make_garbage, make_record
from .registry import Registry, Station

log = logging.getLogger(__name__)


class Sessions:
    """Serves connections; shared by all of them, holds no state of any."""

    def __init__(
        self,
        gate: Gate,
        registry: Registry,
        journal: Journal,
        handlers: Handlers,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self._gate, self._registry, self._journal = gate, registry, journal
        self._metrics, self._clock = metrics, clock
        self._tables: dict[str, dict[str, Handler]] = {version: handlers.of(version) for version in JOURNALED}
        self._may_log = Throttle(clock)

    async def serve(self, socket: ServerConnection) -> None:
        """Handler of the WebSocket server; returns when the connection is over."""
        identity: str = socket.identity  # type: ignore[attr-defined]  # put there by the gate
        version = self._gate.version(socket)
        if version is None:
            # OCPP 1.6J 3.1.2: complete the handshake without a subprotocol, then close at once.
            self._metrics.count("refused_connections", "subprotocol")
            if self._may_log(f"subprotocol:{identity}"):
                log.warning("connection_refused", extra={"station": identity, "reason": "subprotocol"})
            await socket.close(1002, "offer subprotocol ocpp1.6, ocpp2.0.1 or ocpp2.1")
            return
        self._metrics.count("connections", version)
        station = self._registry.connect(identity, version, socket)
        log.debug("connected", extra={"station": identity, "ocpp": version})
        try:
            while True:
                raw = as_text(await socket.recv(decode=False))
                answer = await self.answer(station, version, raw)
                if answer is not None:
                    await socket.send(answer)
        except ConnectionClosed as closed:
            self._note_close(identity, closed)
        finally:
            current = self._registry.disconnect(station, socket)
            log.debug("disconnected", extra={"station": identity, "replaced": not current})

    async def answer(self, station: Station, version: str, raw: str) -> str | None:
        """The frame to send back, if any. Never raises: a fault of ours is answered InternalError."""
        frame = read_frame(raw, version)
        if type(frame) is Call:
            try:
                return await self._answer_call(station, version, frame, raw)
            except JournalWriteError as error:
                self._metrics.count("journal_refusals")
                if self._may_log("journal_refusal"):
                    log.error("not_acknowledged", extra={"station": station.identity, "reason": str(error)})
                text = "the message could not be stored: please send it again later"
            except Exception:
                self._metrics.count("handler_errors")
                log.exception("handler_failed", extra={"station": station.identity, "action": frame.action})
                text = "the central system failed on this message"
            return call_error(frame.message_id, "InternalError", text) if frame.reply else None
        if isinstance(frame, Malformed):
            return await self._answer_malformed(station, version, frame, raw)
        assert isinstance(frame, Reply)
        if self._may_log(f"reply:{station.identity}"):
            log.info("unexpected_reply", extra={"station": station.identity, "type": frame.kind})
        return None

    async def _answer_call(self, station: Station, version: str, call: Call, raw: str) -> str | None:
        action, payload = call.action, call.payload
        handler = self._tables[version].get(action)
        record = None
        if action in JOURNALED[version]:
            arrived = int(self._clock.now() * 1000)
            record = make_record(station.identity, version, action, call.message_id, arrived, payload, raw)
            record = await self._journal.append(record)
        # Only names of the standard become labels: a counter per invented name would be a leak.
        self._metrics.count("messages", version, action if handler else "unknown")
        if not call.reply:
            return None  # SEND (OCPP 2.1 part 4 4.2.5): NotifyPeriodicEventStream, received and not used
        if handler is None:
            return call_error(call.message_id, *refusal(version, action))
        if not isinstance(payload, dict):
            return call_error(call.message_id, wrong_payload(version), "the payload is not a JSON object")
        return call_result(call.message_id, handler(station, payload, record))

    async def _answer_malformed(self, station: Station, version: str, frame: Malformed, raw: str) -> str | None:
        self._metrics.count("malformed", version)
        if self._may_log(f"malformed:{station.identity}"):
            log.warning(
                "malformed_frame",
                extra={"station": station.identity, "reason": frame.reason, "frame": raw[:500]},
            )
        if looks_like_billing(raw):
            try:
                await self._journal.append(make_garbage(station.identity, version, int(self._clock.now() * 1000), raw))
            except JournalWriteError:
                self._metrics.count("journal_refusals")  # it is refused below either way
        return frame.answer

    def _note_close(self, identity: str, closed: ConnectionClosed) -> None:
        if closed.sent is not None and closed.sent.code == 1009:
            self._metrics.count("oversize_frames")
            if self._may_log(f"oversize:{identity}"):
                log.warning("frame_too_large", extra={"station": identity})


def as_text(frame: bytes) -> str:
    """UTF-8 by the book (RFC 6455 5.6); a station that sends Latin letters in another encoding is still
    understood."""
    try:
        return frame.decode()
    except UnicodeDecodeError:
        return frame.decode("cp1252", "replace")
