"""Counters and gauges, cheap to bump on the hot path, rendered by `prometheus_client`."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

_HELP = {
    "messages": ("Calls received", ("ocpp", "action")),
    "malformed": ("Frames that were no OCPP call", ("ocpp",)),
    "refused_connections": ("Handshakes refused", ("reason",)),
    "connections": ("WebSocket connections accepted", ("ocpp",)),
    "replaced_connections": ("Connections replaced by a newer one of the same identity", ()),
    "oversize_frames": ("Connections closed because of a frame above max_frame_bytes", ()),
    "journal_refusals": ("Messages answered InternalError because the journal could not write", ()),
    "handler_errors": ("Messages answered InternalError because of a fault in the bridge", ()),
    "cdrs": ("CDRs put in the outbox", ()),
    "quarantined": ("Quarantine items put in the outbox", ()),
    "late_messages": ("Messages that arrived after their CDR was made", ()),
    "push_calls": ("Calls to Odoo", ("method", "outcome")),
    "delivered": ("Outbox items answered by Odoo", ("status",)),
}


class Metrics:
    """`metrics.count("messages", "1.6", "Heartbeat")`; gauges are functions asked when scraped."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, ...]] = Counter()
        self.gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)  # type: ignore[arg-type]

    def count(self, *key: str) -> None:
        self.counts[key] += 1

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        self.gauges[name] = (text, read)

    def total(self, name: str) -> int:
        return sum(value for key, value in self.counts.items() if key[0] == name)

    def collect(self) -> Iterator[Metric]:
        families: dict[str, Any] = {
            name: CounterMetricFamily(f"ocpp_bridge_{name}", text, labels=labels)
            for name, (text, labels) in _HELP.items()
        }
        for (name, *labels), value in list(self.counts.items()):
            families[name].add_metric(labels, value)
        yield from families.values()
        for name, (text, read) in self.gauges.items():
            yield GaugeMetricFamily(f"ocpp_bridge_{name}", text, value=read())

    def render(self) -> bytes:
        return generate_latest(self._registry)
