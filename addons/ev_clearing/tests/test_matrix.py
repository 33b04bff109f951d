"""The clearing matrix and the exceptions journal: where every roaming session stands, in numbers worked out by hand."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim

from .window_common import WindowCommon


class MatrixCase(WindowCommon):
    """Sessions of 10, 20 and 30 kWh at 0.50 EUR (5 + 10 + 15 = 30 EUR) of March 2026, at the eMSP's contract."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_emsp_contract()
        cls.cdrs = cls.make_sessions(10_000, 20_000, 30_000)

    def setUp(self):
        super().setUp()
        self.statement = self.prepare_march(self.contract)

    def make_hub_session(self):
        """8 kWh of the eMSP's badge that came through GIREVE, which bills them."""
        gireve = self.env.ref("ev_clearing.ev_roaming_hub_gireve")
        self.env["ev.roaming.rule"].create(
            {
                "name": "Hub",
                "company_id": self.company.id,
                "source": "hub",
                "route": "hub",
                "hub_id": gireve.id,
                "billed_by": "hub",
            }
        )
        item = self.make_item("2026-03-22T08:00:00Z", 8_000, 4, token={"uid": "04TEST02", "type": "RFID"})
        [answer] = self.ingest(item, source="hub")
        self.assertEqual(answer["status"], "stored")
        return self.env["ev.cdr"].search([("external_id", "=", item["id"])])

    def matrix(self, user=None, month="2026-03"):
        runs = self.env["ev.run"].with_user(user) if user else self.env["ev.run"]
        return runs.get_clearing_matrix(self.company.id, month)

    def cells(self, matrix=None, key=None):
        """{column: (count, kWh, money)} of a row, of what is not empty."""
        matrix = matrix or self.matrix()
        key = key or f"c{self.contract.id}"
        [row] = [row for row in matrix["rows"] if row["key"] == key]
        return {
            column: (cell["count"], cell["kwh"], *cell["money"])
            for column, cell in row["cells"].items()
            if cell["count"]
        }

    def left(self, matrix=None):
        """{reason: count} of what is left over, in all rows."""
        return {note["label"]: note["count"] for note in (matrix or self.matrix())["total"]["left"]["notes"]}

    def find_links(self, value):
        if isinstance(value, dict):
            if {"label", "count", "action"} <= value.keys() and value["count"] is not None:
                yield value
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from self.find_links(each)

    def assert_links_count(self, matrix, user=None):
        """Every link opens exactly as many records as it says.

        :return: how many there were
        """
        links = [link for link in self.find_links(matrix) if link["action"]]
        for link in links:
            action = link["action"]
            records = self.env[action["res_model"]].with_context(**(action.get("context") or {}))
            records = records.with_user(user) if user else records
            self.assertEqual(records.search_count(action["domain"]), link["count"], (link["label"], action["domain"]))
        return len(links)

    def journal(self, *domain):
        """{session id: (kind, reason)} of the exceptions of March."""
        rows = self.env["ev.clearing.exception"].with_context(clearing_month="2026-03").search([*domain])
        return {row.session_reference: (row.kind, row.reason) for row in rows}

    def pay(self, statement):
        """Register the whole payment with core's wizard, as an accountant does."""
        statement.invalidate_recordset()
        invoice = statement.document_ids
        self.assertEqual((invoice.state, invoice.amount_residual), ("posted", 36), "30 EUR and 20 % VAT")
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({"payment_date": "2026-04-20"})._create_payments()


