from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .price_index_common import at, quarters
from .price_index_server import DAY, TOKEN, FetchCase, PriceServer, document, series


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
