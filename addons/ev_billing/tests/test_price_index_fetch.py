import logging
import time
from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models import ev_price_index_download as downloads
from .price_index_common import quarters
from .price_index_server import ACKNOWLEDGEMENT, DAY, END, TOKEN, ZONE, FetchCase, document, series


@tagged("post_install", "-at_install")
class TestPriceIndexFetch(FetchCase):
    """Against a real server on this machine: what is published comes in, and what goes wrong is told in a sentence."""

    def test_a_day_comes_in_as_final(self):
        server = self.serve((200, document(series(DAY, ["87.40", None, "-3.25", *[None] * 93]))))
        result = self.fetch()
        self.assertEqual(result, (96, 0, 0, ()))
        self.assertEqual(self.prices()["2026-03-01 23:15"], ("87.400000", "final"))
        self.assertEqual(self.prices()["2026-03-02 22:45"], ("-3.250000", "final"))
        self.assertEqual(
            server.queries[0],
            {
                "securityToken": TOKEN,
                "documentType": "A44",
                "contract_MarketAgreement.type": "A01",
                "in_Domain": ZONE,
                "out_Domain": ZONE,
                "periodStart": "202603012300",
                "periodEnd": "202603022300",
            },
        )
        self.assertEqual(self.index.last_fetch_result, "96 new, 0 known")
        self.assertIn("doc-1", self.index.value_ids[0].source)

    def test_the_same_twice_and_duplicate_series_change_nothing(self):
        day = series(DAY, ["87.40", *[None] * 95])
        self.serve((200, document(day, day)))
        self.fetch()
        self.assertEqual(self.fetch(), (0, 0, 96, ()))
        self.assertEqual(self.index.revision, 1)

    def test_what_the_publisher_changed_is_told_and_not_taken(self):
        self.index._store_values(quarters(DAY, "80"), "test")
        self.serve((200, document(series(DAY, ["81", "82"]))))
        result = self.fetch()
        self.assertEqual(result[:3], (1, 0, 0))
        self.assertIn("is final at 80.00; 81.00 is not taken", result.refused[0])
        self.assertIn("81.00 is not taken", self.index.message_ids[0].body)
        self.assertIn("<br", self.index.message_ids[0].body)

    def test_long_spans_are_asked_for_in_pieces(self):
        server = self.serve(
            (200, document(series(DAY, ["1"]))),
            (200, ACKNOWLEDGEMENT),
            (200, document(series("2026-05-05 00:00", ["2"]))),
        )
        self.assertEqual(self.fetch(END - 86400, END + 70 * 86400).added, 2)
        self.assertEqual(len(server.queries), 3)
        self.assertEqual(server.queries[0]["periodEnd"], server.queries[1]["periodStart"])
        self.assertIn("No matching data", self.index.last_fetch_result)

    def test_too_many_requests_then_success(self):
        self.serve(
            (429, b"", {"Retry-After": "7"}), (429, b"", {"Retry-After": "99999"}), (200, document(series(DAY, ["1"])))
        )
        with patch.object(downloads.download, "__defaults__", (30, 10**6, *downloads.download.__defaults__[2:])):
            self.assertEqual(self.fetch().added, 1)
        self.assertEqual(self.waits, [7, 60])

    def test_server_errors_are_tried_again_and_then_told(self):
        server = self.serve((500, b"oops"))
        self.failing(r"The server failed \(500\)")
        self.assertEqual((len(server.queries), self.waits), (4, [1, 2, 4]))
        self.serve((503, b""), (200, document(series(DAY, ["1"]))))
        self.assertEqual(self.fetch().added, 1)

    def test_waits_never_exceed_the_whole_time(self):
        server = self.serve((429, b"", {"Retry-After": "60"}))
        with patch.object(downloads.download, "__defaults__", (30, 5, *downloads.download.__defaults__[2:])):
            self.failing("too many requests")
        self.assertEqual((len(server.queries), self.waits), (1, []))

    def test_a_refused_token_is_told_and_not_tried_again(self):
        for status in (401, 403):
            server = self.serve((status, b"<html>token " + TOKEN.encode()))
            self.failing("The token was refused")
            self.assertEqual(len(server.queries), 1)

    def test_nothing_published(self):
        self.serve((200, ACKNOWLEDGEMENT))
        self.failing("The publisher has no prices for this: No matching data found")
        self.serve((400, ACKNOWLEDGEMENT.replace(b"No matching", TOKEN.encode())))
        self.failing(r"no prices for this: \*\*\* data found")
        self.assertFalse(self.index.value_ids)

    def test_answers_that_are_no_prices(self):
        for status, body, words in (
            (200, b"<!DOCTYPE html><html><body>maintenance</body></html>", "a web page"),
            (200, b"\x00\x01garbage", "not whole XML"),
            (200, b"", "is empty"),
            (200, document(series(DAY, ["1"]))[:-40], "not whole XML"),
            (200, b"PK\x03\x04zip", "ZIP"),
            (200, document(series(DAY, ["1"], zone="10YFR-RTE------C")), "other bidding zones"),
            (200, document(series(DAY, ["1"], currency="GBP")), "in GBP/MWH, not in EUR/MWH"),
            (200, document(series(DAY, ["1"]), series(DAY, ["2"])), "is given twice: 1.00 and 2.00"),
            (400, b"bad request", r"refused the request \(400\)"),
            (404, b"", "answered 404"),
        ):
            with self.subTest(words=words):
                self.serve((status, body))
                self.failing(words)
                self.assertFalse(self.index.value_ids, "nothing of it was taken")

    def test_redirects_stay_on_the_host(self):
        good = (200, document(series(DAY, ["1"])))
        self.serve((302, b"", {"Location": "http://localhost:1/steal"}))
        self.failing("redirects to another host")
        self.serve((302, b"", {"Location": "/api"}))
        self.failing("redirects in circles")
        self.serve((302, b"", {"Location": "/api/v2"}), good)
        self.assertEqual(self.fetch().added, 1)

    def test_a_huge_answer_is_cut_off(self):
        def pour(handler):
            handler.send_response(200)
            handler.end_headers()
            with suppress(OSError):  # the client hangs up, as it should
                for _piece in range(400):
                    handler.wfile.write(b"<a/>" * 16384)

        self.serve(pour)
        began = time.monotonic()
        self.failing("larger than 20,971,520 bytes")
        self.assertLess(time.monotonic() - began, 15)

    def test_a_server_that_says_nothing_times_out(self):
        self.serve(_stall)
        self.index.fetch_timeout = 1
        began = time.monotonic()
        self.failing("did not answer within 1 seconds")
        self.assertLess(time.monotonic() - began, 30, "every try is given up after its second")

    def test_a_server_that_drips_is_given_up(self):
        self.serve(_drip)
        began = time.monotonic()
        with patch.object(downloads.download, "__defaults__", (30, 2, *downloads.download.__defaults__[2:])):
            self.failing("too slow")
        self.assertLess(time.monotonic() - began, 6)

    def test_nobody_there(self):
        server = self.serve((200, b""))
        server.close()
        self.failing("could not be reached")
        self.assertFalse(self.index.value_ids)

    def test_the_token_is_in_no_log(self):
        self.serve((200, document(series(DAY, ["1"]))))
        with self.assertLogs("urllib3", logging.DEBUG) as logs:
            self.fetch()
        text = "\n".join(logs.output)
        self.assertIn("securityToken=***", text)
        self.assertNotIn(TOKEN, text)

    def test_address_and_token_are_the_administrators(self):
        admin = self.make_user("idx-admin", "ev_billing.group_contract_admin")
        index = self.index.with_user(admin)
        self.serve((200, document(series(DAY, ["1"]))))
        for name in ("fetch_url", "fetch_token", "fetch_timeout"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                index.read([name])
            with self.subTest(field=name), self.assertRaises(AccessError):
                index.write({name: "https://example.com"})
        self.assertNotIn("fetch_token", index.read()[0])
        wizard = (
            self.env["ev.price.index.fetch"]
            .with_user(admin)
            .create({"index_id": index.id, "date_from": "2026-03-02", "date_to": "2026-03-02"})
        )
        self.assertIn("1 values added", wizard.action_fetch()["params"]["message"])
        self.assertFalse(self.index.copy({"code": "COPY"}).fetch_token)

    def make_user(self, login, groups):
        return self.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [(6, 0, [self.env.ref(groups).id])],
                "company_id": self.company.id,
                "company_ids": [(6, 0, self.company.ids)],
            }
        )

    def test_addresses_that_would_give_the_token_away_are_refused(self):
        for url in (
            "http://example.com/api",
            "ftp://example.com",
            "example.com/api",
            "https://",
            "https://me:secret@example.com/api",
            "https://example.com/api?securityToken=x",
            "https://[",
        ):
            with self.subTest(url=url), self.assertRaisesRegex(UserError, "begins with https"):
                self.index.fetch_url = url
        self.index.fetch_url = "https://example.com/api"
        with self.assertRaisesRegex(UserError, "1 to 300"):
            self.index.fetch_timeout = 0

    def test_without_address_or_token_nothing_is_fetched(self):
        with self.assertRaisesRegex(UserError, "address or its token is not set"):
            self.fetch()


def _stall(handler):
    handler.connection.settimeout(8)
    with suppress(OSError):
        handler.connection.recv(1)  # until the client hangs up


def _drip(handler):
    handler.send_response(200)
    handler.end_headers()
    handler.connection.settimeout(0.2)
    with suppress(OSError):
        for _second in range(40):
            handler.wfile.write(b" ")
            with suppress(TimeoutError):
                handler.connection.recv(1)
