"""Mandates: who enters and who activates them, what never comes back, and until when they hold."""

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import OTHER_IBAN
from .debit_common import CLIENT_IBAN, CLIENT_IBAN_2, EvDebitCommon


@tagged("post_install", "-at_install")
class TestMandate(EvDebitCommon):
    # ------------------------------------------------------------------- facts

    def test_reference_is_given_where_nobody_typed_one(self):
        mandate = self.make_mandate(active=False)
        self.assertRegex(mandate.reference, r"^MANDATE26-\d{5}$")
        self.assertNotEqual(self.make_mandate(active=False).reference, mandate.reference)

    def test_reference_is_one_that_banks_take(self):
        for reference in ("MY MANDATE", "/M1", "M1/", "M//1", "MÜ1", "M" * 36, "M\n1"):
            with self.assertRaises(ValidationError, msg=reference), self.env.cr.savepoint():
                self.make_mandate(reference=reference, active=False)
        self.assertEqual(self.make_mandate(reference="M" * 35, active=False).reference, "M" * 35)

    def test_reference_is_unique_in_its_company(self):
        self.make_mandate(reference="M-1")
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_mandate(reference="M-1")
        neighbour = self.make_company("Neighbour")
        other = self.env["ev.sepa.mandate"].create(
            {"partner_id": self.client.id, "company_id": neighbour.id, "reference": "M-1"}
        )
        self.assertEqual(other.reference, "M-1")

    def test_signature_is_not_to_come(self):
        with self.assertRaisesRegex(ValidationError, "is to come"):
            self.make_mandate(signed_on="2026-11-24", active=False)
        # at 23:30 UTC it is the 24th in Paris already
        with freeze_time("2026-11-23 23:30:00"):
            self.assertTrue(self.make_mandate(signed_on="2026-11-24", active=False))

    def test_debtor_is_the_company_behind_a_contact(self):
        contact = self.env["res.partner"].create({"name": "Clerk", "parent_id": self.client.id})
        mandate = self.make_mandate(active=False)
        mandate.with_user(self.maker).partner_id = contact
        self.assertEqual(mandate.partner_id, self.client)

    def test_account_is_the_debtors(self):
        with self.assertRaisesRegex(ValidationError, "belongs to"):
            self.make_mandate(partner_bank_id=self.account.id, active=False)

    # -------------------------------------------------------------------- steps

    def test_who_entered_it_does_not_activate_it(self):
        mandate = self.make_mandate(active=False)
        with self.assertRaises(AccessError):
            self.as_user(mandate, self.maker).action_activate()
        self.as_user(mandate, self.second).signed_on = "2026-01-16"
        with self.assertRaisesRegex(UserError, "by you"):
            self.as_user(mandate, self.second).action_activate()
        self.assertEqual(mandate.state, "draft")
        self.as_user(mandate, self.approver).action_activate()
        self.assertEqual((mandate.state, mandate.activated_by_id, mandate.iban), ("active", self.approver, CLIENT_IBAN))

    def test_nothing_of_the_steps_is_typed(self):
        mandate = self.make_mandate(active=False)
        for values in ({"state": "active"}, {"iban": OTHER_IBAN}, {"known_iban": OTHER_IBAN}, {"changed_by_id": False},
                       {"activated_by_id": self.approver.id}, {"no_funds_count": 0}):  # fmt: skip
            with self.assertRaises(UserError, msg=values):
                self.as_user(mandate, self.maker).write(values)
            with self.assertRaises(UserError, msg=values):
                self.make_mandate(active=False, **values)
        self.assertEqual((mandate.state, mandate.iban), ("draft", False))

    def test_a_context_from_outside_activates_nothing(self):
        mandate = self.make_mandate(active=False)
        record = self.as_user(mandate, self.second).with_context(ev_acting_uid=self.approver.id, uid=self.approver.id)
        record.signed_on = "2026-01-17"
        with self.assertRaises(UserError):
            record.action_activate()
        self.assertEqual(mandate.changed_by_id, self.second)

    def test_neither_context_nor_own_defaults_say_what_the_steps_record(self):
        said = {
            "state": "active",
            "iban": CLIENT_IBAN,
            "activated_at": "2026-01-01 00:00:00",
            "known_iban": CLIENT_IBAN,
        }
        for name, value in said.items():
            self.env["ir.default"].with_user(self.maker).set("ev.sepa.mandate", name, value, user_id=self.maker.id)
        mandates = self.env["ev.sepa.mandate"].with_user(self.maker)
        forged = mandates.with_context(**{f"default_{name}": value for name, value in said.items()})
        mandate = forged.create(
            {"partner_id": self.client.id, "company_id": self.company.id, "signed_on": "2026-01-15"}
        )
        self.assertEqual([mandate[name] for name in said], ["draft", False, False, False])

    def test_incomplete_ones_are_not_activated(self):
        for values, said in (
            ({"signed_on": False}, "day of signature"),
            ({"partner_bank_id": False}, "account is missing"),
            ({"scheme": "B2B"}, "has not confirmed"),
        ):
            mandate = self.make_mandate(active=False, **values)
            with self.assertRaisesRegex(UserError, said):
                self.as_user(mandate, self.approver).action_activate()
            self.assertEqual(mandate.state, "draft")
        self.assertEqual(self.make_mandate(scheme="B2B", confirmed_on="2026-02-01").state, "active")

    def test_account_outside_sepa_is_not_collected_from(self):
        american = self.make_partner("Inc.", country_id=self.env.ref("base.us").id)
        american.country_id = self.env.ref("base.us")
        self.env["res.partner.bank"].create({"acc_number": "123456789", "partner_id": american.id})
        mandate = self.make_mandate(american, active=False)
        with self.assertRaisesRegex(UserError, "SEPA area"):
            self.as_user(mandate, self.approver).action_activate()
        self.assertEqual(mandate.state, "draft")

    def test_cancelled_never_comes_back(self):
        mandate = self.make_mandate()
        self.as_user(mandate, self.maker).action_cancel()
        self.assertEqual(mandate.state, "cancelled")
        for step in ("action_activate", "action_suspend", "action_cancel"):
            with self.assertRaises(UserError, msg=step):
                getattr(self.as_user(mandate, self.second), step)()
        with self.assertRaises(UserError):
            self.as_user(mandate, self.maker).signed_on = "2026-01-17"
        with self.assertRaises(UserError):
            mandate.sudo().write({"state": "active"})
        self.assertEqual(mandate.state, "cancelled")

    def test_suspended_comes_back_by_an_approver(self):
        mandate = self.make_mandate()
        self.as_user(mandate, self.maker).action_suspend()
        self.assertEqual((mandate.state, mandate.suspended_note), ("suspended", f"Suspended by {self.maker.name}."))
        self.as_user(mandate, self.approver).action_activate()
        self.assertEqual((mandate.state, mandate.suspended_note), ("active", False))

    def test_in_force_it_is_cancelled_not_deleted(self):
        mandate, unused = self.make_mandate(), self.make_mandate(active=False)
        with self.assertRaisesRegex(UserError, "cancel it instead"):
            self.as_user(mandate, self.maker).unlink()
        self.as_user(unused, self.maker).unlink()
        self.assertEqual((mandate.exists(), unused.exists()), (mandate, unused.browse()))

    def test_the_chatter_says_who_did_what(self):
        mandate = self.make_mandate()
        self.as_user(mandate, self.maker).action_suspend()
        said = [(message.author_id, message.preview) for message in mandate.message_ids[:2]]
        self.assertEqual(said[0], (self.maker.partner_id, f"Suspended: Suspended by {self.maker.name}."))
        self.assertEqual(said[1], (self.approver.partner_id, f"Activated for {self.client_account.acc_number}."))

    # --------------------------------------------------------------- amendments

    def test_another_account_takes_a_second_person_again_and_is_remembered(self):
        mandate = self.make_mandate(reference="M-1")
        other = self.make_account(self.client, CLIENT_IBAN_2)
        self.as_user(mandate, self.maker).partner_bank_id = other
        self.assertEqual(mandate.state, "draft")
        self.as_user(mandate, self.approver).action_activate()
        self.assertEqual(
            (mandate.amended, mandate.previous_iban, mandate.previous_reference), (True, CLIENT_IBAN, False)
        )
        self.as_user(mandate, self.maker).reference = "M-2"
        self.as_user(mandate, self.approver).action_activate()
        self.assertEqual((mandate.previous_iban, mandate.previous_reference), (CLIENT_IBAN, "M-1"))
        # back to what the debtor's bank knows: nothing to tell
        self.as_user(mandate, self.maker).write({"reference": "M-1", "partner_bank_id": self.client_account.id})
        self.as_user(mandate, self.approver).action_activate()
        self.assertEqual((mandate.amended, mandate.previous_iban), (False, False))

    def test_debtor_of_a_mandate_in_force_stays(self):
        mandate = self.make_mandate()
        with self.assertRaisesRegex(UserError, "stays with its debtor"):
            self.as_user(mandate, self.maker).write({"partner_id": self.host.id, "partner_bank_id": self.account.id})
        self.assertEqual(mandate.partner_id, self.client)

    # ------------------------------------------------------------------ expiry

    def test_unused_for_36_months_it_expires(self):
        mandate, younger = self.make_mandate(signed_on="2024-01-15"), self.make_mandate(signed_on="2024-01-16")
        self.assertEqual(str(mandate.expires_on), "2027-01-15")
        with freeze_time("2027-01-15 10:00:00"):
            self.env["ev.sepa.mandate"]._cron_expire()
        self.assertEqual(mandate.state, "active")
        with freeze_time("2027-01-16 10:00:00"):
            self.env["ev.sepa.mandate"]._cron_expire()
        self.assertEqual((mandate.state, younger.state), ("expired", "active"))
        with self.assertRaises(UserError):
            self.as_user(mandate, self.approver).action_activate()

    # ---------------------------------------------------------------- security

    def test_who_reads_and_writes(self):
        mandate = self.make_mandate()
        accountant = self.make_user("mandate-accountant", "account.group_account_invoice")
        for user in (self.maker, self.approver, self.auditor, accountant):
            self.assertEqual(self.as_user(mandate, user).read(["reference"])[0]["reference"], mandate.reference)
        for user in (self.auditor, accountant):
            with self.assertRaises(AccessError, msg=user.login):
                self.as_user(mandate, user).signed_on = "2026-01-17"
            for step in ("action_activate", "action_suspend", "action_cancel"):
                with self.assertRaises(AccessError, msg=(user.login, step)):
                    getattr(self.as_user(mandate, user), step)()
        self.assertEqual(mandate.state, "active")

    def test_the_debtor_sees_its_own_and_nobody_elses(self):
        mine, draft = self.make_mandate(note="<p>pays late</p>"), self.make_mandate(active=False)
        other = self.make_mandate(self.make_partner("Other Client", CLIENT_IBAN_2))
        found = self.env["ev.sepa.mandate"].with_user(self.portal_client).search([])
        self.assertEqual(found & (mine | draft | other), mine)
        with self.assertRaises(AccessError):
            mine.with_user(self.portal_client).read(["note"])
        with self.assertRaises(AccessError):
            other.with_user(self.portal_client).read(["iban"])
        for step in ("action_activate", "action_suspend", "action_cancel", "action_open_collections", "unlink"):
            with self.assertRaises(AccessError, msg=step):
                getattr(mine.with_user(self.portal_client), step)()
        with self.assertRaises(UserError):
            mine.with_user(self.portal_client).write({"signed_on": "2020-01-01"})
        self.assertEqual((mine.state, str(mine.signed_on)), ("active", "2026-01-15"))

    def test_outsiders_see_nothing(self):
        mandate = self.make_mandate()
        for login, group in (
            ("mandate-technician", "ev_cpms.group_technician"),
            ("mandate-bridge", "ev_cpms.group_bridge"),
            ("mandate-contracts", "ev_billing.group_contract_admin"),
            ("mandate-stranger", "base.group_user"),
        ):
            with self.assertRaises(AccessError, msg=login):
                self.as_user(mandate, self.make_user(login, group)).read(["iban"])
        self.assertFalse(self.env["ev.sepa.mandate"].with_user(self.make_portal("mandate-host", self.host)).search([]))

    def test_other_company_sees_nothing(self):
        mandate = self.make_mandate()
        neighbour = self.make_company("Neighbour")
        other = new_test_user(
            self.env,
            "mandate-other",
            groups="ev_sepa.group_payment_maker,ev_sepa.group_payment_approver",
            company_id=neighbour.id,
            company_ids=[Command.set(neighbour.ids)],
        )
        theirs = mandate.with_user(other).with_context(allowed_company_ids=neighbour.ids)
        self.assertNotIn(mandate, theirs.search([]))
        for step in ("action_suspend", "action_cancel", "action_activate"):
            with self.assertRaises(AccessError, msg=step):
                getattr(theirs, step)()
        self.assertEqual(mandate.state, "active")
