from odoo.tests import tagged

from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestCompleteness(EvBillingCommon):
    def test_total_is_billed_plus_draft_plus_pending(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1"))
        nobody = self.make_site("No Contract")
        self.make_station("T-FREE", nobody)
        first = self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        self.make_cdr("2026-03-02T08:00:00Z", 5_000, station="T-FREE")

        def count():
            return self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)

        self.assertEqual(
            count(),
            {
                "total": {"count": 2, "wh": 15_000},
                "billed": {"count": 0, "wh": 0},
                "draft": {"count": 0, "wh": 0},
                "pending": {"count": 2, "wh": 15_000},
            },
        )
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(count()["draft"], {"count": 1, "wh": 10_000})
        statement.action_approve()
        # a credit takes its energy back, and waits for the next statement
        self.make_cdr("2026-03-01T08:00:00Z", 10_000, credit_of=first.external_id)
        numbers = count()
        self.assertEqual(numbers["billed"], {"count": 1, "wh": 10_000})
        self.assertEqual(numbers["pending"], {"count": 2, "wh": -5_000})
        for key in ("count", "wh"):
            self.assertEqual(numbers["total"][key], sum(numbers[part][key] for part in ("billed", "draft", "pending")))
