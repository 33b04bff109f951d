import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..hooks import post_init_hook
from .common import EvBillingCommon


@tagged("post_install", "-at_install")
class TestContract(EvBillingCommon):
    def test_sentence_reads_like_a_contract(self):
        other = self.make_site("Paris Test", self.host)
        contract = self.make_contract(
            (
                "credit",
                "kwh",
                "0.185",
                {"power_type": "ac", "site_ids": [(6, 0, (self.site | other).ids)], "date_from": "2027-01-01"},
            )
        )
        self.assertEqual(
            contract.term_ids.version_ids.sentence,
            "Credit 0.1850 EUR per kWh on AC chargers of sites Lyon Test, Paris Test, from 1 Jan 2027",
        )

    def test_sentence_of_a_commission(self):
        contract = self.make_contract(("charge", "session", "0.35", {"kind": "roaming", "date_from": "2026-02-01"}))
        self.assertEqual(
            contract.term_ids.version_ids.sentence, "Charge 0.35 EUR per session for roaming sessions, from 1 Feb 2026"
        )

    def test_version_ends_where_the_next_begins(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        first = contract.term_ids.version_ids
        second = self.env["ev.contract.term.version"].create(
            {"term_id": contract.term_ids.id, "date_from": "2026-05-01", "price": 0.20}
        )
        self.assertEqual(str(first.date_to), "2026-05-01")
        self.assertFalse(second.date_to)
        contract.term_ids.date_end = "2026-12-31"
        self.assertEqual(str(second.date_to), "2027-01-01")

    def test_two_versions_from_one_day_are_refused_by_name(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        with self.assertRaisesRegex(ValidationError, "Credit 0.1000 EUR per kWh, from 1 Jan 2020"):
            self.env["ev.contract.term.version"].create(
                {"term_id": contract.term_ids.id, "date_from": "2020-01-01", "price": 0.20}
            )

    def test_new_version_cannot_reach_into_billed_days(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-20T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        version = {"term_id": contract.term_ids.id, "price": 0.20}
        for day in ("2026-03-20", "2026-03-31"):
            with self.subTest(day=day), self.assertRaisesRegex(ValidationError, "from 04/01/2026 at the earliest"):
                self.env["ev.contract.term.version"].create({**version, "date_from": day})
        self.env["ev.contract.term.version"].create({**version, "date_from": "2026-04-01"})

    def test_new_term_cannot_reach_into_closed_months(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1", {"power_type": "dc"}))
        self.make_cdr("2026-03-20T08:00:00Z")
        unused, ended = contract.term_ids[1].version_ids, contract.term_ids[1]
        ended.date_end = "2026-02-28"
        self.prepare(2026, 3, contract).action_approve()
        term = {"contract_id": contract.id, "name": "Fee", "direction": "charge", "product_id": self.product.id}
        version = {"date_from": "2026-03-31", "price": 1}
        with self.assertRaisesRegex(ValidationError, "from 04/01/2026 at the earliest"), self.env.cr.savepoint():
            self.env["ev.contract.term"].create({**term, "version_ids": [(0, 0, version)]})
        with self.assertRaisesRegex(ValidationError, "from 04/01/2026 at the earliest"):
            unused.power_type = "ac"  # March's session would come back as a late one
        with self.assertRaisesRegex(UserError, "add another term"):
            ended.date_end = False
        version["date_from"] = "2026-04-01"
        self.env["ev.contract.term"].create({**term, "version_ids": [(0, 0, version)]})
        self.assertFalse(self.prepare(2026, 4, contract).line_ids, "nothing of March comes back")

    def test_fee_per_charger_has_no_session_filters(self):
        with self.assertRaisesRegex(ValidationError, "no session kind, eMSP nor user profile"):
            self.make_contract(("charge", "charger_month", "15", {"kind": "roaming"}))

    def test_six_decimals_are_kept(self):
        contract = self.make_contract(("credit", "kwh", "0.185432"))
        [version] = contract.term_ids.version_ids._to_rating()
        self.assertEqual(version.price.micro, 185_432)

    def test_end_before_start_is_refused(self):
        with self.assertRaises(psycopg2.IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.make_contract(("credit", "kwh", "0.10"), start="2026-02-01", date_end="2026-01-31")

    def test_end_cannot_lie_before_what_is_billed(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.make_cdr("2026-03-20T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        with self.assertRaisesRegex(ValidationError, "cannot be earlier"):
            contract.date_end = "2026-03-19"
        contract.date_end = "2026-03-20"

    def test_contract_without_terms_does_not_start(self):
        with self.assertRaisesRegex(UserError, "has no terms"):
            self.make_contract()

    def test_an_agent_names_its_sites(self):
        with self.assertRaisesRegex(UserError, "choose them in Sites"):
            self.make_contract(("credit", "kwh", "0.10"), role="agent")

    def test_contract_with_statements_is_not_deleted(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        self.prepare(2026, 3, contract)
        with self.assertRaisesRegex(UserError, "archive it"):
            contract.unlink()

    def test_copy_of_a_contract_is_a_draft_with_the_same_terms(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "session", "1"))
        copy = contract.copy()
        self.assertEqual((copy.state, len(copy.term_ids), len(copy.term_ids.version_ids)), ("draft", 2, 2))
        self.assertNotEqual(copy.name, contract.name)

    def test_decimals_were_raised_on_install(self):
        precision = self.env["decimal.precision"]
        self.assertGreaterEqual(precision.precision_get("Product Price"), 6)
        self.assertGreaterEqual(precision.precision_get("Product Unit"), 3)

    def test_install_never_lowers_decimals(self):
        price = self.env["decimal.precision"].search([("name", "=", "Product Price")])
        price.digits = 8
        post_init_hook(self.env)
        self.assertEqual(price.digits, 8)
        price.digits = 2
        post_init_hook(self.env)
        self.assertEqual(price.digits, 6)

    def make_admin(self):
        mine = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        return self.make_user("state-admin", "ev_billing.group_contract_admin", **mine)

    def test_state_moves_by_its_buttons_only(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), activate=False).with_user(self.make_admin())
        for state in ("active", "ended", "draft"):
            with self.subTest(state=state), self.assertRaisesRegex(UserError, "buttons"):
                contract.write({"state": state})
        values = {"partner_id": self.host.id, "date_start": "2026-01-01", "company_id": self.company.id}
        with self.assertRaisesRegex(UserError, "buttons"):
            contract.create({**values, "state": "active"})
        with self.assertRaisesRegex(UserError, "buttons"):
            contract.with_context(default_state="active").create(values)
        with self.assertRaisesRegex(UserError, "never ran"):
            contract.action_end()
        contract.action_activate()
        self.assertEqual(contract.state, "active")
        contract.action_end()
        self.assertEqual(contract.state, "ended")

    def test_running_contract_stays_billable(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        with self.assertRaisesRegex(UserError, "choose them in Sites"), self.env.cr.savepoint():
            contract.role = "agent"
        with self.assertRaisesRegex(UserError, "has no terms"), self.env.cr.savepoint():
            contract.write({"term_ids": [(5, 0, 0)]})

    def test_billed_site_stays_in_the_scope(self):
        other = self.make_site("Paris Test", self.host)
        contract = self.make_contract(("credit", "kwh", "0.10"), site_ids=[(6, 0, (self.site | other).ids)])
        self.make_cdr("2026-03-20T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        with (
            self.assertRaisesRegex(UserError, "Lyon Test is on statement .* enter the site's next host"),
            self.env.cr.savepoint(),
        ):
            contract.site_ids = other
        contract.site_ids = self.site  # nothing was billed in Paris
        contract.site_ids = False  # every site: Lyon too
        with self.assertRaisesRegex(UserError, "Lyon Test is on statement"):
            contract.site_ids = other

    def test_draft_follows_its_contract_until_approved(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), role="emsp")
        self.make_cdr("2026-03-20T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"})
        statement = self.prepare(2026, 3, contract)
        self.assertFalse(statement.line_ids)
        contract.partner_id = self.emsp
        with self.assertRaisesRegex(UserError, "compute it again"):
            statement.action_approve()
        statement.action_compute()
        self.assertEqual((statement.partner_id, statement.session_count), (self.emsp, 1))
        statement.action_approve()
        with self.assertRaisesRegex(UserError, "cannot change any more"):
            contract.partner_id = self.host
