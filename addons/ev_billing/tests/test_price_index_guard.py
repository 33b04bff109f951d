from contextlib import closing

import psycopg2

from odoo import SUPERUSER_ID, api, sql_db
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import mute_logger

from .price_index_common import PriceIndexCommon, at, quarters

COLUMNS = "index_id, date_start, date_end, price, state, user_id, recorded_at, revision_from"


@tagged("post_install", "-at_install")
class TestPriceIndexGuard(PriceIndexCommon):
    """The database itself refuses to rewrite what was known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.index._store_values(quarters("2026-01-01 00:00", "80", "81", final=False), "test")
        cls.index._store_values(quarters("2026-01-01 00:00", "82"), "test")

    def refused(self, query, *params):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError) as caught,
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute(query, params)
        return str(caught.exception)

    def test_rows_are_neither_changed_nor_deleted(self):
        for query in (
            "UPDATE ev_price_index_value SET price = 1 WHERE index_id = %s",
            "UPDATE ev_price_index_value SET state = 'final' WHERE index_id = %s",
            "UPDATE ev_price_index_value SET revision_to = NULL WHERE index_id = %s AND revision_to IS NOT NULL",
            "UPDATE ev_price_index_value SET revision_to = 9 WHERE index_id = %s AND revision_to IS NOT NULL",
            "UPDATE ev_price_index_value SET revision_to = 9, price = 1 WHERE index_id = %s AND revision_to IS NULL",
            "DELETE FROM ev_price_index_value WHERE index_id = %s",
        ):
            with self.subTest(query=query):
                self.assertIn("kept as they are", self.refused(query, self.index.id))
        self.assertIn("kept as they are", self.refused("TRUNCATE ev_price_index_value"))

    def test_rows_are_closed_once(self):
        self.env.cr.execute(
            "UPDATE ev_price_index_value SET revision_to = 3 WHERE index_id = %s AND revision_to IS NULL",
            [self.index.id],
        )
        self.assertEqual(self.env.cr.rowcount, 2)

    def insert(self, start, end, revision_to="NULL"):
        return f"""INSERT INTO ev_price_index_value ({COLUMNS}, revision_to)
                   VALUES ({self.index.id}, '{start}', '{end}', 1, 'final', 1, now(), 1, {revision_to})"""

    def test_current_rows_do_not_overlap(self):
        for start, end in (
            ("2026-01-01 00:05", "2026-01-01 00:10"),
            ("2025-12-31 23:00", "2026-01-01 00:01"),
            ("2025-12-01 00:00", "2026-12-01 00:00"),
        ):
            with self.subTest(start=start):
                self.assertIn("overlaps the one from", self.refused(self.insert(start, end)))
        self.assertIn("current_uniq", self.refused(self.insert("2026-01-01 00:00", "2026-01-01 00:05")))

    def test_rows_come_in_current_and_last_a_year_at_most(self):
        message = self.refused(self.insert("2027-01-01 00:00", "2027-01-01 00:15", 2))
        self.assertIn("current when it is added", message)
        self.assertIn("a year at most", self.refused(self.insert("2027-01-01 00:00", "2028-02-01 00:00")))

    def test_a_revision_does_not_go_back(self):
        message = self.refused("UPDATE ev_price_index SET revision = 1 WHERE id = %s", self.index.id)
        self.assertIn("cannot go back", message)

    def test_an_index_with_values_stays(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.IntegrityError), self.env.cr.savepoint(flush=False):
            self.env.cr.execute("DELETE FROM ev_price_index WHERE id = %s", [self.index.id])


@tagged("post_install", "-at_install")
class TestPriceIndexConcurrency(BaseCase):
    """Two imports of one index at once, on real connections: nothing is stored twice.

    The values are committed for real and cannot be deleted, so the guard is taken off to clean up.
    """

    BATCH = quarters("2026-01-01 00:00", "80", "81")

    def setUp(self):
        super().setUp()
        self.index_id = self.commit(
            lambda env: env["ev.price.index"].create({"name": "Concurrent", "code": "T-CONCURRENT"}).id
        )
        self.addCleanup(self.commit, self._remove)

    def open(self):
        return closing(sql_db.db_connect(get_db_name()).cursor())

    def commit(self, work):
        with self.open() as cursor:
            result = work(api.Environment(cursor, SUPERUSER_ID, {}))
            cursor.commit()
            return result

    def _remove(self, env):
        env.cr.execute("ALTER TABLE ev_price_index_value DISABLE TRIGGER USER")
        env.cr.execute("DELETE FROM ev_price_index_value WHERE index_id = %s", [self.index_id])
        env.cr.execute("ALTER TABLE ev_price_index_value ENABLE TRIGGER USER")
        env.cr.execute("DELETE FROM mail_message WHERE model = 'ev.price.index' AND res_id = %s", [self.index_id])
        env.cr.execute("DELETE FROM ev_price_index WHERE id = %s", [self.index_id])

    def _store(self, env):
        return env["ev.price.index"].browse(self.index_id)._store_values(self.BATCH, "test")

    def _count(self, env):
        index = env["ev.price.index"].browse(self.index_id)
        return index.revision, len(index.value_ids)

    @mute_logger("odoo.sql_db")
    def test_the_second_import_waits_for_the_first_and_starts_again(self):
        with self.open() as first, self.open() as second:
            self._store(api.Environment(first, SUPERUSER_ID, {}))
            second.execute("SET LOCAL lock_timeout = '300ms'")
            with self.assertRaises(psycopg2.errors.LockNotAvailable):
                self._store(api.Environment(second, SUPERUSER_ID, {}))
            second.rollback()
            first.commit()
        self.assertEqual(self.commit(self._store), (0, 0, 2, ()))
        self.assertEqual(self.commit(self._count), (1, 2))

    @mute_logger("odoo.sql_db")
    def test_an_import_that_began_before_another_ended_is_sent_back_to_be_retried(self):
        with self.open() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(self._count(env), (0, 0))  # its view of the world is taken here
            self.commit(self._store)
            # a serialization failure is what Odoo's HTTP layer retries on a fresh view
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._store(env)
            late.rollback()
        self.assertEqual(self.commit(self._count), (1, 2))
        self.assertEqual(
            self.commit(
                lambda env: (
                    env["ev.price.index"]
                    .browse(self.index_id)
                    ._get_gaps(at("2026-01-01 00:00"), at("2026-01-01 00:30"))
                )
            ),
            [],
        )

    @mute_logger("odoo.sql_db")
    def test_an_import_that_does_not_know_of_a_new_mean_starts_again(self):
        mean = {
            "name": "Mean",
            "code": "T-CONCURRENT-M",
            "source": "derived",
            "clock": "ex_post",
            "derived_method": "monthly_mean",
            "derived_from_id": self.index_id,
        }
        with self.open() as late:
            env = api.Environment(late, SUPERUSER_ID, {})
            self.assertEqual(self._count(env), (0, 0))
            mean_id = self.commit(lambda env: env["ev.price.index"].create(mean).id)
            self.addCleanup(self.commit, lambda env: env["ev.price.index"].browse(mean_id).unlink())
            with self.assertRaises(psycopg2.errors.SerializationFailure):
                self._store(env)
            late.rollback()
