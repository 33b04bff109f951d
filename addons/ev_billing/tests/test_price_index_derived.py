import time
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .price_index_common import PriceIndexCommon, at, quarters

DAY = 86400


def fill(first, last, price, final=True):
    """One price for every quarter-hour from ``first`` to ``last`` (UTC)."""
    return [(start, start + 900, Decimal(price), final) for start in range(at(first), at(last), 900)]


@tagged("post_install", "-at_install")
class TestPriceIndexDerived(PriceIndexCommon):
    """Monthly and quarterly means follow the values they are worked out from."""

    def test_monthly_mean_is_provisional_until_the_month_is_whole_and_final(self):
        mean = self.make_mean(self.index)
        self.assertEqual((mean.resolution, mean.clock), ("month", "ex_post"))
        # February 2026 in Belgium: 28 days from 31 January 23:00 UTC
        self.store(fill("2026-01-31 23:00", "2026-02-14 23:00", "50"))
        self.assertEqual(self.prices(mean), {"2026-01-31 23:00": ("50.000000", "provisional")})
        self.store(fill("2026-02-14 23:00", "2026-02-28 23:00", "60", final=False))
        self.assertEqual(self.prices(mean), {"2026-01-31 23:00": ("55.000000", "provisional")})
        self.store(fill("2026-02-14 23:00", "2026-02-28 23:00", "61"))
        self.assertEqual(self.prices(mean), {"2026-01-31 23:00": ("55.500000", "final")})
        self.assertEqual([row[3:] for row in self.rows(mean)], [(1, 2), (2, 3), (3, None)])
        self.assertIn("T-BE", mean.value_ids[0].source)

    def test_a_correction_reaches_the_mean(self):
        mean = self.make_mean(self.index)
        self.store(fill("2026-01-31 23:00", "2026-02-28 23:00", "50"))
        # 2,688 quarter-hours; one of them 26.88 dearer: the mean rises by 0.01
        self.store(quarters("2026-02-10 12:00", "76.88"), allow_correction=True, reason="republished")
        self.assertEqual(self.prices(mean)["2026-01-31 23:00"], ("50.010000", "final"))

    def test_what_is_there_already_is_worked_out_at_once(self):
        self.store(fill("2026-01-31 23:00", "2026-03-05 23:00", "50"))
        mean = self.make_mean(self.index)
        self.assertEqual(
            self.prices(mean),
            {"2026-01-31 23:00": ("50.000000", "final"), "2026-02-28 23:00": ("50.000000", "provisional")},
        )

    def test_quarterly_mean_of_a_monthly_mean_weighs_by_time(self):
        month = self.make_index("Month", "T-M", clock="ex_post", resolution="month")
        quarter = self.make_mean(month, "T-Q", "quarterly_mean")
        january, february, march, april = (
            at("2025-12-31 23:00"),
            at("2026-01-31 23:00"),
            at("2026-02-28 23:00"),
            at("2026-03-31 22:00"),
        )
        self.store(
            [
                (january, february, Decimal(10), True),
                (february, march, Decimal(20), True),
                (march, april, Decimal(30), True),
            ],
            index=month,
        )
        # 744 h at 10, 672 h at 20, 743 h at 30 (the clock skips one): 43,170 / 2,159 = 19.995368...
        self.assertEqual(self.prices(quarter), {"2025-12-31 23:00": ("19.995368", "final")})

    def test_changes_go_down_the_chain(self):
        month = self.make_mean(self.index)
        quarter = self.make_mean(month, "T-Q", "quarterly_mean")
        self.store(fill("2025-12-31 23:00", "2026-01-31 23:00", "50"))
        self.assertEqual(self.prices(quarter), {"2025-12-31 23:00": ("50.000000", "provisional")})

    def test_a_year_reaches_its_means_in_seconds(self):
        month = self.make_mean(self.index)
        quarter = self.make_mean(month, "T-Q", "quarterly_mean")
        began = time.monotonic()
        self.store(fill("2025-12-31 23:00", "2026-12-31 23:00", "50"))
        self.assertEqual((len(self.prices(month)), len(self.prices(quarter))), (12, 4))
        self.assertEqual({state for _price, state in self.prices(quarter).values()}, {"final"})
        self.assertLess(time.monotonic() - began, 20)

    def test_nothing_below_changes_when_nothing_changed(self):
        mean = self.make_mean(self.index)
        batch = fill("2026-01-31 23:00", "2026-02-02 23:00", "50")
        self.store(batch)
        self.store(batch)
        self.assertEqual(mean.revision, 1)

    def test_an_index_cannot_be_worked_out_from_itself(self):
        month = self.make_mean(self.index)
        quarter = self.make_mean(month, "T-Q", "quarterly_mean")
        with self.assertRaisesRegex(UserError, "would be worked out from itself: .* → .* → "):
            month.write({"derived_from_id": quarter.id})
        with self.assertRaisesRegex(UserError, "would be worked out from itself"):
            month.write({"derived_from_id": month.id})

    def test_means_are_of_something_finer_in_the_same_money(self):
        month = self.make_mean(self.index)
        for values, words in (
            ({"derived_from_id": month.id}, "not finer"),
            ({"currency_id": self.env.ref("base.USD").id}, "currency and the unit"),
            ({"unit": "kwh"}, "currency and the unit"),
            ({"resolution": "quarter"}, "for each month"),
            ({"clock": "ex_ante"}, "Ex post"),
            ({"derived_from_id": False}, "from which one"),
            ({"company_id": False}, "must belong to"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self.make_mean(self.index, "T-ODD", **values)

    def test_form_fills_in_what_follows_from_the_base(self):
        self.index.tz = "Europe/Lisbon"
        with Form(self.env["ev.price.index"]) as form:
            form.name, form.code = "Mean", "T-FORM"
            form.source = "derived"
            form.derived_method = "quarterly_mean"
            form.derived_from_id = self.index
        mean = form.record
        self.assertEqual((mean.clock, mean.resolution, mean.tz), ("ex_post", "quarter", "Europe/Lisbon"))
        self.assertEqual((mean.company_id, mean.currency_id), (self.company, self.index.currency_id))

    def test_people_do_not_enter_values_of_a_mean(self):
        mean = self.make_mean(self.index)
        with self.assertRaisesRegex(UserError, "change the values there"):
            mean._check_editable()
