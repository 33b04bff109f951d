import random
import time
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .price_index_common import PriceIndexCommon, at, quarters


@tagged("post_install", "-at_install")
class TestPriceIndexStore(PriceIndexCommon):
    """Values come in batches, one revision each, and none is ever overwritten."""

    def test_a_batch_is_one_revision(self):
        result = self.store(quarters("2026-01-01 00:00", "87.40", "-3.25", "0"))
        self.assertEqual(result, (3, 0, 0, ()))
        self.assertEqual(self.index.revision, 1)
        self.assertEqual(
            self.rows(),
            [
                ("2026-01-01 00:00", "87.400000", "final", 1, None),
                ("2026-01-01 00:15", "-3.250000", "final", 1, None),
                ("2026-01-01 00:30", "0.000000", "final", 1, None),
            ],
        )

    def test_the_same_batch_twice_changes_nothing(self):
        batch = quarters("2026-01-01 00:00", "87.40", "88")
        self.store(batch)
        self.assertEqual(self.store(batch), (0, 0, 2, ()))
        self.assertEqual(self.index.revision, 1)
        self.assertEqual(len(self.rows()), 2)

    def test_order_and_repetition_within_a_batch_do_not_matter(self):
        batch = quarters("2026-01-01 00:00", "1", "2", "3")
        self.assertEqual(self.store([*batch[::-1], batch[1]]), (3, 0, 0, ()))

    def test_no_values_are_no_revision(self):
        self.assertEqual(self.store([]), (0, 0, 0, ()))
        self.assertEqual(self.index.revision, 0)

    def test_a_provisional_value_is_replaced_and_its_history_stays(self):
        self.store(quarters("2026-01-01 00:00", "80", "81", final=False))
        result = self.store(quarters("2026-01-01 00:00", "80", "82"))
        self.assertEqual(result, (0, 2, 0, ()))
        self.assertEqual(
            self.rows(),
            [
                ("2026-01-01 00:00", "80.000000", "provisional", 1, 2),
                ("2026-01-01 00:00", "80.000000", "final", 2, None),
                ("2026-01-01 00:15", "81.000000", "provisional", 1, 2),
                ("2026-01-01 00:15", "82.000000", "final", 2, None),
            ],
        )

    def test_a_final_value_is_not_replaced_by_a_provisional_one(self):
        self.store(quarters("2026-01-01 00:00", "80", "81"))
        result = self.store(quarters("2026-01-01 00:00", "79", "81", "90", final=False))
        self.assertEqual(result[:3], (1, 0, 0))
        self.assertEqual(
            result.refused,
            (
                "2026-01-01 01:00 +01:00 to 2026-01-01 01:30 +01:00 is final already: 2 provisional values are not taken.",
            ),
        )
        self.assertEqual(self.prices()["2026-01-01 00:00"], ("80.000000", "final"))

    def test_a_final_value_is_replaced_only_as_a_correction_with_a_reason(self):
        self.store(quarters("2026-01-01 00:00", "80", "81"))
        other = quarters("2026-01-01 00:00", "80.5", "81")
        result = self.store(other)
        self.assertEqual(result[:3], (0, 0, 1))
        self.assertIn("is final at 80.00; 80.50 is not taken", result.refused[0])
        self.assertEqual(self.index.revision, 1)
        for reason in (None, "", "  "):
            with self.assertRaisesRegex(UserError, "takes a reason"):
                self.store(other, allow_correction=True, reason=reason)
        self.assertEqual(self.store(other, allow_correction=True, reason="republished"), (0, 1, 1, ()))
        value = self.index.value_ids.filtered(lambda value: value.price == 80.5)
        self.assertEqual((value.reason, value.user_id, value.revision_from), ("republished", self.env.user, 2))
        self.assertIn("republished", self.index.message_ids[0].body)

    def test_a_correction_does_not_make_a_final_value_provisional(self):
        self.store(quarters("2026-01-01 00:00", "80"))
        result = self.store(quarters("2026-01-01 00:00", "79", final=False), allow_correction=True, reason="x")
        self.assertEqual(result[:3], (0, 0, 0))
        self.assertEqual(len(result.refused), 1)

    def test_contradictions_within_a_batch_are_named(self):
        batch = quarters("2026-01-01 00:00", "1", "2")
        with self.assertRaisesRegex(UserError, r"2026-01-01 01:00 \+01:00 to .* is given twice: 1.00 and 9.00"):
            self.store([*batch, (batch[0][0], batch[0][1], Decimal(9), True)])
        with self.assertRaisesRegex(UserError, "overlaps"):
            self.store([*batch, (batch[0][0], batch[0][0] + 3600, Decimal(9), True)])
        self.assertEqual(self.rows(), [])

    def test_values_that_are_there_are_not_overlapped(self):
        self.store(quarters("2026-01-01 00:00", "1"))
        with self.assertRaisesRegex(UserError, "which has a value of another length"):
            self.store([(at("2026-01-01 00:00"), at("2026-01-01 01:00"), Decimal(1), True)])

    def test_an_index_of_quarter_hours_takes_hours_of_before(self):
        hour = (at("2025-09-30 20:00"), at("2025-09-30 21:00"), Decimal(50), True)
        self.assertEqual(self.store([hour, *quarters("2025-09-30 22:00", "51")]).added, 2)

    def test_values_that_are_no_step_of_the_index_are_refused(self):
        day = at("2026-01-01 00:00")
        month = self.make_index("Month", "T-MONTH", clock="ex_ante", resolution="month")
        hourly = self.make_index("Hourly", "T-HOUR", resolution="hour")
        for index, start, end in (
            (self.index, day, day + 600),
            (self.index, day + 60, day + 960),
            (self.index, day, day + 86400),
            (hourly, day, day + 900),
            # January in Belgium begins at 23:00 UTC
            (month, day, at("2026-02-01 00:00")),
        ):
            with self.subTest(index=index.name), self.assertRaisesRegex(UserError, "is not one step of the index"):
                self.store([(start, end, Decimal(1), True)], index=index)
        self.store([(at("2025-12-31 23:00"), at("2026-01-31 23:00"), Decimal(1), True)], index=month)

    def test_prices_that_are_not_exact_are_refused(self):
        day = at("2026-01-01 00:00")
        for price in (87.4, "87.4", Decimal("0.1234567"), Decimal("NaN"), Decimal("Infinity"), Decimal(10**10)):
            with self.subTest(price=price), self.assertRaises(UserError):
                self.store([(day, day + 900, price, True)])
        for start, end in ((day, day), (day + 900, day), (0, 900), (4102444800, 4102445700)):
            with self.subTest(start=start), self.assertRaises(UserError):
                self.store([(start, end, Decimal(1), True)])

    def test_days_of_the_clock_changes_have_92_and_100_quarters(self):
        for start, count in (("2026-03-28 23:00", 92), ("2026-10-24 22:00", 100)):
            with self.subTest(day=start):
                self.assertEqual(self.store(quarters(start, *["50"] * count)).added, count)
        self.assertEqual(self.index._get_gaps(at("2026-10-24 22:00"), at("2026-10-25 23:00")), [])

    # ------------------------------------------------------------------ reading

    def test_series_is_exact_and_clipped_to_what_touches(self):
        self.store(quarters("2026-01-01 00:00", "87.400001", "-3.25", "1"))
        series = self.index._get_series(at("2026-01-01 00:10"), at("2026-01-01 00:30"))
        self.assertEqual((series.key, series.name), (self.index.id, "Day-ahead BE"))
        self.assertEqual(series.micros, (87_400_001, -3_250_000))
        self.assertEqual(series.find(at("2026-01-01 00:15")), (-3_250_000, True))
        self.assertIsNone(series.find(at("2026-01-01 00:30")))

    def test_series_of_an_earlier_revision_is_what_was_known_then(self):
        start, end = at("2026-01-01 00:00"), at("2026-01-02 00:00")
        self.store(quarters("2026-01-01 00:00", "80", "81", final=False))
        self.store(quarters("2026-01-01 00:00", "82"))
        self.store(quarters("2026-01-01 00:30", "90"))
        known = [self.index._get_series(start, end, revision).micros for revision in range(4)]
        self.assertEqual(
            known, [(), (80_000_000, 81_000_000), (82_000_000, 81_000_000), (82_000_000, 81_000_000, 90_000_000)]
        )
        self.assertEqual(self.index._get_series(start, end).micros, known[3])
        self.assertEqual(self.index._get_series(start, end, 1).finals, (False, False))
        with self.assertRaisesRegex(UserError, "no revision 4"):
            self.index._get_series(start, end, 4)

    def test_every_revision_can_be_read_again_whatever_came_after(self):
        """Sixty random batches against a plain dictionary that follows the rules in words."""
        chance, start = random.Random(20260301), at("2026-01-01 00:00")
        known, revisions = {}, [{}]
        for _batch in range(60):
            slots = chance.sample(range(12), chance.randint(1, 6))
            batch = {slot: (chance.choice((10, 20, -5)), chance.random() < 0.4) for slot in slots}
            correct = chance.random() < 0.3
            result = self.store(
                [
                    (start + slot * 900, start + slot * 900 + 900, Decimal(price), final)
                    for slot, (price, final) in batch.items()
                ],
                allow_correction=correct,
                reason="chance" if correct else None,
            )
            after = dict(known)
            for slot, value in batch.items():
                if slot not in known or not known[slot][1] or (correct and value[1]):
                    after[slot] = value
            self.assertEqual(result.added, len(after) - len(known))
            self.assertEqual(result.changed, sum(after[slot] != value for slot, value in known.items()))
            if after != known:
                revisions.append(after)
            known = after
        self.assertEqual(self.index.revision, len(revisions) - 1)
        self.assertGreater(len(revisions), 20)
        for revision, values in enumerate(revisions):
            series = self.index._get_series(start, start + 12 * 900, revision)
            found = {
                (begin - start) // 900: (micro // 10**6, final)
                for begin, micro, final in zip(series.starts, series.micros, series.finals, strict=True)
            }
            self.assertEqual(found, values, f"revision {revision}")

    def test_gaps(self):
        self.store(quarters("2026-01-01 00:00", "1", "2"))
        self.store(quarters("2026-01-01 01:00", "3"))
        start = at("2026-01-01 00:00")
        self.assertEqual(
            self.index._get_gaps(start - 900, start + 3600 + 1800),
            [(start - 900, start), (start + 1800, start + 3600), (start + 4500, start + 5400)],
        )

    def test_a_year_of_quarter_hours_takes_seconds(self):
        batch = quarters("2024-01-01 00:00", *[str(number % 300 - 50) for number in range(366 * 96)])  # a leap year
        began = time.monotonic()
        self.assertEqual(self.store(batch).added, 35136)
        self.assertEqual(self.store(batch), (0, 0, 35136, ()))
        series = self.index._get_series(at("2024-01-01 00:00"), at("2025-01-01 00:00"))
        self.assertEqual(len(series), 35136)
        self.assertEqual(self.index._get_gaps(at("2024-02-29 00:00"), at("2024-03-01 00:00")), [])
        changed = [(start, end, price + 1, final) for start, end, price, final in batch]
        self.store(changed, allow_correction=True, reason="all of it")
        # two seconds on a slow machine; a row at a time would take minutes
        self.assertLess(time.monotonic() - began, 30)

    # ---------------------------------------------------------------------- ORM

    def test_values_are_not_written_by_the_orm_not_even_as_superuser(self):
        self.store(quarters("2026-01-01 00:00", "80"))
        value = self.index.value_ids.sudo()
        for act in (
            lambda: value.write({"price": 1}),
            lambda: value.unlink(),
            lambda: value.copy(),
            lambda: self.env["ev.price.index.value"].sudo().create({"index_id": self.index.id, "price": 1}),
            lambda: self.index.write({"value_ids": [(5, 0, 0)]}),
            lambda: self.index.write({"revision": 0}),
            lambda: self.make_index("X", "X", revision=4),
            lambda: self.index.unlink(),
        ):
            with self.assertRaises(UserError):
                act()

    def test_what_values_mean_does_not_change_under_them(self):
        other = self.make_company("EV Other Operator")
        changes = [
            {"unit": "kwh"},
            {"currency_id": self.env.ref("base.USD").id},
            {"resolution": "hour"},
            {"tz": "Europe/Lisbon"},
            {"company_id": other.id},
            {"source": "derived"},
        ]
        self.store(quarters("2026-01-01 00:00", "80"))
        for values in changes:
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "has values"):
                self.index.write(values)
        self.index.write({"name": "Renamed", "company_id": False, "source": "manual"})
        self.assertEqual(self.index.copy().revision, 0)

    def test_superseded_values_are_found(self):
        self.store(quarters("2026-01-01 00:00", "80", "81", final=False))
        self.store(quarters("2026-01-01 00:00", "82"))
        values = self.env["ev.price.index.value"]
        mine = [("index_id", "=", self.index.id)]
        self.assertEqual(values.search([*mine, ("superseded", "=", True)]).mapped("price"), [80.0])
        self.assertEqual(sorted(values.search([*mine, ("superseded", "=", False)]).mapped("price")), [81.0, 82.0])
        self.assertEqual(len(values.search([*mine, ("revision_to", "=", False)])), 2)

    def test_fields_that_contradict_each_other_are_refused(self):
        for values, words in (
            ({"clock": "interval", "resolution": "month"}, "15 or 60 minutes"),
            ({"clock": "ex_post", "resolution": "hour"}, "15 or 60 minutes"),
            ({"currency_id": False}, "needs its currency"),
            ({"source": "entsoe"}, "bidding zone"),
            ({"source": "entsoe", "bidding_zone": "10YBE"}, "bidding zone"),
            ({"source": "entsoe", "bidding_zone": "10YBE----------2", "unit": "kwh"}, "per MWh"),
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self.make_index("Odd", "T-ODD", **values)
        self.make_index("Points", "T-POINTS", unit="points", currency_id=False)

    @mute_logger("odoo.sql_db")
    def test_code_is_unique_per_company(self):
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            self.make_index("Twice", "T-BE")
        self.make_index("Shared", "T-BE", company_id=False)

    def test_source_text_cannot_break_the_bulk_load(self):
        self.store(quarters("2026-01-01 00:00", "80"), source="a\tb\nc\\N")
        [(source,)] = self.env.execute_query(
            SQL("SELECT source FROM ev_price_index_value WHERE index_id = %s", self.index.id)
        )
        self.assertEqual(source, "a b c/N")
