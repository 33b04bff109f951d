from psycopg2 import IntegrityError

from odoo.exceptions import UserError
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
