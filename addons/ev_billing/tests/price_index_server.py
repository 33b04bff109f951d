"""A local HTTP server that answers as a price publisher does, well or badly, and documents for it to answer with."""

import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from odoo.exceptions import UserError

from ..models import ev_price_index_download as downloads
from .price_index_common import PriceIndexCommon, at

NAMESPACE = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
ZONE = "10YBE----------2"
SEND = requests.Session.send
DAY = "2026-03-01 23:00"  # 2 March 2026 in Belgium
START, END = at(DAY), at(DAY) + 86400
TOKEN = "00000000-0000-4000-8000-feedfeedfeed"


def stamp(epoch):
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%MZ")


def series(start, prices, step=900, curve="A03", zone=ZONE, currency="EUR", unit="MWH"):
    """A TimeSeries of one period; a price None is left out."""
    first = at(start)
    points = "".join(
        f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>"
        for position, price in enumerate(prices, start=1)
        if price is not None
    )
    return f"""<TimeSeries><mRID>1</mRID><businessType>A62</businessType>
        <in_Domain.mRID codingScheme="A01">{zone}</in_Domain.mRID>
        <out_Domain.mRID codingScheme="A01">{zone}</out_Domain.mRID>
        <currency_Unit.name>{currency}</currency_Unit.name><price_Measure_Unit.name>{unit}</price_Measure_Unit.name>
        <curveType>{curve}</curveType><Period>
        <timeInterval><start>{stamp(first)}</start><end>{stamp(first + step * len(prices))}</end></timeInterval>
        <resolution>PT{step // 60}M</resolution>{points}</Period></TimeSeries>"""


def document(*all_series):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="{NAMESPACE}"><mRID>doc-1</mRID>'
        f"<type>A44</type>{''.join(all_series)}</Publication_MarketDocument>"
    ).encode()


ACKNOWLEDGEMENT = b"""<?xml version="1.0" encoding="UTF-8"?>
<Acknowledgement_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"><mRID>a</mRID>
<Reason><code>999</code><text>No matching data found for Data item Day-ahead Prices</text></Reason>
</Acknowledgement_MarketDocument>"""


class PriceServer:
    """Give it what to answer, in order: (status, body, headers), or a function of the handler. The last one repeats."""

    def __init__(self, *answers):
        self.answers, self.queries = list(answers), []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._make_handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/api"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), name="price-server", daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _make_handler(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.queries.append({key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()})
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if callable(answer):
                    answer(self)
                    return
                status, body, *headers = answer
                self.send_response(status)
                for name, value in (headers[0] if headers else {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                """Quiet."""

        return Handler


class FetchCase(PriceIndexCommon):
    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """The server of these tests is real: let requests through to it alone, with the timeouts that were asked for."""
        assert request.url.startswith("http://127.0.0.1:"), "only the local server"
        return SEND(session, request, **kwargs)

    def serve(self, *answers):
        server = PriceServer(*answers)
        self.addCleanup(server.close)
        self.index.write({"fetch_url": server.url, "fetch_token": TOKEN, "fetch_timeout": 5})
        return server

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.index.write({"source": "entsoe", "bidding_zone": ZONE})
        cls.waits = []
        cls.startClassPatcher(patch.object(downloads.time, "sleep", cls.waits.append))
        # the default argument was bound when the module was read
        cls.startClassPatcher(
            patch.object(downloads.download, "__defaults__", (*downloads.download.__defaults__[:-1], cls.waits.append))
        )

    def setUp(self):
        super().setUp()
        self.waits.clear()

    def fetch(self, start=START, end=END):
        return self.index._fetch_prices(start, end)

    def failing(self, words):
        with self.assertRaisesRegex(UserError, words) as caught:
            self.fetch()
        self.assertNotIn(TOKEN, str(caught.exception))
        self.assertNotIn("127.0.0.1", str(caught.exception))
        self.assertEqual(self.rows(), [])
