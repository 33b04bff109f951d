import base64
import re

from odoo.fields import Command
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.ev_billing.tests.portal_common import EvPortalCommon

from ..models import ev_partner_file_job as job
from ..models import ev_statement_partner_file as receiving


@tagged("post_install", "-at_install")
class TestPortalPartnerFile(EvPortalCommon, HttpCase):
    """An eMSP sends its own list of three sessions of 5, 10 and 15 EUR, logged in or by the link it was mailed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Paris"
        contract = cls.make_contract(("charge", "kwh", "0.5"), partner=cls.emsp, role="emsp", control_days=7)
        cls.cdrs = cls.env["ev.cdr"]
        for number, energy in enumerate((10_000, 20_000, 30_000)):
            cls.cdrs |= cls.make_cdr(
                f"2026-03-{10 + number}T08:00:00Z", energy, token={"uid": "04TEST02", "type": "RFID"}, hours=4
            )
        cls.statement = cls.prepare(2026, 3, contract)
        cls.statement.action_open_window()
        cls.token = cls.statement._portal_ensure_token()

    def url(self, path):
        return f"/my/ev/statements/{self.statement.id}/{path}"

    def page(self, path="sessions", token=None):
        return self.url_open(self.url(path) + (f"?access_token={token}" if token else ""))

    def post(self, path, page, files=None, **values):
        values["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.url_open(self.url(path), values, files=files)

    def our_list(self):
        """The CSV that the partner downloads, with 9 kWh instead of 10 and without the second session."""
        head, first, _second, third = self.page("list/csv", self.token).content.decode("utf-8-sig").splitlines()
        return "\r\n".join([head, first.replace(",10,4", ",9,4"), third]).encode()

    def send(self, content=None, name="march.csv", page=None, **values):
        content = self.our_list() if content is None else content
        page = page or self.page(token=values.get("access_token"))
        return self.post("file", page, {"list": (name, content)}, **values)

    def test_a_list_is_compared_at_once_and_disputed(self):
        self.authenticate("p-emsp", "p-emsp")
        page = self.send()
        record = self.statement.partner_file_ids
        self.assertTrue(page.url.endswith(f"/file/{record.id}"))
        self.assertEqual((record.source, record.author_id, record.state), ("portal", self.emsp, "compared"))
        self.assertEqual(record.profile_id, self.env.ref("ev_clearing.file_profile_compare_csv"))
        for result in ("matched", "different", "energy", "missing_there"):
            self.assertRegex(page.text, rf'name="count_{result}">1<')
        self.assertIn("Dispute these differences", page.text)
        self.assertIn(self.cdrs[1].external_id, page.text)
        page = self.post(f"file/{record.id}/dispute", page)
        self.assertIn("2 sessions are disputed", page.text)
        disputes = self.statement.dispute_ids.sorted(lambda one: one.cdr_id.id)
        self.assertEqual(disputes.cdr_id, self.cdrs[:2])
        self.assertEqual(disputes.mapped("reason"), ["energy", "unknown_session"])
        self.assertEqual((disputes[0].claim_kwh, disputes[0].author_id), (9, self.emsp))
        self.assertIn("All that differs is disputed already", self.page(f"file/{record.id}").text)
        self.assertIn("march.csv", self.page().text)

    def test_a_link_puts_no_words_of_others_on_the_page(self):
        self.authenticate("p-emsp", "p-emsp")
        self.send()
        path = f"file/{self.statement.partner_file_ids.id}"
        for name in ("file_error", "author_name", "done", "known", "status", "partner_file"):
            with self.subTest(name=name):
                page = self.url_open(self.url(f"{path}?{name}=PayElsewhere"))
                self.assertEqual(page.status_code, 200)
                self.assertNotIn("PayElsewhere", page.text)

    def test_a_name_that_no_database_keeps_is_no_crash(self):
        page = self.page(token=self.token)
        sent = self.send(page=page, content=self.our_list(), access_token=self.token, author_name="A\x00da")
        self.assertEqual((sent.status_code, self.statement.partner_file_ids.author_name), (200, "A\\0da"))

    def test_the_mailed_link_asks_for_a_name(self):
        refused = self.send(access_token=self.token)
        self.assertEqual(refused.status_code, 422)
        self.assertIn("Enter your name", refused.text)
        self.assertFalse(self.statement.partner_file_ids)
        page = self.send(access_token=self.token, author_name="Ada")
        record = self.statement.partner_file_ids
        self.assertEqual((record.source, record.author_name, record.author_id.id), ("link", "Ada", False))
        self.assertIn("Your name", page.text)
        self.post(f"file/{record.id}/dispute", page, access_token=self.token, author_name="Ada")
        self.assertEqual(self.statement.dispute_ids.mapped("author_name"), ["Ada", "Ada"])

    def test_the_spreadsheet_is_sent(self):
        self.authenticate("p-emsp", "p-emsp")
        self.send()
        answer = self.page(f"file/{self.statement.partner_file_ids.id}/xlsx")
        self.assertTrue(answer.content.startswith(b"PK"))
        self.assertIn("march_compared.xlsx", answer.headers["Content-Disposition"])

    def test_our_xlsx_and_ocpi_sent_back_match(self):
        self.company.write({"ev_country_code": "FR", "ev_party_id": "OPR"})
        self.authenticate("p-emsp", "p-emsp")
        for kind, name in (("xlsx", "march.xlsx"), ("json", "march.json")):
            with self.subTest(kind=kind):
                page = self.send(self.page(f"list/{kind}").content, name)
                self.assertRegex(page.text, r'name="count_matched">3<')
                self.assertIn("Nothing of ours differs", page.text)

    def test_the_partners_own_profile_is_chosen(self):
        own = self.env["ev.file.profile"].create(
            {
                "name": "RoamCo", "usage": "comparison", "company_id": self.company.id, "partner_id": self.emsp.id, "tz": "UTC",
                "column_ids": [
                    Command.create({"field": field, "column": field}) for field in ("id", "start", "stop", "energy")
                ],
            }
        )  # fmt: skip
        self.authenticate("p-emsp", "p-emsp")
        cdr = self.cdrs[0]
        self.send(f"id;start;stop;energy\n{cdr.external_id};2026-03-10 08:00;2026-03-10 12:00;10\n".encode())
        record = self.statement.partner_file_ids
        self.assertEqual((record.profile_id, record.matched_count), (own, 1))

    def test_what_cannot_be_taken_says_why(self):
        self.authenticate("p-emsp", "p-emsp")
        refused = self.send(b"")
        self.assertEqual(refused.status_code, 422)
        self.assertIn("Choose the file", refused.text)
        self.patch(receiving, "MOST_BYTES", 10)
        self.patch(job, "SMALL", 1)
        refused = self.send(b"x" * 11)
        self.assertEqual(refused.status_code, 422)
        self.assertIn("The file is larger than", refused.text)
        self.assertFalse(self.statement.partner_file_ids)

    def test_a_table_of_something_else_fails_in_words(self):
        self.authenticate("p-emsp", "p-emsp")
        page = self.send(b"A;B\n1;2\n")
        self.assertEqual(self.statement.partner_file_ids.state, "failed")
        self.assertIn("The file has no column", page.text)
        self.assertNotIn("Dispute these differences", page.text)

    def test_a_long_list_is_compared_in_the_background(self):
        self.authenticate("p-emsp", "p-emsp")
        content = self.our_list()
        self.patch(job, "SMALL", 1)
        page = self.send(content)
        self.assertEqual(self.statement.partner_file_ids.state, "reading")
        self.assertIn("Your list is being compared", page.text)

    def test_a_closed_window_takes_no_list(self):
        self.authenticate("p-emsp", "p-emsp")
        page, content = self.page(), self.our_list()
        self.statement.action_close_window()
        refused = self.send(content, page=page)
        self.assertEqual(refused.status_code, 422)
        self.assertIn("closed on", refused.text)
        self.assertNotIn("Send your own list", refused.text)
        self.assertFalse(self.statement.partner_file_ids)

    def test_neighbours_and_strangers_see_and_send_nothing(self):
        self.authenticate("p-emsp", "p-emsp")
        page, content = self.send(), self.our_list()
        record = self.statement.partner_file_ids
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        for login in ("p-host", "p-neighbour", None):
            self.authenticate(login, login)
            for token in (None, "wrong"):
                for path in (f"file/{record.id}", f"file/{record.id}/xlsx"):
                    with self.subTest(login=login, path=path, token=token):
                        answer = self.page(path, token)
                        self.assertNotIn(self.cdrs[0].external_id, answer.text)
                        self.assertFalse(answer.content.startswith(b"PK"))
                with mute_logger("odoo.http"):
                    for path in ("file", f"file/{record.id}/dispute"):
                        values = {"csrf_token": csrf, "author_name": "Eve", "access_token": token or ""}
                        self.url_open(self.url(path), values, files={"list": ("x.csv", content)})
        self.assertEqual(self.statement.partner_file_ids, record)
        self.assertFalse(self.statement.dispute_ids)

    def test_the_office_does_not_answer_for_the_partner(self):
        self.authenticate("p-emsp", "p-emsp")
        page = self.send()
        record = self.statement.partner_file_ids
        self.authenticate("p-accountant", "p-accountant")
        page = self.page(f"file/{record.id}")
        refused = self.post(f"file/{record.id}/dispute", page)
        self.assertEqual(refused.status_code, 403)
        self.assertFalse(self.statement.dispute_ids)

    def test_only_what_was_sent_here_is_shown(self):
        ours = self.env["ev.partner.file"].create(
            {
                "statement_id": self.statement.id,
                "profile_id": self.env.ref("ev_clearing.file_profile_compare_csv").id,
                "file": base64.b64encode(self.our_list()),
                "file_name": "ours.csv",
            }
        )
        ours.action_compare()
        self.authenticate("p-emsp", "p-emsp")
        self.assertNotIn("ours.csv", self.page().text)
        self.assertNotIn("Your list and ours", self.page(f"file/{ours.id}").text)
        self.assertFalse(self.page(f"file/{ours.id}/xlsx").content.startswith(b"PK"))
