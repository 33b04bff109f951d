from datetime import date

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestSiteAndToken(EvCpmsCommon):
    def test_host_is_the_latest_not_after_the_day(self):
        other = self.env["res.partner"].create({"name": "New Owner"})
        self.site.host_ids = [
            (0, 0, {"partner_id": other.id, "date_from": "2026-07-01"}),
            (0, 0, {"partner_id": False, "date_from": "2026-09-01"}),
        ]
        for day, host in (
            (date(2019, 12, 31), self.env["res.partner"]),
            (date(2020, 1, 1), self.host),
            (date(2026, 6, 30), self.host),
            (date(2026, 7, 1), other),
            (date(2026, 9, 1), self.env["res.partner"]),
        ):
            with self.subTest(day=day):
                self.assertEqual(self.site._host_at(day), host)

    def test_search_by_todays_host(self):
        former = self.env["res.partner"].create({"name": "Former"})
        self.site.host_ids = [(0, 0, {"partner_id": former.id, "date_from": "2019-01-01"})]
        sites = self.env["ev.site"]
        self.assertIn(self.site, sites.search([("host_id", "=", self.host.id)]))
        self.assertNotIn(self.site, sites.search([("host_id", "=", former.id)]))
        self.assertIn(self.make_site("Empty"), sites.search([("host_id", "=", False)]))

    def test_one_host_row_a_day(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.site.host_ids = [(0, 0, {"partner_id": self.host.id, "date_from": "2020-01-01"})]

    def test_token_uid_is_unique_without_case(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.make_token("04test01", "local")
        with self.assertRaisesRegex(ValidationError, "remove the spaces"):
            self.make_token(" 04X ", "local")

    def test_station_identity_must_fit_a_url(self):
        for identity in ("A/B", "A:B", " A"):
            with self.subTest(identity=identity), self.assertRaisesRegex(ValidationError, "part of a URL"):
                self.make_station(identity, self.site)

    def test_service_period_end_is_exclusive(self):
        self.ac.write({"date_commissioned": "2026-03-01", "date_decommissioned": "2026-03-31"})
        self.assertFalse(self.ac._is_commissioned_at(date(2026, 2, 28)))
        self.assertTrue(self.ac._is_commissioned_at(date(2026, 3, 1)))
        self.assertTrue(self.ac._is_commissioned_at(date(2026, 3, 30)))
        self.assertFalse(self.ac._is_commissioned_at(date(2026, 3, 31)))
