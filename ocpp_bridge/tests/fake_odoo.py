"""The Odoo side of the contract in one small real server: XML-RPC and JSON-2, atomic batches, duplicates."""

import json
import threading
import xmlrpc.client
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY, DATABASE, LOGIN = "key", "db", "bridge"


class FakeOdoo:
    """`stored` maps external id -> item. `fault_on` makes a batch with that id fault; `down` makes all calls fail."""

    def __init__(self) -> None:
        self.stored: dict[str, dict] = {}
        self.received: list[str] = []
        self.reports: list[dict] = []
        self.directory: dict[str, Any] = {"etag": "1", "stations": [], "tokens": []}
        self.directory_calls: list[str | None] = []
        self.fault_on: set[str] = set()
        self.bad_stations: set[str] = set()  # "" makes every report fault
        self.quarantine: dict[str, str] = {}
        self.down = False
        self.lose_answers = 0
        self.batches: list[int] = []
        self._lock = threading.Lock()

    # --- the contract ------------------------------------------------------------------------------------------

    def call(self, model: str, method: str, payload: str) -> str:
        request = json.loads(payload)
        with self._lock:
            return json.dumps(getattr(self, method)(request))

    def ingest(self, request: dict) -> dict:
        assert request["schema"] == "ev.cdr.batch/1" and request["source"] == "ocpp_bridge"
        self.batches.append(len(request["cdrs"]))
        faulty = self.fault_on & {item["id"] for item in request["cdrs"]}
        if faulty:
            raise ValueError(f"Odoo cannot take {sorted(faulty)}")
        return {"schema": "ev.cdr.answer/1", "items": [self._take(item) for item in request["cdrs"]]}

    def _take(self, item: dict) -> dict:
        self.received.append(item["id"])
        status = "duplicate" if item["id"] in self.stored else "stored"
        self.stored.setdefault(item["id"], item)
        if item["id"] in self.quarantine or "quarantine" in item:
            return {"id": item["id"], "status": "quarantined", "reason": self.quarantine.get(item["id"], "for you")}
        return {"id": item["id"], "status": status}

    def report(self, request: dict) -> dict:
        assert request["schema"] == "ev.station.report/1"
        bad = self.bad_stations & ({station["identity"] for station in request["stations"]} | {""})
        if bad:
            raise ValueError(f"Odoo cannot take {sorted(bad)}")
        self.reports.append(request)
        return {"schema": "ev.station.report.answer/1"}

    def directory_answer(self, request: dict) -> dict:
        assert request["schema"] == "ev.directory.request/1"
        self.directory_calls.append(request["etag"])
        if request["etag"] == self.directory["etag"]:
            return {"schema": "ev.directory/1", "etag": request["etag"], "unchanged": True}
        return {"schema": "ev.directory/1", **self.directory}

    def reported(self) -> set[str]:
        """The stations of which Odoo took a state."""
        return {station["identity"] for report in self.reports for station in report["stations"]}

    # --- the server --------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def settings(self) -> dict[str, str]:
        return {"odoo_url": self.url, "odoo_database": DATABASE, "odoo_login": LOGIN, "odoo_api_key": KEY}

    def start(self) -> None:
        handler = type("Handler", (_Handler,), {"odoo": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    odoo: FakeOdoo
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments: Any) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.odoo.down:
            self._send(503, b"down")
        elif self.path.startswith("/json/2/"):
            self._json_two(body)
        else:
            self._xmlrpc(body)

    def _json_two(self, body: bytes) -> None:
        if self.headers["Authorization"] != f"bearer {KEY}" or self.headers["X-Odoo-Database"] != DATABASE:
            self._send(401, b'{"message": "invalid api key"}')
            return
        model, method = self.path.removeprefix("/json/2/").split("/")
        try:
            answer = self._dispatch(model, method, json.loads(body)["payload"])
        except ValueError as error:
            self._send(500, json.dumps({"message": str(error)}).encode())
            return
        self._send(200, json.dumps(answer).encode())

    def _xmlrpc(self, body: bytes) -> None:
        arguments, method = xmlrpc.client.loads(body)
        try:
            if method == "authenticate":
                answer: Any = 7 if arguments[:3] == (DATABASE, LOGIN, KEY) else False
            else:
                database, user, key, model, name, parameters = arguments
                assert (database, user, key) == (DATABASE, 7, KEY)
                answer = self._dispatch(model, name, parameters[0])
            text = xmlrpc.client.dumps((answer,), methodresponse=True, allow_none=True)
        except ValueError as error:
            text = xmlrpc.client.dumps(xmlrpc.client.Fault(1, f"Traceback\n  File\nValueError: {error}"))
        self._send(200, text.encode())

    def _dispatch(self, model: str, method: str, payload: str) -> str:
        assert (model, method) in (("ev.cdr", "ingest"), ("ev.station", "report"), ("ev.station", "directory"))
        return self.odoo.call(model, "directory_answer" if method == "directory" else method, payload)

    def _send(self, status: int, body: bytes) -> None:
        if status == 200 and self.odoo.lose_answers > 0:
            self.odoo.lose_answers -= 1
            self.close_connection = True  # it was done, but nobody hears of it
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
