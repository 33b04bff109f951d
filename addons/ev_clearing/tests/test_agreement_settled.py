"""What was billed stays as it was agreed then: credits follow their originals, and agreements keep their billed days."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .clearing_common import EvClearingCommon


@tagged("post_install", "-at_install")
class TestAgreementSettled(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_emsp_contract(("charge", "kwh", "0.50"), control_days=0)
        cls.group = cls.env["ev.site.group"].create(
            {"name": "Motorway", "company_id": cls.company.id, "site_ids": cls.site.ids}
        )

    @classmethod
    def make_agreement(cls, **values):
        return cls.env["ev.agreement"].create(
            {"contract_id": cls.contract.id, "group_id": cls.group.id, "date_from": "2026-03-01", **values}
        )

    def approve(self, number):
        statement = self.prepare(2026, number, self.contract)
        statement.action_approve()
        self.assertEqual(statement.state, "approved")
        return statement

    def ctid(self):
        """Where the contract's row is: another place after it was written."""
        return self.env.execute_query(SQL("SELECT ctid::text FROM ev_contract WHERE id = %s", self.contract.id))[0][0]

    # ------------------------------------------------------------------ credits

    def test_what_was_charged_is_taken_back(self):
        billed = self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2)
        # 30 kWh x 0.50
        self.assertEqual(self.approve(3).total_charge, 15)
        self.make_agreement(outside="leave_out", max_energy=25)
        self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2, credit_of=billed.external_id)
        # judged by its own facts: 28 kWh are too much, 24 kWh are not
        self.make_roaming("2026-03-10T08:00:00Z", 28_000, hours=2, replaces=billed.external_id)
        self.make_roaming("2026-04-02T08:00:00Z", 24_000, hours=2)
        # 24 x 0.50 - 15
        self.assertEqual(self.prepare(2026, 4, self.contract).total_charge, -3)

    def test_what_a_draft_charged_before_a_limit_is_not_taken_back(self):
        """The draft itself is computed again: original and credit are left out together."""
        session = self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2)
        self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2, credit_of=session.external_id)
        statement = self.prepare(2026, 3, self.contract)
        self.assertEqual(len(statement.charge_ids), 2)
        self.make_agreement(outside="leave_out", max_energy=25)
        statement.action_compute()
        self.assertEqual((statement.charge_ids.ids, statement.total_charge), ([], 0))

    def test_a_credit_of_what_was_left_out_is_left_out(self):
        self.make_agreement(outside="leave_out", max_energy=25)
        session = self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2)
        self.assertEqual(self.approve(3).total_charge, 0)
        self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2, credit_of=session.external_id)
        self.assertFalse(self.prepare(2026, 4, self.contract).charge_ids)

    # ------------------------------------------------------------------- frozen

    def test_billed_days_keep_their_agreement(self):
        agreement = self.make_agreement(outside="leave_out", max_energy=25)
        self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2)
        self.make_roaming("2026-03-11T08:00:00Z")
        self.assertEqual(self.approve(3).total_charge, 5)
        other = self.group.copy({"name": "Other"})
        for values in (
            {"max_energy": 0},
            {"min_minutes": 5},
            {"outside": "look"},
            {"active": False},
            {"date_from": "2026-03-20"},
            {"group_id": other.id},
            {"date_to": "2026-03-30"},
        ):
            with self.assertRaisesRegex(UserError, "make another agreement"), self.env.cr.savepoint():
                agreement.write(values)
        with self.assertRaisesRegex(UserError, "End it on 03/31/2026, or later"), self.env.cr.savepoint():
            agreement.unlink()
        with self.assertRaisesRegex(UserError, "sites cannot change any more"), self.env.cr.savepoint():
            self.group.site_ids = self.make_site("Another")
        self.env.invalidate_all()
        self.assertEqual((agreement.max_energy, agreement.outside, agreement.active), (25, "leave_out", True))
        self.assertEqual(self.group.site_ids, self.site)
        # what says nothing about sessions changes as ever
        agreement.write({"name": "Motorway deal", "note": "<p>By phone</p>", "max_price": 40, "max_energy": 25})
        self.assertEqual(agreement.max_price, 40)

    def test_it_ends_and_another_begins(self):
        agreement = self.make_agreement(outside="leave_out", max_energy=25)
        self.make_roaming("2026-03-10T08:00:00Z", 30_000, hours=2)
        self.approve(3)
        agreement.date_to = "2026-04-15"
        agreement.date_to = "2026-03-31"
        later = self.make_agreement(date_from="2026-04-01")
        charged = self.make_roaming("2026-04-02T08:00:00Z", 30_000, hours=2)
        # the one of March stays left out
        self.assertEqual(self.approve(4).charge_ids.cdr_id, charged)
        # and going on into days that are billed is refused as well
        with self.assertRaisesRegex(UserError, "Until cannot change any more"), self.env.cr.savepoint():
            agreement.date_to = False
        with self.assertRaisesRegex(UserError, "Active cannot change any more"), self.env.cr.savepoint():
            later.active = False

    def test_days_that_nobody_billed_are_free(self):
        agreement = self.make_agreement(outside="leave_out", max_energy=25, date_from="2026-04-01")
        self.make_roaming("2026-03-10T08:00:00Z")
        self.approve(3)
        self.prepare(2026, 4, self.contract)
        agreement.write({"max_energy": 30, "date_from": "2026-04-02", "date_to": "2026-04-20"})
        self.group.site_ids |= self.make_site("Another")
        agreement.active = False
        self.assertEqual((agreement.max_energy, agreement.active, len(self.group.site_ids)), (30, False, 2))
        agreement.unlink()
        self.assertFalse(agreement.exists())

    # ---------------------------------------------------------------- at a time

    def test_changes_write_the_contracts_row(self):
        """So that PostgreSQL makes the second of two at once fail (and be tried again), whatever it saw before."""
        places = [self.ctid()]
        agreement = self.make_agreement()
        places.append(self.ctid())
        agreement.max_energy = 25
        places.append(self.ctid())
        self.group.site_ids |= self.make_site("Another")
        places.append(self.ctid())
        agreement.unlink()
        places.append(self.ctid())
        self.assertEqual(len(set(places)), 5)
