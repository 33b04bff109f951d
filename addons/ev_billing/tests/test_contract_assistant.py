"""The assistant for a new contract: its steps, what it refuses, and what its contracts bill. Today is 15 April 2026."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged
from odoo.tools import SQL

from odoo.addons.ev_billing.wizards.ev_contract_assistant_partner import _is_iban
from odoo.addons.ev_billing.wizards.ev_contract_templates import ContractTemplate, TemplateTerm

from .test_prices import PricesCommon

TODAY = "2026-04-15"
TABLES = ("ev_contract", "ev_contract_term", "ev_contract_term_version", "res_partner", "res_partner_bank", "ev_site_host",
          "ev_statement", "mail_message")  # fmt: skip
IBAN = "FR7630006000011234567890189"


class AssistantCommon(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.admin = cls.make_user("assistant-admin", "ev_billing.group_contract_admin", **mine)

    def start(self, partner=None, role="host", **values):
        """An assistant past its first step."""
        assistant = self.env["ev.contract.assistant"].with_user(self.admin)
        wizard = assistant.create({"role": role, "partner_id": (partner or self.host).id, **values})
        wizard.action_next()
        return wizard

    def choose(self, wizard, *keys):
        """Tick economic models as a person does."""
        with Form(wizard) as form:
            for position, choice in enumerate(wizard.choice_ids):
                if choice.key in keys:
                    with form.choice_ids.edit(position) as row:
                        row.chosen = True
        return wizard.term_ids

    def walk(self, *keys, numbers=None, start="2026-03-01", create="action_create_start", **options):
        """All steps to the contract; `numbers` are values by the name of the term."""
        wizard = self.start(**options)
        for row in self.choose(wizard, *keys):
            row.write((numbers or {}).get(row.name, {}))
        wizard.action_next()
        wizard.date_start = start
        wizard.action_next()
        return self.env["ev.contract"].browse(getattr(wizard, create)()["res_id"])

    def count_rows(self):
        self.env.flush_all()
        return {
            table: self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0]
            for table in TABLES
        }


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractAssistant(AssistantCommon):
    """Back, forth, out, and bad input."""

    def test_the_review_says_what_last_month_would_have_made_and_leaves_nothing(self):
        self.make_cdr("2026-03-10T08:00:00Z", 12_345)
        before = self.count_rows()
        number = self.env["ev.contract"].search([], order="id desc", limit=1).name
        wizard = self.start(iban=IBAN, recipient_ids=[Command.create({"name": "Payable", "email": "ap@host.example"})])
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.action_next()
        self.assertEqual(wizard.step, "review")
        # 12.345 x 0.20 = 2.469
        for words in ("Last month, ", "March 2026", "1 sessions", "12.345", "2.47", "Credit 0.2000 EUR per kWh"):
            self.assertIn(words, wizard.review)
        self.assertIn("Payable &lt;ap@host.example&gt;", wizard.review)
        self.assertEqual(self.count_rows(), before, "closing the window now leaves nothing behind")
        self.assertEqual(self.env["ev.contract"].search([], order="id desc", limit=1).name, number)

    def test_an_older_month_is_named(self):
        self.make_cdr("2026-01-10T08:00:00Z")
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.action_next()
        self.assertIn("The latest month with sessions", wizard.review)
        self.assertIn("January 2026", wizard.review)

    def test_no_session_no_example(self):
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.action_next()
        self.assertIn("No priced session in this scope in the last", wizard.review)

    def test_going_back_keeps_everything(self):
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.write({"periodicity": "quarterly", "mandate_date": "2026-01-01"})
        wizard.action_next()
        for _step in range(3):
            wizard.action_back()
        self.assertEqual((wizard.step, wizard.partner_id), ("partner", self.host))
        wizard.action_next()
        self.assertEqual(
            (wizard.term_ids.price, wizard.choice_ids.filtered("chosen").key), (0.2, "reimbursement_fixed")
        )
        wizard.action_next()
        self.assertEqual((wizard.step, wizard.periodicity), ("billing", "quarterly"))
        wizard.action_next()
        contract = self.env["ev.contract"].browse(wizard.action_create()["res_id"])
        self.assertEqual((contract.state, contract.periodicity, contract.term_ids.sentence),
                         ("draft", "quarterly", "Credit 0.2000 EUR per kWh, from 1 May 2026"))  # fmt: skip

    def test_another_role_offers_other_models_and_takes_the_old_terms_out(self):
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed", "supervision")
        self.assertEqual(len(wizard.term_ids), 5)
        wizard.action_back()
        wizard.role = "client"
        wizard.action_next()
        self.assertEqual(set(wizard.choice_ids.mapped("key")), {"supervision", "fleet"})
        self.assertEqual(set(wizard.term_ids.mapped("template")), {"supervision"})

    def test_a_model_taken_back_takes_its_terms_along(self):
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed", "revenue_share")
        with Form(wizard) as form, form.choice_ids.edit(0) as row:
            row.chosen = False
        self.assertEqual(wizard.term_ids.mapped("template"), ["revenue_share"])

    def test_a_row_taken_out_does_not_come_back(self):
        wizard = self.start()
        self.choose(wizard, "supervision")
        with Form(wizard) as form:
            form.term_ids.remove(0)
        self.choose(wizard, "reimbursement_fixed")
        self.assertEqual(len(wizard.term_ids), 4)

    def test_bad_input_at_the_counterparty(self):
        assistant = self.env["ev.contract.assistant"].with_user(self.admin)
        self.emsp.email = False
        for values, words in (
            ({}, "choose with whom"),
            ({"partner_choice": "new"}, "write the new partner's name"),
            ({"partner_choice": "new", "partner_name": "X"}, "Nobody can be sent the documents: give X"),
            ({"partner_choice": "new", "partner_name": "X", "partner_email": "x"}, "'x' is not an e-mail"),
            ({"partner_id": self.emsp.id}, "Nobody can be sent the documents: give RoamCo"),
            ({"partner_id": self.host.id, "iban": "FR7630006000011234567890188"}, "not a valid IBAN"),
            ({"partner_id": self.host.id, "recipient_ids": [Command.create({"name": "A"})]}, "give A an e-mail"),
            ({"partner_id": self.host.id, "recipient_ids": [Command.create({"email": "a@b.example"})]}, "write a name"),
        ):
            with self.subTest(words=words):
                wizard = assistant.create(values)
                with self.assertRaisesRegex(UserError, words):
                    wizard.action_next()
                self.assertEqual(wizard.step, "partner")

    def test_an_iban_is_checked_without_base_iban_too(self):
        self.assertTrue(_is_iban("FR76 3000 6000 0112 3456 7890 189"))
        self.assertTrue(_is_iban("be68539007547034"))
        for wrong in ("FR7630006000011234567890188", "FR76", "7630006000011234567890189", ""):
            self.assertFalse(_is_iban(wrong), wrong)

    def test_a_wrong_vat_number_is_refused_at_the_counterparty(self):
        if "vies_valid" not in self.env["res.partner"]._fields:
            self.skipTest("base_vat checks VAT numbers; it is not installed")
        wizard = self.env["ev.contract.assistant"].create(
            {"partner_choice": "new", "partner_name": "X", "partner_email": "x@x.example", "partner_vat": "FR00",
             "partner_country_id": self.env.ref("base.fr").id}
        )  # fmt: skip
        with self.assertRaises(ValidationError):
            wizard.action_next()

    def test_bad_input_at_the_terms(self):
        tiered = {"name": "Tiers", "price_kind": "tiered"}
        wizard = self.start()
        with self.assertRaisesRegex(UserError, "choose at least one"):
            wizard.action_next()
        for row, words in (
            ({"name": "Energy"}, "Energy: enter its price"),
            ({"name": "Energy", "price_kind": "indexed"}, "Energy: choose the price index"),
            ({"name": "Energy", "basis": "session", "price_kind": "tariff"}, "Energy: choose the tariff"),
            ({"name": "Share", "basis": "revenue", "price": 101}, "Share: enter the partner's share in percent"),
            (tiered, "Tiers: bands and tiers are entered on the contract"),
            ({"name": "Energy", "optional": True}, "enter at least one price"),
            (
                {"name": "Energy", "price": 1, "period_minimum": 9, "period_cap": 5},
                "minimum guarantee lies above the cap",
            ),
        ):
            wizard.term_ids = [Command.clear(), Command.create(row)]
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                wizard.action_next()
            self.assertEqual(wizard.step, "terms")

    def test_an_agent_needs_sites(self):
        wizard = self.start(role="agent")
        self.choose(wizard, "revenue_share").price = 10
        with self.assertRaisesRegex(UserError, "The contract: an agent earns on the sessions at its sites"):
            wizard.action_next()

    def test_bad_input_at_billing(self):
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        for values, words in (
            ({"billing_day": 31}, "choose 1 to 28"),
            ({"billing_day": 1, "date_end": "2026-04-01"}, "End lies before Start"),
            ({"date_end": False, "contest_days": -1}, "cannot be negative"),
        ):
            wizard.write(values)
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words):
                wizard.action_next()
            self.assertEqual(wizard.step, "billing")

    def test_a_new_host_of_a_site_without_one(self):
        site = self.make_site("Annecy")
        self.make_station("ANN-1", site)
        self.make_cdr("2026-03-10T08:00:00Z", station="ANN-1")
        before = self.count_rows()
        wizard = self.env["ev.contract.assistant"].with_user(self.admin).create(
            {"partner_choice": "new", "partner_name": "Chalet", "partner_email": "chalet@host.example", "iban": IBAN,
             "site_ids": [Command.set(site.ids)]}
        )  # fmt: skip
        wizard.action_next()
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.date_start = "2026-05-01"
        wizard.action_next()
        # 10 kWh x 0.20
        for words in ("1 sessions", "10.000", "2.00", "Annecy: has no host yet and gets one", "Mandate:"):
            self.assertIn(words, wizard.review)
        self.assertEqual(self.count_rows(), before)
        contract = self.env["ev.contract"].browse(wizard.action_create_start()["res_id"])
        self.assertEqual((contract.state, contract.partner_id.name), ("active", "Chalet"))
        self.assertEqual((site.host_ids.partner_id, str(site.host_ids.date_from)), (contract.partner_id, "2026-05-01"))
        self.assertEqual(contract.partner_id.bank_ids.sanitized_acc_number, IBAN)

    def test_what_stands_against_it_is_said(self):
        self.make_contract(("credit", "kwh", "0.10"))
        other = self.make_site("Elsewhere", self.emsp)
        wizard = self.start(site_ids=[Command.set((self.site | other).ids)])
        self.choose(wizard, "reimbursement_fixed").price = 0.2
        wizard.action_next()
        wizard.action_next()
        for words in ("both credit at Lyon Test", "Elsewhere: RoamCo is its host", "Bank account: none on file"):
            self.assertIn(words, wizard.review)

    def test_a_sale_is_tried_on_months_that_revenue_shares_closed(self):
        share = self.make_contract(("credit", "revenue", "20"))
        self.make_contract(("charge", "kwh", "0.50"), partner=self.emsp, role="emsp")
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.prepare(2026, 3, share).action_approve()
        wizard = self.start(self.emsp, "emsp")
        self.choose(wizard, "emsp_kwh")[0].price = 0.4
        wizard.action_next()
        wizard.action_next()
        # 10 x 0.40
        self.assertIn("4.00", wizard.review)

    def test_two_prices_for_one_thing_are_pointed_out(self):
        index = self.make_index()
        wizard = self.start()
        self.choose(wizard, "reimbursement_fixed", "reimbursement_spot", "supervision")
        wizard.term_ids[0].price = 0.2
        wizard.term_ids[1].index_id = index
        wizard.term_ids.filtered(lambda row: row.basis == "charger_month").price = 9
        wizard.action_next()
        wizard.action_next()
        self.assertIn("(no. 1, 2) add up: both are per kWh", wizard.review)
        self.assertEqual(wizard.review.count("add up"), 1, "AC and DC chargers are different things")

    def test_only_contract_administrators(self):
        mine = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        for login, group in (("asst-acc", "account.group_account_invoice"), ("asst-tech", "ev_cpms.group_technician"),
                             ("asst-portal", "base.group_portal"), ("asst-bridge", "ev_cpms.group_bridge")):  # fmt: skip
            user = self.make_user(login, group, **mine)
            with self.subTest(group=group), self.assertRaises(AccessError):
                self.env["ev.contract.assistant"].with_user(user).create({"role": "host"})

    def test_payment_terms_come_ready(self):
        terms = {
            name: self.env.ref(f"ev_billing.payment_term_{name}") for name in ("end_of_month_60", "45_end_of_month")
        }
        # 10 January: end of month, plus 60 days; plus 45 days is 24 February, end of that month
        due = {name: str(term.line_ids._get_due_date("2026-01-10")) for name, term in terms.items()}
        self.assertEqual(due, {"end_of_month_60": "2026-04-01", "45_end_of_month": "2026-02-28"})

    def test_another_addon_adds_a_model(self):
        mine = ContractTemplate("mine", "Mine", "So much a site.", ("host",), (
            TemplateTerm("Rent", "credit", "site_month", values={"power_type": "dc"}),))  # fmt: skip
        cls = self.registry["ev.contract.assistant"]
        self.patch(cls, "_get_templates", lambda wizard: [mine])
        wizard = self.start()
        [row] = self.choose(wizard, "mine")
        self.assertEqual((row.name, row.basis, row.power_type), ("Rent", "site_month", "dc"))
