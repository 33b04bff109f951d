from decimal import Decimal

from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestPeriods(EvBillingCommon):
    """A session belongs to the month in which it ends on its site's clock, and keeps the price it started with."""

    def sessions(self, year, month, contract):
        return set(self.prepare(year, month, contract).charge_ids.cdr_id.mapped("external_id"))

    def test_month_end_crossing_belongs_to_the_month_it_ends_in(self):
        # 31 March 23:30 to 1 April 00:30 in Paris (UTC+2)
        contract = self.make_contract(("credit", "kwh", "0.10"))
        crossing = self.make_cdr("2026-03-31T21:30:00Z", hours=1)
        self.assertEqual(self.sessions(2026, 3, contract), set())
        self.assertEqual(self.sessions(2026, 4, contract), {crossing.external_id})

    def test_ending_at_midnight_sharp_belongs_to_the_new_month(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        sharp = self.make_cdr("2026-03-31T21:00:00Z", hours=1)  # ends 22:00 UTC = 00:00 in Paris
        before = self.make_cdr("2026-03-31T20:59:59Z", hours=1, evse=2)  # ends 23:59:59
        self.assertEqual(self.sessions(2026, 3, contract), {before.external_id})
        self.assertEqual(self.sessions(2026, 4, contract), {sharp.external_id})

    def test_crossing_session_keeps_the_price_of_its_start(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.env["ev.contract.term.version"].create(
            {"term_id": contract.term_ids.id, "date_from": "2026-04-01", "price": 0.20}
        )
        crossing = self.make_cdr("2026-03-31T21:30:00Z", 10_000)
        self.assertEqual(self.exact(self.prepare(2026, 4, contract))["credit kwh", crossing.external_id][1], Decimal(1))

    def test_day_of_25_hours(self):
        # 25 October 2026, 3:00 in Paris becomes 2:00: both sessions start at 02:30 on the clock, an hour apart
        contract = self.make_contract(("credit", "kwh", "0.10"))
        for evse, start in ((1, "2026-10-25T00:30:00Z"), (2, "2026-10-25T01:30:00Z")):
            self.make_cdr(start, 10_000, evse=evse)
        # 23:30 to 23:59:59 UTC of 31 October: after the change Paris is UTC+1, so 1 November begins at 23:00 UTC
        november = self.make_cdr("2026-10-31T22:30:00Z", 10_000, hours=1)
        statement = self.prepare(2026, 10, contract)
        self.assertEqual(self.lines(statement), [("credit", "regular", Decimal("2.000000"))])
        self.assertNotIn(november, statement.charge_ids.cdr_id)

    def test_leap_day(self):
        # 29 February 2028: a day like any other, and February has 29. Fee from the 29th on: 29 x 1/29 = 1
        self.dc.date_commissioned = "2028-02-29"
        contract = self.make_contract(("charge", "charger_month", "29", {"power_type": "dc"}))
        self.assertEqual(
            self.exact(self.prepare(2028, 2, contract)),
            {("charge charger_month", "T-DC-1"): (Decimal("0.034483"), Decimal(1))},
        )

    def test_session_without_duration(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        blink = self.make_cdr("2026-03-15T08:00:00Z", 0, hours=0)
        self.assertEqual(self.sessions(2026, 3, contract), {blink.external_id})

    def test_each_site_has_its_own_clock(self):
        # ends 31 March 22:30 UTC: 1 April in Paris, still 31 March in the Azores
        azores = self.make_site("Ponta Delgada", self.host, tz="Atlantic/Azores")
        self.make_station("T-AZ-1", azores)
        contract = self.make_contract(("credit", "kwh", "0.10"))
        paris = self.make_cdr("2026-03-31T21:30:00Z")
        far = self.make_cdr("2026-03-31T21:30:00Z", station="T-AZ-1")
        self.assertEqual(self.sessions(2026, 3, contract), {far.external_id})
        self.assertEqual(self.sessions(2026, 4, contract), {paris.external_id})

    def test_fees_of_a_change_inside_the_month_add_up(self):
        # 10 days at 31 and 21 days at 62 of 31: 10 + 42 = 52 per charger
        contract = self.make_contract(("charge", "charger_month", "31", {"power_type": "dc"}))
        self.env["ev.contract.term.version"].create(
            {"term_id": contract.term_ids.id, "date_from": "2026-03-11", "price": 62, "power_type": "dc"}
        )
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(sorted(amount for _way, _kind, amount in self.lines(statement)), [Decimal(10), Decimal(42)])
        self.assertEqual(
            [
                (str(charge.period_start), str(charge.period_end))
                for charge in statement.charge_ids.sorted("period_start")
            ],
            [("2026-03-01", "2026-03-10"), ("2026-03-11", "2026-03-31")],
        )
