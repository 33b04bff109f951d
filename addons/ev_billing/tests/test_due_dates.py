from odoo.fields import Command, Date
from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestDueDates(EvBillingCommon):
    """The payment terms charging contracts are paid by, worked out with a calendar.

    Net 30 adds thirty days. End of month 60 takes the last day of the document's month and adds sixty days. Net 45 end of month
    adds forty-five days and takes the last day of the month that leads to.
    """

    # (document date, net 30, end of month 60, net 45 end of month)
    CALENDAR = (
        # 31 Jan 2026 + 30 = 2 Mar (28 days of February, then 2); 31 Jan + 60 = 28 Feb + 32 = 1 Apr; 31 Jan + 45 = 17 Mar
        ("2026-01-31", "2026-03-02", "2026-04-01", "2026-03-31"),
        # 29 Feb 2028 is there: 31 Jan 2028 + 30 = 1 Mar; 31 Jan + 60 = 31 Mar; 31 Jan + 45 = 16 Mar
        ("2028-01-31", "2028-03-01", "2028-03-31", "2028-03-31"),
        # 1 Feb 2028 + 30 = 2 Mar; 29 Feb + 60 = 29 Apr; 1 Feb + 45 = 17 Mar
        ("2028-02-01", "2028-03-02", "2028-04-29", "2028-03-31"),
        # 28 Feb 2027 + 30 = 30 Mar; 28 Feb + 60 = 29 Apr; 28 Feb + 45 = 14 Apr
        ("2027-02-28", "2027-03-30", "2027-04-29", "2027-04-30"),
        # 2 Apr 2026 + 30 = 2 May; 30 Apr + 60 = 29 Jun; 2 Apr + 45 = 17 May
        ("2026-04-02", "2026-05-02", "2026-06-29", "2026-05-31"),
        # over new year: 1 Dec 2026 + 30 = 31 Dec; 31 Dec + 60 = 1 Mar 2027; 1 Dec + 45 = 15 Jan
        ("2026-12-01", "2026-12-31", "2027-03-01", "2027-01-31"),
        # into a leap day's month: 15 Jan 2028 + 45 = 29 Feb; 31 Jan + 60 = 31 Mar; 15 Jan + 30 = 14 Feb
        ("2028-01-15", "2028-02-14", "2028-03-31", "2028-02-29"),
    )

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        net_30 = cls.env["account.payment.term"].create(
            {
                "name": "Net 30",
                "company_id": cls.company.id,
                "line_ids": [Command.create({"value": "percent", "value_amount": 100, "nb_days": 30})],
            }
        )
        cls.terms = (
            net_30,
            cls.env.ref("ev_billing.payment_term_end_of_month_60"),
            cls.env.ref("ev_billing.payment_term_45_end_of_month"),
        )

    def test_due_dates_by_the_calendar(self):
        for day, *expected in self.CALENDAR:
            for term, due in zip(self.terms, expected, strict=True):
                with self.subTest(day=day, term=term.name):
                    self.assertEqual(term.line_ids._get_due_date(Date.to_date(day)), Date.to_date(due))

    def test_documents_of_both_directions_are_due_by_the_contract(self):
        for month, (term, due) in enumerate(zip(self.terms, ("05-02", "06-29", "05-31"), strict=True), start=1):
            contract = self.make_contract(
                ("credit", "kwh", "0.185"),
                ("charge", "session", "0.35"),
                start=f"2026-0{month}-01",
                date_end=f"2026-0{month}-28",
                payment_term_id=term.id,
            )
            self.make_cdr(f"2026-0{month}-02T08:00:00Z", 10_000)
            statement = self.prepare(2026, month, contract)
            statement.action_approve()
            statement._post_documents("2026-04-02")
            with self.subTest(term=term.name):
                self.assertEqual(len(statement.document_ids), 2)
                self.assertEqual(set(statement.document_ids.mapped("invoice_date_due")), {Date.to_date(f"2026-{due}")})
                # one instalment: the whole amount is due on that day
                for move in statement.document_ids:
                    lines = move.line_ids.filtered(lambda line: line.display_type == "payment_term")
                    self.assertEqual(lines.mapped("date_maturity"), [Date.to_date(f"2026-{due}")])
