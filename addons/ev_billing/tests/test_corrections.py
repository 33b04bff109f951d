from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestCorrections(EvBillingCommon):
    """What turns up after its month was approved goes to the next open statement, on lines that say so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "0.50"))

    def close(self, year, month):
        statement = self.prepare(year, month, self.contract)
        statement.action_approve()
        return statement

    def test_late_session_goes_to_the_next_statement_at_its_own_price(self):
        self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        march = self.close(2026, 3)
        # a new price from April must not touch a session of March
        self.env["ev.contract.term.version"].create(
            {"term_id": self.contract.term_ids[0].id, "date_from": "2026-04-01", "price": 0.30}
        )
        late = self.make_cdr("2026-03-20T08:00:00Z", 20_000)
        on_time = self.make_cdr("2026-04-02T08:00:00Z", 10_000)
        april = self.prepare(2026, 4, self.contract)
        amounts = self.exact(april)
        self.assertEqual(amounts["credit kwh", late.external_id], (Decimal(20), Decimal(2)))
        self.assertEqual(amounts["credit kwh", on_time.external_id], (Decimal(10), Decimal(3)))
        self.assertEqual(
            self.lines(april),
            [
                ("credit", "regular", Decimal("3.000000")),
                ("credit", "late", Decimal("2.000000")),
                ("charge", "regular", Decimal("0.500000")),
                ("charge", "late", Decimal("0.500000")),
            ],
        )
        self.assertIn(
            "late sessions of March 2026", april.line_ids.filtered(lambda line: line.correction == "late")[0].name
        )
        self.assertEqual(len(march.charge_ids), 2, "an approved statement never changes")

    def test_late_session_waits_while_its_month_is_open(self):
        self.prepare(2026, 3, self.contract)
        self.make_cdr("2026-03-20T08:00:00Z")
        self.assertFalse(self.prepare(2026, 4, self.contract).line_ids)
        self.assertTrue(self.prepare(2026, 3, self.contract).line_ids)

    def test_late_session_goes_to_the_first_open_statement_only(self):
        self.close(2026, 3)
        april, may = self.prepare(2026, 4, self.contract), self.prepare(2026, 5, self.contract)
        late = self.make_cdr("2026-03-20T08:00:00Z")
        may.action_compute()
        april.action_compute()
        self.assertFalse(may.line_ids)
        self.assertEqual(april.charge_ids.cdr_id, late)

    def test_credit_mirrors_its_original_and_the_replacement_follows(self):
        original = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.close(2026, 3)
        credit = self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=original.external_id)
        fixed = self.make_cdr("2026-03-05T08:00:00Z", 12_000, replaces=original.external_id)
        april = self.prepare(2026, 4, self.contract)
        self.assertEqual(
            self.exact(april),
            {
                ("credit kwh", credit.external_id): (Decimal(-10), Decimal(-1)),
                ("charge session", credit.external_id): (Decimal(-1), Decimal("-0.5")),
                ("credit kwh", fixed.external_id): (Decimal(12), Decimal("1.2")),
                ("charge session", fixed.external_id): (Decimal(1), Decimal("0.5")),
            },
        )
        self.assertEqual(
            self.lines(april),
            [
                ("credit", "credit", Decimal("-1.000000")),
                ("credit", "replacement", Decimal("1.200000")),
                ("charge", "credit", Decimal("-0.500000")),
                ("charge", "replacement", Decimal("0.500000")),
            ],
        )
        self.assertRecordValues(april, [{"total_credit": 0.20, "total_charge": 0.0, "energy_kwh": 2.0}])

    def test_credit_in_the_same_month_cancels_out(self):
        original = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=original.external_id)
        self.assertRecordValues(self.prepare(2026, 3, self.contract), [{"total_credit": 0.0, "total_charge": 0.0}])

    def test_credit_flags_are_on_the_charge(self):
        original = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.close(2026, 3)
        self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=original.external_id)
        april = self.prepare(2026, 4, self.contract)
        self.assertEqual(set(april.charge_ids[0].flags.split(",")) & {"late", "credit"}, {"late", "credit"})

    def test_correction_after_the_contract_ended(self):
        original = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.contract.date_end = "2026-03-31"
        self.contract.action_end()
        self.close(2026, 3)
        self.assertFalse(self.prepare(2026, 4, self.contract))
        self.make_cdr("2026-03-05T08:00:00Z", 10_000, credit_of=original.external_id)
        self.assertEqual(self.prepare(2026, 4).total_credit, -1.0)

    def test_late_session_is_never_charged_twice(self):
        self.close(2026, 3)
        late = self.make_cdr("2026-03-20T08:00:00Z")
        april = self.close(2026, 4)
        may = self.prepare(2026, 5, self.contract)
        self.assertEqual(april.charge_ids.cdr_id, late)
        self.assertFalse(may.charge_ids)

    def test_late_session_of_a_month_without_a_statement(self):
        # runs to 31 August; September's statement was empty and went; then a session of 31 August 23:00 to 1 September 02:00
        self.make_cdr("2026-08-05T08:00:00Z", 10_000)
        self.contract.date_end = "2026-08-31"
        self.close(2026, 8)
        self.contract.action_end()
        self.assertFalse(self.prepare(2026, 9))
        late = self.make_cdr("2026-08-31T21:00:00Z", 20_000, hours=3)
        october = self.prepare(2026, 10)
        self.assertEqual(october.charge_ids.cdr_id, late)
        self.assertEqual(october.total_credit, 2.0)
        self.assertIn("late sessions of September 2026", october.line_ids[0].name)
        october.action_approve()
        self.assertFalse(self.prepare(2026, 11))
        # what is taken back, and what replaces it, come the same way
        self.make_cdr("2026-08-31T21:00:00Z", 20_000, hours=3, credit_of=late.external_id)
        self.make_cdr("2026-08-31T21:00:00Z", 25_000, hours=3, replaces=late.external_id)
        self.assertEqual(self.prepare(2026, 12).total_credit, 0.5)

    def test_contract_that_ended_before_its_first_statement(self):
        self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.contract.date_end = "2026-03-31"
        self.contract.action_end()
        self.assertEqual(self.prepare(2026, 5).total_credit, 1.0)

    def test_skipped_month_gets_its_sessions_back(self):
        self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        april = self.prepare(2026, 4, self.contract)
        self.assertEqual(self.lines(april)[0], ("credit", "late", Decimal("1.000000")))
        march = self.prepare(2026, 3, self.contract)
        self.assertEqual(self.lines(march)[0], ("credit", "regular", Decimal("1.000000")))
        self.assertFalse(april.line_ids)

    def rewrite_host(self, partner):
        """Another host for all days, as if nobody watched."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE ev_site_host SET partner_id = %s WHERE site_id = %s", [partner.id, self.site.id])
        self.env.invalidate_all()

    def test_hosts_rewritten_behind_an_approved_month_pay_nobody_twice(self):
        cdr = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.close(2026, 3)
        self.assertEqual(str(self.site._get_billed_until()), "2026-03-31")
        self.assertFalse(self.make_site("Never Billed")._get_billed_until())
        other = self.env["res.partner"].create({"name": "New Owner", "is_company": True})
        self.rewrite_host(other)
        rival = self.make_contract(("credit", "kwh", "0.20"), partner=other)
        april = self.prepare(2026, 4, rival)
        self.assertIn(self.contract.name, april.blocking_message)
        self.assertIn(cdr.external_id, april.blocking_message)
        self.assertIn("put the hosts of that site back", april.blocking_message)
        self.assertFalse(april.charge_ids)
        self.assertFalse(april.line_ids)
        with self.assertRaisesRegex(UserError, "is blocked"):
            april.action_approve()

    def test_credit_belongs_where_its_original_was_charged(self):
        original = self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        self.close(2026, 3)
        other = self.env["res.partner"].create({"name": "New Owner", "is_company": True})
        self.rewrite_host(other)
        rival = self.make_contract(("credit", "kwh", "0.20"), partner=other)
        self.prepare(2026, 3, rival)  # blocked too; it keeps March's own session out of April
        credit = self.make_cdr("2026-04-05T08:00:00Z", 10_000)
        self.env.flush_all()
        self.env.cr.execute("SET LOCAL session_replication_role = replica")
        self.env.cr.execute(
            "UPDATE ev_cdr SET credit = TRUE, credit_of_id = %s WHERE id = %s", [original.id, credit.id]
        )
        self.env.cr.execute("SET LOCAL session_replication_role = origin")
        self.env.invalidate_all()
        april = self.prepare(2026, 4, rival)
        self.assertIn("1 sessions at Lyon Test", april.blocking_message)
        self.assertIn(credit.external_id, april.blocking_message)

    def test_approval_sees_what_another_contract_was_billed_meanwhile(self):
        self.make_cdr("2026-03-05T08:00:00Z", 10_000)
        march = self.prepare(2026, 3, self.contract)
        other = self.env["res.partner"].create({"name": "New Owner", "is_company": True})
        rival = self.make_contract(("credit", "kwh", "0.20"), partner=other)
        self.rewrite_host(other)
        theirs = self.prepare(2026, 3, rival)
        self.assertEqual(theirs.total_credit, 2.0)
        theirs.action_approve()
        with self.assertRaisesRegex(UserError, "already billed to contract"):
            march.action_approve()