@tagged("post_install", "-at_install")
class TestMatrix(MatrixCase):
    def test_from_draft_to_paid_by_hand(self):
        self.assertEqual(self.cells(), {
            "books": (3, "60.0 kWh", "30.00\xa0€"),
            "left": (3, "60.0 kWh", "30.00\xa0€"),
        })  # fmt: skip
        self.assertEqual(self.left(), {"On a Draft": 3})
        self.statement.action_open_window()
        self.assertEqual(self.left(), {"In Its Control Window": 3})
        self.assertEqual(self.cells()["sent"], (3, "60.0 kWh", "30.00\xa0€"))
        self.statement._approve_by_partner("Ada")
        self.statement.action_approve()
        self.statement.document("2026-04-02")
        cells = self.cells()
        self.assertEqual(cells["invoiced"], (3, "60.0 kWh", "30.00\xa0€"))
        self.assertEqual({"books", "sent", "invoiced"}, cells.keys())
        self.assertFalse(self.matrix()["rows"][0]["is_open"])
        self.pay(self.statement)
        self.assertEqual(self.statement.state, "settled")
        matrix = self.matrix()
        self.assertEqual(self.cells(matrix)["paid"], (3, "60.0 kWh", "30.00\xa0€"))
        # eight columns of the row, and of the total
        self.assertEqual(self.assert_links_count(matrix), 16)

    def test_what_is_disputed_is_left_over_and_comes_back(self):
        self.statement.action_open_window()
        self.statement._dispute([Claim(self.cdrs[1].id, "energy", "9 kWh")], self.emsp)
        cells = self.cells()
        # 20 kWh at 0.50 are at stake
        self.assertEqual(cells["disputed"], (1, "20.0 kWh", "10.00\xa0€"))
        self.assertEqual(self.left(), {"Disputed": 1, "In Its Control Window": 2})
        self.statement._approve_by_partner("Ada")
        self.statement.action_approve()
        matrix = self.matrix()
        cells = self.cells(matrix)
        self.assertEqual(cells["sent"], (3, "60.0 kWh", "30.00\xa0€"))
        self.assertEqual(cells["invoiced"], (2, "40.0 kWh", "20.00\xa0€"))
        self.assertEqual(cells["left"], (1, "20.0 kWh", "10.00\xa0€"))
        self.assertTrue(matrix["rows"][0]["is_open"])
        self.assert_links_count(matrix)
        self.assertEqual(
            self.journal(), {self.cdrs[1].external_id: ("disputed", "Energy differs: “9 kWh”; answer until 04/12/2026")}
        )
        self.statement.dispute_ids._decide("excluded", "We agree.")
        self.assertEqual(self.left(), {"Dispute Decided: Not Charged": 1})
        self.assertFalse(self.matrix()["rows"][0]["is_open"])
        self.env.invalidate_all()
        [row] = self.env["ev.clearing.exception"].search([("cdr_id", "=", self.cdrs[1].id)])
        self.assertEqual((row.state, row.decided_by_id), ("closed", self.env.user))
        self.assertEqual(row.reason, "Energy differs: “9 kWh”. Not Charged: We agree.")

    def test_every_reason_is_told_apart(self):
        cdrs = self.cdrs
        cdrs[0]._hold("excluded", "Test charge")
        cdrs[1]._hold("held", "Wait for the meter")
        other = self.env["res.partner"].create({"name": "NewCo", "is_company": True})
        self.make_token("04NEW001", "roaming", other)
        self.make_sessions(5_000, token="04NEW001", day=20)
        self.make_sessions(7_000, token="04NOBODY", day=21)
        through = self.make_hub_session()
        zero = self.make_sessions(0, day=23)
        waiting = self.make_sessions(9_000, day=24)
        matrix = self.matrix()
        self.assertEqual(self.left(matrix), {
            "Excluded by a Decision": 1,
            "Held to Be Billed Later": 1,
            "On a Draft": 1,
            "No Contract Applies": 1,
            "Nobody Knows Whose Badge": 1,
            "Nothing to Charge": 1,
            "On No Statement Yet": 1,
        })  # fmt: skip
        # 10 + 20 + 30 + 5 + 7 + 8 + 0 + 9 = 89 kWh of 8 sessions, one of them the hub's
        total = matrix["total"]
        self.assertEqual((total["books"]["count"], total["books"]["kwh"]), (8, "89.0 kWh"))
        self.assertEqual((total["hub"]["count"], total["hub"]["kwh"]), (1, "8.0 kWh"))
        self.assertEqual(total["left"]["count"], 7)
        # the contract, NewCo, the hub's, and nobody
        self.assertEqual(
            [row["name"] for row in matrix["rows"]], ["NewCo", self.emsp.name, self.emsp.name, "Unknown badges"]
        )
        self.assert_links_count(matrix)
        journal = self.journal()
        self.assertEqual(journal[cdrs[0].external_id], ("excluded", "Test charge"))
        self.assertEqual(journal[cdrs[1].external_id], ("held", "Wait for the meter"))
        self.assertEqual(journal[zero.external_id][0], "free")
        self.assertEqual(journal[waiting.external_id][0], "waiting")
        self.assertEqual(journal[through.external_id][0], "hub")
        self.assertIn("which bills it", journal[through.external_id][1])
        self.assertEqual(len(journal), 8)
        # with and without the month in the context the same rows are found
        self.assertEqual(self.env["ev.clearing.exception"].search_count([("month", "=", "2026-03-01")]), 8)
        self.assertEqual(self.env["ev.clearing.exception"].with_context(clearing_month="2026-04").search_count([]), 0)

    def test_late_sessions_are_apart(self):
        self.statement.action_open_window()
        late = self.make_sessions(40_000, day=20)
        self.statement._approve_by_partner("Ada")
        self.statement.action_approve()
        self.clock.move_to("2026-05-02 08:00:00")
        april = self.prepare(2026, 4, self.contract)
        april.action_open_window()
        march, matrix = self.cells(), self.matrix(month="2026-04")
        self.assertEqual(march["sent"][0], 3)
        self.assertEqual(march["left"], (1, "40.0 kWh", "20.00\xa0€"))
        [row] = matrix["rows"]
        [note] = row["cells"]["sent"]["notes"]
        self.assertEqual((note["label"], note["count"]), ("late, of earlier months", 1))
        self.assertEqual(row["cells"]["sent"]["count"], 0)
        self.assert_links_count(matrix)
        self.assertEqual(self.journal(("kind", "=", "late"))[late.external_id][0], "late")

    def test_links_of_a_cell_that_is_none_open_nothing(self):
        for value in ("2026-03:books", "x:books:all", "2026-03:secret:all", "2026-03:books:c", "", "2026-03:books:z1"):
            self.assertFalse(self.env["ev.cdr"].search_count([("ev_matrix_cell", "=", value)]), value)
        self.assertEqual(self.env["ev.cdr"].search_count([("ev_matrix_cell", "=", "2026-03:books:all")]), 3)

    def test_an_empty_month(self):
        matrix = self.matrix(month="2025-01")
        self.assertEqual([row["is_open"] for row in matrix["rows"]], [False])
        self.assert_links_count(matrix)


