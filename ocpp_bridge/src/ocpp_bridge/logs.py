"""Structured logs: one JSON object a line on stderr.

Call as `log.info("connected", extra={"station": "CP-1"})`: the message is the event's name, the rest are
fields.
"""

import json
import logging
import sys

from .clock import Clock

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """`{"at", "level", "logger", "event", ...fields, "error"?}`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": round(record.created, 3),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        line.update({key: value for key, value in vars(record).items() if key not in _STANDARD})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure_logging(level: str) -> None:
    """Log everything of this package, and only the warnings of the libraries."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("ocpp_bridge").setLevel(level)
    # A failed handshake is the client's affair and counted by the gate; the library logs each with a
    # traceback.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)


class Throttle:
    """Says whether a noisy event may be logged again: at most once in `seconds` for the same name."""

    def __init__(self, clock: Clock, seconds: float = 60.0) -> None:
        self._clock, self._seconds = clock, seconds
        self._last: dict[str, float] = {}

    def __call__(self, name: str) -> bool:
        now = self._clock.monotonic()
        if name in self._last and now - self._last[name] < self._seconds:
            return False
        if len(self._last) > 1000:
            self._last.clear()
        self._last[name] = now
        return True
