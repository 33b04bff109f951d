import base64
from decimal import Decimal

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from .price_index_common import PriceIndexCommon, at, quarters
from .price_index_server import ACKNOWLEDGEMENT, document, series

CSV = "start;price;state\n2026-01-01 00:00;87,40;final\n2026-01-01 00:15;-3,25;final\n2026-01-01 00:45;88,00;provisional\n"


@tagged("post_install", "-at_install")
class TestPriceIndexImport(PriceIndexCommon):
    """A file is looked at first; what it would change is said before it is."""

    def wizard(self, content, **values):
        content = content.encode() if isinstance(content, str) else content
        return self.env["ev.price.index.import"].create(
            {"index_id": self.index.id, "file": base64.b64encode(content), "file_name": "prices.csv", **values}
        )

    def test_preview_then_import_then_again(self):
        wizard = self.wizard(CSV)
        self.assertFalse(wizard.problem)
        self.assertEqual(wizard.value_count, 3)
        self.assertEqual(wizard.covered, "2026-01-01 00:00 +01:00 to 2026-01-01 01:00 +01:00")
        self.assertEqual(wizard.gap_words, "2026-01-01 00:30 +01:00 to 2026-01-01 00:45 +01:00")
        self.assertEqual(wizard.change_words, "3 added, 0 replaced, 0 known already")
        self.assertEqual(self.rows(), [], "nothing is stored by looking")
        wizard.action_import()
        self.assertIn("3 values added", wizard.result)
        self.assertEqual(self.prices()["2025-12-31 23:45"], ("88.000000", "provisional"))
        self.assertEqual(self.index.value_ids[0].source, "prices.csv")
        self.assertIn("3 values added", self.index.message_ids[0].body)
        again = self.wizard(CSV)
        self.assertEqual(again.change_words, "0 added, 0 replaced, 3 known already")
        messages = len(self.index.message_ids)
        again.action_import()
        self.assertEqual((self.index.revision, len(self.index.message_ids)), (1, messages))

    def test_a_document_is_told_apart_from_a_table(self):
        wizard = self.wizard(document(series("2026-01-01 00:00", ["1", "2"])))
        self.assertEqual((wizard.kind, wizard.value_count), ("Day-ahead prices (ENTSO-E)", 2))

    def test_conflicts_are_shown_and_corrected_only_with_a_reason(self):
        self.store(quarters("2025-12-31 23:00", "80"))
        wizard = self.wizard(CSV)
        self.assertIn("is final at 80.00; 87.40 is not taken", wizard.conflict_words)
        wizard.action_import()
        self.assertEqual(self.prices()["2025-12-31 23:00"], ("80.000000", "final"))
        wizard = self.wizard(CSV, allow_correction=True)
        self.assertEqual(wizard.change_words, "0 added, 1 replaced, 2 known already")
        with self.assertRaisesRegex(UserError, "takes a reason"):
            wizard.action_import()
        wizard.reason = "republished"
        wizard.action_import()
        self.assertEqual(self.prices()["2025-12-31 23:00"], ("87.400000", "final"))

    def test_files_that_are_not_usable_are_told_at_once_and_change_nothing(self):
        hour = CSV.replace("00:15", "01:00").replace("00:45", "02:00")
        for content, words in (
            ("start;price\n", "no values"),
            ("start;price\n2026-01-01 00:00;x\nfoo;1", "(?s)Line 2: price 'x'.*Line 3: 'foo'"),
            ("start;Preis (GBP/MWh)\n2026-01-01 00:00;1", "in GBP"),
            ("start;price EUR/kWh\n2026-01-01 00:00;1", "per kwh"),
            ("2026-03-29 02:15;1\n2026-03-29 03:00;1", "does not exist"),
            ("2026-01-01 00:00;1\n2026-01-01 00:00;2", "given twice"),
            (hour, "60 minutes apart"),
            (ACKNOWLEDGEMENT, "No matching data"),
            (b"<a>", "not whole XML"),
            (b"PK\x03\x04", "save it as CSV"),
        ):
            with self.subTest(words=words):
                wizard = self.wizard(content)
                self.assertRegex(wizard.problem, words)
                with self.assertRaisesRegex(UserError, words):
                    wizard.action_import()
        self.assertEqual(self.index.revision, 0)

    def test_overlaps_with_what_is_there_are_named(self):
        self.store([(at("2025-12-31 23:00"), at("2026-01-01 00:00"), Decimal(1), True)])
        self.assertIn("has a value of another length", self.wizard(CSV).problem)

    def test_a_mean_takes_no_file(self):
        mean = self.make_mean(self.index)
        self.assertIn("change the values there", self.wizard(CSV, index_id=mean.id).problem)

    def test_preview_as_the_web_client_saves_it(self):
        wizard = self.wizard(CSV)
        spec = {"value_count": {}, "problem": {}, "file": {}}
        [saved] = wizard.web_save({"state": "final"}, spec)
        self.assertEqual((saved["value_count"], saved["problem"]), (3, False))

    def test_form_shows_the_preview(self):
        with Form(self.env["ev.price.index.import"].with_context(default_index_id=self.index.id)) as form:
            form.file = base64.b64encode(CSV.encode())
            self.assertEqual(form.value_count, 3)


