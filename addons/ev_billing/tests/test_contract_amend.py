"""Amending, ending and duplicating contracts, and billing days ad hoc. Today is 15 April 2026."""

from datetime import date

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, freeze_time, tagged

from .test_contract_assistant import TODAY
from .test_prices import PricesCommon


class ChangeCommon(PricesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.admin = cls.make_user("change-admin", "ev_billing.group_contract_admin", **mine)
        cls.accountant = cls.make_user("change-accountant", "account.group_account_invoice", **mine)

    def open(self, model, contract, user=None, **values):
        """The wizard as it opens from the contract's form, stored as a browser stores it."""
        form = Form(self.env[model].with_user(user or self.admin).with_context(active_id=contract.id))
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def amend(self, contract, user=None):
        action = contract.with_user(user or self.admin).action_amend()
        return self.env[action["res_model"]].with_user(user or self.admin).browse(action["res_id"])

    def set_price(self, wizard, price, name=""):
        """Type a new price as a person does: that chooses the term."""
        with Form(wizard) as form:
            for position, line in enumerate(wizard.line_ids):
                if name in line.term_id.name:
                    with form.line_ids.edit(position) as row:
                        row.price = price


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractAmend(ChangeCommon):
    def test_a_new_price_from_a_day_on(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1"))
        wizard = self.amend(contract)
        self.assertEqual(wizard.date_from, date(2026, 5, 1))
        line = wizard.line_ids.filtered(lambda line: line.term_id.basis == "kwh")
        self.assertEqual((line.price, len(wizard.line_ids)), (0.1, 2))
        self.set_price(wizard, 0.12, "kwh")
        self.assertEqual(wizard.line_ids.filtered("chosen"), line)
        wizard.action_amend()
        energy = contract.term_ids.filtered(lambda term: term.basis == "kwh")
        self.assertEqual(
            [(str(v.date_from), v.price, v.phase) for v in energy.version_ids.sorted("date_from")],
            [("2020-01-01", 0.1, "current"), ("2026-05-01", 0.12, "upcoming")],
        )
        self.assertEqual(len((contract.term_ids - energy).version_ids), 1)
        with freeze_time("2026-06-02"):
            self.make_cdr("2026-04-10T08:00:00Z")
            self.make_cdr("2026-05-10T08:00:00Z")
        # 10 x 0.10; 10 x 0.12
        self.assertEqual(self.prepare(2026, 4, contract).total_credit, 1.0)
        self.assertEqual(self.prepare(2026, 5, contract).total_credit, 1.2)

    def test_billed_days_never_move(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        with freeze_time("2026-06-02"):
            self.make_cdr("2026-05-10T08:00:00Z")
            may = self.prepare(2026, 5, contract)
            may.action_approve()
        billed = contract.term_ids.version_ids
        wizard = self.amend(contract)
        self.assertEqual((wizard.date_from, wizard.closed_until), (date(2026, 6, 1), date(2026, 5, 31)))
        wizard.line_ids.write({"chosen": True, "price": 0.12})
        wizard.date_from = "2026-05-31"
        with self.assertRaisesRegex(UserError, "is billed up to 05/31/2026"), self.env.cr.savepoint():
            wizard.action_amend()
        self.assertEqual(contract.term_ids.version_ids, billed)
        wizard.date_from = "2026-06-01"
        wizard.action_amend()
        self.assertEqual((billed.price, str(billed.date_to), may.total_credit), (0.1, "2026-06-01", 1.0))

    def test_an_index_formula_is_amended_in_place(self):
        index = self.make_index()
        formula = {"index_adder": 0.01, "has_cap": True, "cap": 0.3, "negative_clause": "zero", "losses": 2.0}
        contract = self.make_contract(("credit", "kwh", 0, self.indexed(index, **formula)))
        wizard = self.amend(contract)
        with Form(wizard) as form, form.line_ids.edit(0) as row:
            row.index_factor = 1.1
        wizard.action_amend()
        new = contract.term_ids.version_ids.sorted("date_from")[-1]
        self.assertEqual((new.index_id, new.index_factor), (index, 1.1))
        self.assertEqual({name: new[name] for name in formula}, formula, "what was not touched stays")

    def test_bands_open_for_editing_as_copies(self):
        bands = [Command.create({"name": "peak", "price": 0.3, "hour_from": 8, "hour_to": 20})]
        contract = self.make_contract(("credit", "kwh", 0.2, {"price_kind": "banded", "band_ids": bands}))
        wizard = self.amend(contract)
        wizard.line_ids.chosen = True
        action = wizard.action_amend()
        old, new = contract.term_ids.version_ids.sorted("date_from")
        self.assertEqual((action["res_model"], action["res_id"]), ("ev.contract.term.version", new.id))
        new.band_ids.price = 0.35
        self.assertEqual((old.band_ids.price, new.band_ids.name), (0.3, "peak"))

    def test_nothing_chosen_or_changed_or_no_day_of_the_contract(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), date_end="2026-12-31")
        wizard = self.amend(contract)
        with self.assertRaisesRegex(UserError, "choose at least one"):
            wizard.action_amend()
        wizard.line_ids.chosen = True
        with self.assertRaisesRegex(UserError, "nothing was changed"):
            wizard.action_amend()
        wizard.line_ids.price = 0.2
        wizard.date_from = "2027-01-01"
        with self.assertRaisesRegex(UserError, "choose a day on which"):
            wizard.action_amend()

    def test_a_duplicate_keeps_bands_tiers_and_filters(self):
        bands = [Command.create({"name": "peak", "price": 0.3, "hour_from": 8, "hour_to": 20})]
        tiers = [Command.create({"until": 15, "price": 0.3}), Command.create({"until": 0, "price": 0.1})]
        filters = {
            "power_type": "ac",
            "profile_ids": [Command.set(self.profile.ids)],
            "site_ids": [Command.set(self.site.ids)],
        }
        contract = self.make_contract(
            ("credit", "kwh", 0.2, {"price_kind": "banded", "band_ids": bands, **filters}),
            ("charge", "kwh", 0, {"price_kind": "tiered", "tier_ids": tiers}),
        )
        self.make_cdr("2026-03-10T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        copy = contract.copy()
        self.assertEqual((copy.state, copy.statement_count, copy.name != contract.name), ("draft", 0, True))
        self.assertEqual(copy.term_ids.mapped("sentence"), contract.term_ids.mapped("sentence"))
        self.assertFalse(copy.term_ids.version_ids & contract.term_ids.version_ids)
        self.assertFalse(copy.term_ids.version_ids.band_ids & contract.term_ids.version_ids.band_ids)
        self.assertEqual(copy.term_ids[0].version_ids.profile_ids, self.profile)
        self.assertEqual(len(copy.term_ids[1].version_ids.tier_ids), 2)

    def test_a_duplicated_sale_begins_after_what_revenue_shares_closed(self):
        share = self.make_contract(("credit", "revenue", "20"))
        sale = self.make_contract(("charge", "kwh", "0.50"), partner=self.emsp, role="emsp")
        self.make_cdr("2026-03-10T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.prepare(2026, 3, share).action_approve()
        copy = sale.copy()
        self.assertEqual((str(copy.term_ids.version_ids.date_from), copy.term_ids.is_sale), ("2026-04-01", True))

    def test_only_contract_administrators_amend_and_terminate(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        with self.assertRaises(AccessError):
            self.amend(contract, self.accountant)
        with self.assertRaises(AccessError):
            self.open("ev.contract.terminate", contract, self.accountant, reason="x")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestContractTerminate(ChangeCommon):
    def terminate(self, contract, day):
        wizard = self.open("ev.contract.terminate", contract, date_end=day, reason="Notice of 1 February")
        return wizard, wizard.action_terminate()

    def test_the_closing_statement_is_made_once_its_month_is_over(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "charger_month", "31"))
        self.make_cdr("2026-03-05T08:00:00Z")
        self.make_cdr("2026-03-25T08:00:00Z")
        wizard, action = self.terminate(contract, "2026-03-10")
        self.assertIn("is made now", wizard.explanation)
        statement = self.env["ev.statement"].search(action["domain"])
        self.assertEqual((contract.state, str(contract.date_end)), ("ended", "2026-03-10"))
        # the session of the 5th: 10 x 0.10; two chargers, 10 of 31 days of 31.00
        self.assertEqual((statement.state, statement.total_credit, statement.total_charge), ("draft", 1.0, 20.0))
        self.assertIn("Notice of 1 February", contract.message_ids[0].body)

    def test_an_end_to_come_is_announced(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        wizard, action = self.terminate(contract, "2026-06-30")
        self.assertEqual(wizard.explanation, "The closing statement comes when June 2026 is prepared.")
        self.assertEqual(action["type"], "ir.actions.act_window_close")
        self.assertEqual((contract.state, contract.is_closing, contract.statement_count), ("active", True, 0))

    def test_an_end_earlier_this_month_waits_for_the_month(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.terminate(contract, "2026-04-10")
        self.assertEqual((contract.state, contract.statement_count), ("ended", 0))
        self.make_cdr("2026-04-05T08:00:00Z")
        self.assertEqual(self.prepare(2026, 4).filtered(lambda s: s.contract_id == contract).total_credit, 1.0)

    def test_a_quarterly_contract_closes_in_the_middle_of_its_quarter(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="quarterly")
        self.make_cdr("2026-01-05T08:00:00Z")
        _wizard, action = self.terminate(contract, "2026-02-10")
        statement = self.env["ev.statement"].search(action["domain"])
        self.assertEqual((str(statement.period_start), statement.total_credit), ("2026-01-01", 1.0))

    def test_an_ad_hoc_contract_closes_with_what_is_left(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="ad_hoc", start="2026-01-01")
        self.make_cdr("2026-01-05T08:00:00Z")
        self.make_cdr("2026-03-05T08:00:00Z")
        self.open("ev.statement.ad_hoc", contract, self.accountant, date_to="2026-01-31").action_bill()
        _wizard, action = self.terminate(contract, "2026-03-10")
        statement = self.env["ev.statement"].search(action["domain"])
        self.assertEqual((str(statement.period_start), str(statement.period_end)), ("2026-02-01", "2026-03-10"))
        self.assertEqual(statement.total_credit, 1.0)

    def test_what_cannot_be(self):
        draft = self.make_contract(("credit", "kwh", "0.10"), activate=False)
        with self.assertRaisesRegex(UserError, "never ran"):
            self.terminate(draft, "2026-03-10")
        contract = self.make_contract(("credit", "kwh", "0.10"), start="2026-01-01")
        with self.assertRaisesRegex(UserError, "lies before .* began"):
            self.terminate(contract, "2025-12-31")
        self.make_cdr("2026-03-05T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        with self.assertRaisesRegex(ValidationError, "billed up to"):
            self.terminate(contract, "2026-03-01")


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestStatementAdHoc(ChangeCommon):
    def test_days_are_billed_one_after_the_other(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="ad_hoc", start="2026-01-01")
        self.make_cdr("2026-01-05T08:00:00Z")
        self.make_cdr("2026-02-05T08:00:00Z")
        wizard = self.open("ev.statement.ad_hoc", contract, self.accountant)
        self.assertEqual((wizard.date_from, wizard.date_to), (date(2026, 1, 1), date(2026, 4, 14)))
        wizard.date_to = "2026-01-31"
        statement = self.env["ev.statement"].browse(wizard.action_bill()["res_id"])
        self.assertEqual((statement.state, statement.total_credit), ("draft", 1.0))
        following = self.open("ev.statement.ad_hoc", contract, self.accountant)
        self.assertEqual(following.date_from, date(2026, 2, 1))
        following.date_from = "2026-01-15"
        with self.assertRaisesRegex(UserError, "choose days after"):
            following.action_bill()

    def test_what_cannot_be(self):
        contract = self.make_contract(
            ("credit", "kwh", "0.10"), periodicity="ad_hoc", start="2026-01-01", activate=False
        )
        wizard = self.open("ev.statement.ad_hoc", contract, self.accountant)
        with self.assertRaisesRegex(UserError, "does not run yet"):
            wizard.action_bill()
        contract.action_activate()
        for days, words in (
            ({"date_from": "2026-02-01", "date_to": "2026-01-31"}, "To lies before From"),
            ({"date_from": "2025-01-01", "date_to": "2025-01-31"}, "does not run on these days"),
        ):
            wizard.write(days)
            with self.assertRaisesRegex(UserError, words):
                wizard.action_bill()
        contract.periodicity = "monthly"
        with self.assertRaisesRegex(UserError, "prepare its months instead"):
            wizard.action_bill()

    def test_accountants_only(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), periodicity="ad_hoc")
        with self.assertRaises(AccessError):
            self.open("ev.statement.ad_hoc", contract, self.admin)
