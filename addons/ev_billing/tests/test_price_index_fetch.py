import logging
import time
from contextlib import suppress
from unittest.mock import patch

import requests
from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import ev_price_index_download as downloads
from .price_index_common import PriceIndexCommon, at, quarters
from .price_index_server import ACKNOWLEDGEMENT, TOKEN, ZONE, PriceServer, document, series

SEND = requests.Session.send
DAY = "2026-03-01 23:00"  # 2 March 2026 in Belgium
START, END = at(DAY), at(DAY) + 86400


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
        self.failing("did not answer within 1 seconds")

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


@tagged("post_install", "-at_install")
class TestPriceIndexCron(FetchCase):
    """Every day by itself: each index apart, failures told to who is responsible."""

    def setUp(self):
        super().setUp()
        self.env["ev.price.index"].search([("id", "!=", self.index.id)]).write({"active": False})

    def run_job(self, again=True):
        if again:
            self.env["ev.price.index"].search([]).fetch_scheduled_at = False
        # commits and rollbacks of the job stay inside this test
        with mute_logger("odoo.addons.ev_billing.models.ev_price_index_fetch"), self.enter_registry_test_mode():
            self.env.ref("ev_billing.ev_price_index_cron_fetch").method_direct_trigger()

    @freeze_time("2026-03-02 15:00:00")
    def test_asks_from_the_first_gap_to_the_end_of_tomorrow(self):
        self.index._store_values(
            [value for value in quarters("2026-01-20 23:00", *["5"] * 96 * 50) if value[0] != at("2026-02-10 12:00")],
            "test",
        )
        self.assertEqual(self.index._get_fetch_span(), (at("2026-02-09 23:00"), at("2026-03-03 23:00")))
        self.index._store_values(quarters("2026-02-10 12:00", "5"), "test")
        self.assertEqual(self.index._get_fetch_span(), (at("2026-02-27 23:00"), at("2026-03-03 23:00")))

    def test_one_that_fails_does_not_stop_the_others(self):
        good = self.serve((200, document(series(DAY, ["1"]))))
        bad = PriceServer((401, b""))
        self.addCleanup(bad.close)
        broken = self.index.copy({"code": "T-BROKEN", "name": "Broken", "user_id": self.env.ref("base.user_admin").id})
        broken.write({"fetch_url": bad.url, "fetch_token": TOKEN, "last_fetch_at": False})
        self.run_job()
        self.assertTrue(good.queries and bad.queries)
        self.assertEqual(len(self.rows()), 1)
        self.assertFalse(self.index.last_fetch_error)
        self.assertIn("token was refused", broken.last_fetch_error)
        self.assertIn("token was refused", broken.message_ids[0].body)
        self.assertEqual(broken.activity_ids.user_id, self.env.ref("base.user_admin"))
        self.run_job()
        self.assertEqual(len(broken.activity_ids), 1, "one reminder is enough")

    def test_a_run_that_was_cut_short_goes_on_with_the_rest(self):
        server = self.serve((200, document(series(DAY, ["1"]))))
        other = self.index.copy({"code": "T-OTHER", "name": "Other"})
        other.write({"fetch_url": server.url, "fetch_token": TOKEN})
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=0):
            self.env["ev.price.index"]._cron_fetch()  # out of time after the first
        self.assertEqual([bool(index.last_fetch_at) for index in (self.index, other)], [True, False])
        asked = len(server.queries)
        self.run_job(again=False)
        self.assertTrue(other.last_fetch_at)
        self.assertEqual(len(server.queries), 2 * asked)
        self.run_job(again=False)
        self.assertEqual(len(server.queries), 2 * asked, "once a day each")

    def test_an_error_nobody_thought_of_does_not_stop_the_job(self):
        self.serve((200, document(series(DAY, ["1"]))))
        with patch.object(type(self.index), "_store_values", side_effect=RuntimeError(f"at {TOKEN}")):
            self.run_job()
        self.assertIn("RuntimeError", self.index.last_fetch_error)
        self.assertNotIn(TOKEN, self.index.last_fetch_error)
        self.run_job()
        self.assertFalse(self.index.last_fetch_error)
        self.assertEqual(len(self.rows()), 1)


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
