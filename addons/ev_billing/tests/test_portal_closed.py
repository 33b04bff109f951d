from urllib.parse import urlsplit

from odoo import Command
from odoo.tests import tagged

from .test_portal_pages import STATEMENTS, EvPortalHttpCase


@tagged("post_install", "-at_install")
class TestPortalClosed(EvPortalHttpCase):
    """Neighbours, the public and guessed ids get nothing, not even whether something is there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bill = cls.statement.document_ids[0]
        cls.paths = (
            "",
            "/file/pdf",
            "/file/xlsx",
            f"/document/{bill.id}",
        )

    def assert_nothing(self, path):
        response = self.get(path)
        self.assertEqual(response.status_code, 303, path)
        self.assertNotIn(self.statement.name, response.text)
        there = urlsplit(response.headers["Location"]).path
        self.assertTrue(there.endswith(("/my", "/web/login")), there)

    def make_neighbours(self):
        return (self.portal_neighbour, self.portal_emsp, self.technician)

    def test_neighbours_and_technicians(self):
        for user in self.make_neighbours():
            self.login(user)
            for path in self.paths:
                with self.subTest(user=user.login, path=path):
                    self.assert_nothing(self.page + path)
            self.assert_nothing(f"/my/ev/contracts/{self.contract.id}")
            for path in (STATEMENTS, "/my/ev/contracts", "/my/ev/sites", "/my/ev/sessions?month=2026-03",
                         f"/my/ev/sessions?month=2026-03&site={self.site.id}"):  # fmt: skip
                text = self.get_text(path)
                for secret in (self.statement.name, self.contract.name, "Lyon Test", "ST01"):
                    self.assertNotIn(secret, text, path)
            csv = self.get(f"/my/ev/sessions.csv?month=2026-03&site={self.site.id}")
            self.assertEqual(len(csv.content.decode("utf-8-sig").splitlines()), 1, "the head alone")

    def test_public_without_or_with_a_wrong_token(self):
        for token in ("", "?access_token=", "?access_token=x", f"?access_token={self.token[:-1]}"):
            for path in self.paths:
                with self.subTest(path=path, token=token):
                    self.assert_nothing(self.page + path + token)
        for path in (STATEMENTS, "/my/ev/contracts", f"/my/ev/contracts/{self.contract.id}", "/my/ev/sites",
                     "/my/ev/sessions", "/my/ev/sessions.csv"):  # fmt: skip
            response = self.get(path)
            self.assertEqual(response.status_code, 303)
            self.assertIn("/web/login", response.headers["Location"])

    def test_a_token_opens_its_own_statement_only(self):
        contract = self.make_contract(("credit", "kwh", "0.1"), partner=self.neighbour)
        self.make_cdr("2026-03-02T08:00:00Z", station="T-AC-2")
        other = self.make_documented(contract)
        other._portal_ensure_token()
        for path in ("", "/file/pdf", "/file/xlsx", f"/document/{other.document_ids[0].id}"):
            self.assert_nothing(f"{STATEMENTS}/{other.id}{path}?access_token={self.token}")
        # a document of another statement through one's own
        self.assert_nothing(f"{self.page}/document/{other.document_ids[0].id}?access_token={self.token}")
        self.login(self.portal_host)
        self.assert_nothing(f"{self.page}/document/{other.document_ids[0].id}")
        self.assert_nothing(f"{self.page}/file/annex")

    def test_guessed_ids(self):
        self.login(self.portal_host)
        for number in (0, self.statement.id + 1_000_000, 2**31 - 1):
            for path in self.paths:
                self.assert_nothing(f"{STATEMENTS}/{number}{path}")
            self.assert_nothing(f"/my/ev/contracts/{number}")
        attachment = self.statement.pdf_attachment_id
        self.authenticate(None, None)
        self.assertNotEqual(self.get(f"/web/content/{attachment.id}").content, attachment.raw)
        self.login(self.portal_neighbour)
        self.assertNotEqual(self.get(f"/web/content/{attachment.id}").content, attachment.raw)

    def test_drafts_are_nobodys_business_even_with_a_token(self):
        self.make_cdr("2026-04-01T08:00:00Z")
        draft = self.prepare(2026, 4, self.contract)
        token = draft._portal_ensure_token()
        self.assert_nothing(f"{STATEMENTS}/{draft.id}?access_token={token}")
        self.login(self.portal_host)
        self.assert_nothing(f"{STATEMENTS}/{draft.id}")
        self.assert_nothing(f"{STATEMENTS}/{draft.id}?access_token={token}")
        self.assertNotIn(draft.name, self.get_text(STATEMENTS))
        contract = self.make_contract(("credit", "kwh", "0.1"), activate=False)
        self.assert_nothing(f"/my/ev/contracts/{contract.id}")
        self.assertNotIn(contract.name, self.get_text("/my/ev/contracts"))

    def test_other_companies(self):
        other = self.make_company("EV Other Operator")
        user = self.make_user(
            "p-elsewhere", "base.group_portal", company_id=other.id, company_ids=[Command.set(other.ids)],
            partner_id=self.env["res.partner"].create({"name": "Elsewhere", "parent_id": self.host.id}).id,
        )  # fmt: skip
        self.login(user)
        for path in self.paths:
            self.assert_nothing(self.page + path)
        for path in (STATEMENTS, "/my/ev/contracts", "/my/ev/sites", "/my/ev/sessions?month=2026-03"):
            self.assertNotIn("Lyon Test", self.get_text(path))
            self.assertNotIn(self.statement.name, self.get_text(path))

    def test_strangers_contest_nothing(self):
        for user in (None, *self.make_neighbours()):
            self.authenticate(None, None)
            if user:
                self.login(user)
            form = self.get("/web/login" if not user else "/my/account").text
            csrf = form.partition('csrf_token: "')[2].partition('"')[0]
            self.assertTrue(csrf)
            response = self.url_open(
                f"{self.page}/contest",
                data={"csrf_token": csrf, "reason": "x", "author_name": "x"},
                allow_redirects=False,
            )
            self.assertEqual(response.status_code, 303)
        self.assertFalse(self.statement.contest_ids)
        self.login(self.portal_host)
        response = self.url_open(f"{self.page}/contest", data={"reason": "x"}, allow_redirects=False)
        self.assertEqual(response.status_code, 400, "a form of another site")
        self.assertFalse(self.statement.contest_ids)
