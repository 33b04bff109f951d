"""A generated operator and month: pure data, the same for the same number of sessions.

For a million sessions: 600 hosts with a site, three stations and six EVSEs each, 40 eMSPs, 300 fleet clients; parties shrink
with the sessions. Each EVSE's sessions follow each other on one register. A session is charged under three terms on average: its
host's two (one in ten hosts is paid by the day-ahead price), and one or two of whoever holds the badge.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

MILLION = 1_000_000
MONTH = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 31
STATIONS_A_SITE = 3
EVSES_A_STATION = 2
EMSP_TOKENS, CLIENT_TOKENS, LOCAL_TOKENS = 50, 10, 200
# of twenty sessions: ten roaming, four of fleets, six of nobody who is billed
ROAMING, FLEET = 10, 14
FIRST_READING = 1_000_000


@dataclass(frozen=True)
class World:
    """:param sessions: of the month"""

    sessions: int

    def _share(self, count):
        return max(1, round(count * self.sessions / MILLION))

    @property
    def hosts(self):
        return self._share(600)

    @property
    def emsps(self):
        return self._share(40)

    @property
    def clients(self):
        return self._share(300)

    @property
    def evses(self):
        return self.hosts * STATIONS_A_SITE * EVSES_A_STATION

    def is_spot(self, host):
        """Whether that host is paid by the day-ahead price."""
        return host % 10 == 0

    def token(self, number):
        """UID of the badge of a session."""
        kind, which = number % 20, number // 20
        if kind < ROAMING:
            emsp = which % self.emsps
            return f"E{emsp:03}T{which // self.emsps % EMSP_TOKENS:03}"
        if kind < FLEET:
            client = which % self.clients
            return f"C{client:03}T{which // self.clients % CLIENT_TOKENS:03}"
        return f"L{which % LOCAL_TOKENS:03}"

    def items(self, evses):
        """The sessions of some EVSEs, as `ev.cdr.ingest` takes them: two readings, or one each quarter where the price varies.

        :param evses: numbers below `self.evses`
        """
        begin = int(MONTH.timestamp()) + 3600
        for evse in evses:
            count = self.sessions // self.evses + (evse < self.sessions % self.evses)
            slot = (DAYS * 86400 - 14_400) // max(count, 1)
            register = FIRST_READING
            for turn in range(count):
                number = turn * self.evses + evse
                start = begin + turn * slot + number * 37 % max(slot // 10, 1)
                length = min(3600 + number * 131 % 3000, slot * 8 // 10)
                energy = length * (5 + number % 13) * 1000 // 3600 // 2
                yield self._item(number, evse, start, length, register, energy)
                register += energy

    def _item(self, number, evse, start, length, register, energy):
        station, place = divmod(evse, EVSES_A_STATION)
        host = station // STATIONS_A_SITE
        if self.is_spot(host):
            moments = [start, *range((start // 900 + 1) * 900, start + length, 900), start + length]
            readings = [[moment, register + energy * (moment - start) // length] for moment in moments]
        else:
            readings = [[start, register], [start + length, register + energy]]
        return {
            "id": f"S{station:05}:{place + 1}:{number}",
            "station": f"S{station:05}",
            "evse": place + 1,
            "connector": 1,
            "token": {"uid": self.token(number), "type": "RFID"},
            "start": f"{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "stop": f"{datetime.fromtimestamp(start + length, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "meter_start": register,
            "meter_stop": register + energy,
            "energy": energy,
            "readings": readings,
            "charging_seconds": length,
            "idle_seconds": 0,
            "stop_reason": "EVDisconnected",
            "auth": None,
            "signed": None,
            "flags": [],
            "raw": f"journal:{number}",
        }
