from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestImmutability(EvCpmsCommon):
    def setUp(self):
        super().setUp()
        self.cdr = self.make_cdr()

    def test_orm_refuses_even_as_superuser(self):
        for call in (
            lambda: self.cdr.sudo().write({"energy_wh": 1}),
            lambda: self.cdr.sudo().unlink(),
            lambda: self.cdr.sudo().copy(),
        ):
            with self.assertRaises(UserError):
                call()

    def test_database_refuses(self):
        for query in (
            "UPDATE ev_cdr SET energy_wh = energy_wh + 1 WHERE id = %s",
            "UPDATE ev_cdr SET flags = NULL, stop_reason = 'x' WHERE id = %s",
            "UPDATE ev_cdr SET token_uid = NULL WHERE id = %s",
            "DELETE FROM ev_cdr WHERE id = %s",
            "TRUNCATE ev_cdr CASCADE -- %s",
        ):
            with (
                self.subTest(query=query),
                mute_logger("odoo.sql_db"),
                self.assertRaisesRegex(IntegrityError, "A CDR is a fact"),
                self.cr.savepoint(),
            ):
                self.cr.execute(query, [self.cdr.id])

    def test_database_refuses_an_erasure_nobody_recorded(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.cr.execute("SELECT set_config('ev_cpms.erasure', '999999999', true)")
            self.cr.execute("UPDATE ev_cdr SET token_uid = NULL, token_id = NULL WHERE id = %s", [self.cdr.id])

    def test_what_a_session_stands_on_cannot_be_deleted(self):
        for record in (self.ac, self.ac.evse_ids[0], self.badge, self.site):
            with (
                self.subTest(record=record),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.cr.savepoint(),
            ):
                record.unlink()

    def test_power_type_of_a_used_evse_stands(self):
        with self.assertRaisesRegex(UserError, "already has sessions"):
            self.ac.evse_ids[0].power_type = "dc"
        self.ac.evse_ids[1].power_type = "dc"  # never used: free to correct
        self.assertEqual(self.ac.power_type, "dc")

    def test_number_and_station_of_a_used_evse_stand(self):
        for values in ({"number": 9}, {"station_id": self.dc.id}):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "already has sessions"):
                self.ac.evse_ids[0].write(values)
        self.ac.evse_ids[0].write({"number": 1, "max_power_kw": 11})  # what does not change is no change

    def test_a_station_with_a_past_does_not_move(self):
        elsewhere = self.make_site("Elsewhere")
        with self.assertRaisesRegex(UserError, "register the identity anew"):
            self.ac.site_id = elsewhere
        self.dc.site_id = elsewhere  # no session yet: free to correct
        self.ac.write({"site_id": self.site.id, "name": "Left of the door"})

    def test_the_timezone_of_a_site_with_sessions_stands(self):
        with self.assertRaisesRegex(UserError, "put into months by its timezone"):
            self.site.tz = "Europe/London"
        self.make_site("Empty Site").tz = "Europe/London"

    def test_a_station_is_archived_with_its_last_day(self):
        with self.assertRaisesRegex(ValidationError, "the day it was decommissioned"):
            self.ac.active = False
        self.ac.write({"active": False, "date_decommissioned": "2026-04-01"})

    def test_hosts_of_billed_days_stand(self):
        other = self.env["res.partner"].create({"name": "Other Host"})
        site_class = type(self.env["ev.site"])
        with patch.object(site_class, "_get_billed_until", lambda site: date(2026, 3, 31)):
            with self.assertRaisesRegex(UserError, "billed until 2026-03-31"):
                self.site.host_ids = [(0, 0, {"partner_id": other.id, "date_from": "2026-03-31"})]
            for change in (lambda: self.site.host_ids.write({"partner_id": other.id}), self.site.host_ids.unlink):
                with self.assertRaisesRegex(UserError, "billed until 2026-03-31"):
                    change()
            self.site.host_ids = [(0, 0, {"partner_id": other.id, "date_from": "2026-04-01"})]
