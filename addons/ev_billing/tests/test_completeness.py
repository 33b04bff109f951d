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
                "quarantined": {"count": 0, "wh": 0},
                "excluded": {"count": 0, "wh": 0},
                "counted": {"count": 2, "wh": 15_000},
                "adds_up": True,
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

    def count(self, month=3):
        return self.env["ev.statement"].get_completeness(self.company.id, 2026, month)

    def test_quarantine_is_part_of_the_total(self):
        self.make_cdr("2026-03-01T08:00:00Z", 10_000)
        # ends 31 March 23:30 UTC: 1 April in Paris, where nobody knows the station; and one that ends in March
        for start, energy in (("2026-03-31T22:30:00Z", 3_000), ("2026-03-10T08:00:00Z", 7_000)):
            item = self.make_item(start, energy, station="NOBODY")
            self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        self.company.partner_id.tz = "Europe/Paris"
        self.assertEqual(self.count()["quarantined"], {"count": 1, "wh": 7_000})
        self.assertEqual(self.count()["total"], {"count": 2, "wh": 17_000})
        wizard = self.env["ev.statement.prepare"].create({"month": "2026-03-01"})
        self.assertEqual((wizard.total_count, wizard.quarantined_count), (2, 1))
        self.assertEqual(self.count(4)["quarantined"], {"count": 1, "wh": 3_000})
        waiting = self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])])
        waiting.sudo().write({"state": "dismissed", "dismiss_reason": "a test drive of the fitter"})
        numbers = self.count()
        self.assertEqual((numbers["quarantined"]["count"], numbers["excluded"]), (0, {"count": 1, "wh": 7_000}))
        self.assertEqual(numbers["total"], {"count": 2, "wh": 17_000})

    def test_what_cannot_be_read_counts_on_the_day_it_came(self):
        item = self.make_item("2026-03-10T08:00:00Z", station="NOBODY")
        item.update(stop="yesterday", energy="much")
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        record = self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])])
        self.env.cr.execute(
            "UPDATE ev_cdr_quarantine SET create_date = '2026-05-03 10:00:00' WHERE id = %s", [record.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.count(5)["quarantined"], {"count": 1, "wh": 0})

    def test_what_came_before_the_month_is_not_read(self):
        items = [self.make_item(f"2026-03-{day}T08:00:00Z", 4_000, station="NOBODY") for day in (10, 11, 12)]
        for item, received in zip(
            items, ("2026-01-15 10:00:00", "2026-02-28 01:00:00", "2026-05-03 10:00:00"), strict=True
        ):
            self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
            self.env.cr.execute(
                "UPDATE ev_cdr_quarantine SET create_date = %s WHERE external_id = %s", [received, item["id"]]
            )
        self.env.invalidate_all()
        quarantine, read = type(self.env["ev.cdr.quarantine"]), []
        get_payload = quarantine._get_payload

        def read_payload(record):
            read.append(record.external_id)
            return get_payload(record)

        self.patch(quarantine, "_get_payload", read_payload)
        # came in May, after an outage; the one of 28 February may lie in March somewhere, and is looked at
        self.assertEqual(self.count()["quarantined"], {"count": 1, "wh": 4_000})
        self.assertEqual(set(read), {items[1]["id"], items[2]["id"]})
        # their clocks were ahead: they count when they came
        self.assertEqual(self.count(1)["quarantined"]["count"], 1)
        self.assertEqual(self.count(2)["quarantined"]["count"], 1)

    def test_session_without_energy_is_not_pending_for_ever(self):
        contract = self.make_contract(("charge", "session", "1"))
        nobody = self.make_site("No Contract")
        self.make_station("T-FREE", nobody)
        self.make_cdr("2026-03-01T08:00:00Z", 0)
        self.make_cdr("2026-03-01T08:00:00Z", 0, station="T-FREE")
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(self.count()["pending"]["count"], 2)
        statement.action_approve()
        self.assertEqual((self.count()["billed"]["count"], self.count()["pending"]["count"]), (1, 1))