@tagged("post_install", "-at_install")
class TestPriceIndexEdit(PriceIndexCommon):
    """One value by hand, with its history in sight."""

    def wizard(self, **values):
        return self.env["ev.price.index.edit"].create(
            {"index_id": self.index.id, "date_start": "2026-01-01 00:00:00", "price": 1, **values}
        )

    def test_a_new_value_lasts_one_step(self):
        wizard = self.wizard(price=123456.654321)
        self.assertEqual(str(wizard.date_end), "2026-01-01 00:15:00")
        self.assertEqual(wizard.interval, "2026-01-01 01:00 +01:00 to 2026-01-01 01:15 +01:00")
        wizard.action_save()
        self.assertEqual(self.prices(), {"2026-01-01 00:00": ("123456.654321", "final")})

    def test_a_month_is_a_month_of_the_index(self):
        month = self.make_index("Month", "T-MONTH", clock="ex_post", resolution="month")
        wizard = self.wizard(index_id=month.id, date_start="2026-02-28 23:00:00")
        self.assertEqual(str(wizard.date_end), "2026-03-31 22:00:00")
        wizard.action_save()

    def test_final_values_take_a_reason_and_keep_their_history(self):
        self.store(quarters("2026-01-01 00:00", "80"))
        action = self.index.value_ids.action_edit()
        wizard = self.env["ev.price.index.edit"].with_context(**action["context"]).create({})
        self.assertEqual((wizard.price, wizard.state), (80.0, "final"))
        wizard.price = 81
        with self.assertRaisesRegex(UserError, "with a reason"):
            wizard.action_save()
        wizard.reason = "typing error"
        wizard.action_save()
        self.assertEqual(
            [row[1:] for row in self.rows()], [("80.000000", "final", 1, 2), ("81.000000", "final", 2, None)]
        )
        history = self.wizard().history_ids
        self.assertEqual(sorted(history.mapped("price")), [80.0, 81.0])
        self.assertIn("typing error", history.mapped("reason"))

    def test_gaps_are_told(self):
        self.assertEqual((self.index.gap_count, self.index.gap_words), (0, ""))
        self.store(quarters("2020-01-01 00:00", "1"))
        self.assertEqual(self.index.gap_count, 1)
        self.assertIn("Missing from", self.index.gap_report)
        month = self.make_index("Month", "T-MONTH", clock="ex_post", resolution="month")
        self.assertIn("Nothing is missing", month.gap_report)

    def test_counts_and_extent(self):
        self.store(quarters("2026-01-01 00:00", "1", "2", final=False))
        self.store(quarters("2026-01-01 00:00", "3"))
        self.assertEqual((self.index.value_count, self.index.superseded_count), (2, 1))
        self.assertEqual(self.index.covered, "2026-01-01 01:00 +01:00 to 2026-01-01 01:30 +01:00")