@tagged("post_install", "-at_install")
class TestMatrixAccess(MatrixCase):
    def user(self, login, group, **values):
        mine = {"company_id": self.company.id, "company_ids": [Command.set(self.company.ids)]}
        return self.make_user(f"matrix-{login}", group, **{**mine, **values})

    def test_who_may_look_sees_the_same_numbers(self):
        mine = self.cells()
        for login, group in (
            ("auditor", "base.group_user,account.group_account_readonly"),
            ("admin", "base.group_user,ev_billing.group_contract_admin"),
            ("accountant", "base.group_user,account.group_account_invoice"),
        ):
            with self.subTest(login):
                user = self.user(login, group)
                matrix = self.matrix(user)
                self.assertEqual(self.cells(matrix), mine)
                self.assertTrue(self.assert_links_count(matrix, user))
                journal = self.env["ev.clearing.exception"].with_user(user)
                self.assertEqual(journal.search_count([]), 3)
                self.assertTrue(all(journal.search([]).mapped("reason")))
                self.assertFalse(journal.has_access("write"))
                self.assertFalse(journal.has_access("create"))

    def test_nobody_else_gets_anything(self):
        for login, group in (
            ("technician", "ev_cpms.group_technician"),
            ("bridge", "ev_cpms.group_bridge"),
            ("charging", "base.group_user,ev_cpms.group_admin"),
            ("employee", "base.group_user"),
            ("portal", "base.group_portal"),
        ):
            with self.subTest(login):
                user = self.user(login, group)
                with self.assertRaises(AccessError):
                    self.matrix(user)
                with self.assertRaises(AccessError):
                    self.env["ev.clearing.exception"].with_user(user).search_count([])
                with self.assertRaises(AccessError):
                    self.env["ev.cdr"].with_user(user).search_count([("ev_matrix_cell", "=", "2026-03:books:all")])

    def test_another_company_sees_nothing_of_it(self):
        other = self.make_company("Other Operator")
        user = self.user(
            "other",
            "base.group_user,account.group_account_invoice",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        runs = self.env["ev.run"].with_user(user).with_context(allowed_company_ids=other.ids)
        with self.assertRaisesRegex(UserError, "You do not work for that company"):
            runs.get_clearing_matrix(self.company.id, "2026-03")
        self.assertEqual(runs.get_clearing_matrix(other.id, "2026-03")["rows"], [])
        journal = self.env["ev.clearing.exception"].with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertEqual(journal.search_count(Domain.TRUE), 0)