@tagged("post_install", "-at_install")
class TestPriceIndexAccess(PriceIndexCommon):
    """Accountants and auditors read; contract administrators keep; everybody else sees nothing (design invariant 8)."""

    MODELS = ("ev.price.index", "ev.price.index.value")
    WIZARDS = ("ev.price.index.import", "ev.price.index.edit", "ev.price.index.fetch")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.index._store_values(quarters("2026-01-01 00:00", "80"), "test")

    def make_user(self, groups, company=None):
        company = company or self.company
        return self.env["res.users"].create(
            {
                "name": groups,
                "login": f"{groups}-{company.id}",
                "group_ids": [Command.set([self.env.ref(group).id for group in groups.split(",")])],
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
            }
        )

    def allowed(self, user):
        return {
            (model, operation)
            for model in (*self.MODELS, *self.WIZARDS)
            for operation in ("read", "write", "create", "unlink")
            if self.env[model].with_user(user).has_access(operation)
        }

    def test_accountants_and_auditors_read(self):
        for groups in ("account.group_account_invoice", "account.group_account_readonly"):
            user = self.make_user(groups)
            self.assertEqual(self.allowed(user), {(model, "read") for model in self.MODELS})
            index = self.index.with_user(user)
            self.assertEqual(index.value_ids.price, 80)
            self.assertEqual(index.value_count, 1)
            index.action_open_values()
            index.action_open_gaps()
            for action in (
                index.action_import,
                index.action_edit_value,
                index.action_fetch,
                index.value_ids.action_edit,
            ):
                with self.assertRaises(AccessError):
                    action()

    def test_contract_administrators_keep_them(self):
        user = self.make_user("ev_billing.group_contract_admin")
        self.assertEqual(
            self.allowed(user),
            {("ev.price.index.value", "read")}
            | {
                (model, operation)
                for model in ("ev.price.index", *self.WIZARDS)
                for operation in ("read", "write", "create", "unlink")
            },
        )
        index = self.env["ev.price.index"].with_user(user).create({"name": "Mine", "code": "MINE"})
        wizard = (
            self.env["ev.price.index.import"]
            .with_user(user)
            .create({"index_id": index.id, "file": base64.b64encode(CSV.encode())})
        )
        wizard.action_import()
        self.assertEqual(index.value_ids.user_id, user)
        index.action_import()
        with self.assertRaises(UserError):
            index.value_ids.write({"price": 1})
        index.copy()
        index.write({"name": "Ours"})

    def test_nobody_else_sees_a_price(self):
        for groups in ("base.group_user", "base.group_portal", "ev_cpms.group_technician", "ev_cpms.group_bridge"):
            with self.subTest(groups=groups):
                user = self.make_user(groups)
                self.assertEqual(self.allowed(user), set())
                for call in (
                    "action_open_values",
                    "action_open_gaps",
                    "action_import",
                    "action_edit_value",
                    "action_fetch",
                ):
                    with self.assertRaises(AccessError):
                        getattr(self.index.with_user(user), call)()

    def test_companies_see_their_own_and_the_shared(self):
        other = self.make_company("EV Other Operator")
        shared = self.make_index("Shared", "T-SHARED", company_id=False)
        shared._store_values(quarters("2026-01-01 00:00", "1"), "test")
        user = self.make_user("ev_billing.group_contract_admin,account.group_account_invoice", other)
        env = self.env(user=user, context={"allowed_company_ids": other.ids})
        mine = [("id", "in", (self.index | shared).ids)]
        self.assertEqual(env["ev.price.index"].search(mine).ids, shared.ids)
        values = env["ev.price.index.value"].search([("index_id", "in", (self.index | shared).ids)])
        self.assertEqual(values.index_id.ids, shared.ids)
        with self.assertRaises(AccessError):
            self.index.with_env(env).read(["name"])
        wizard = env["ev.price.index.import"].create(
            {"index_id": self.index.id, "file": base64.b64encode(CSV.encode()), "state": "final"}
        )
        with self.assertRaises(AccessError):
            wizard.action_import()
