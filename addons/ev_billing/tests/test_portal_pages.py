import csv
import io
import re
from urllib.parse import urlsplit

from lxml import html

from odoo.tests import HttpCase, tagged

from ..controllers import portal_session
from .portal_common import EvPortalCommon

STATEMENTS = "/my/ev/statements"


class EvPortalHttpCase(EvPortalCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.contest_days = 36_500  # a century: the tests do not ask what day it is
        cls.statement = cls.make_documented()
        cls.token = cls.statement._portal_ensure_token()
        cls.page = f"{STATEMENTS}/{cls.statement.id}"

    def login(self, user):
        self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def get(self, path):
        """The answer, behind the redirect to the visitor's language where the database has several."""
        response = self.url_open(path, allow_redirects=False)
        there = urlsplit(response.headers.get("Location", "")).path
        if response.status_code == 303 and there.count("/") > 1 and there.endswith(urlsplit(path).path):
            response = self.url_open(response.headers["Location"], allow_redirects=False)
        return response

    def get_text(self, path):
        """The page's text, white space as single blanks."""
        response = self.get(path)
        self.assertEqual(response.status_code, 200, path)
        [wrap] = html.fromstring(response.content).xpath("//*[@id='wrap']")
        return re.sub(r"\s+", " ", wrap.text_content())

    def get_page(self, token=None):
        """The statement's page as a tree, by the mailed link where there is a token."""
        return html.fromstring(self.get(self.page + (f"?access_token={token}" if token else "")).content)

    def post_contest(self, token=None, **values):
        link = f"?access_token={token}" if token else ""
        form = self.get_page(token)
        csrf = form.xpath("//div[@id='contest']//input[@name='csrf_token']/@value") or [""]
        return self.url_open(
            f"{self.page}/contest{link}", data={"csrf_token": csrf[0], **values}, allow_redirects=False
        )


@tagged("post_install", "-at_install")
class TestPortalPages(EvPortalHttpCase):
    """What the pages say, for somebody logged in and for somebody with the mailed link."""

    # --------------------------------------------------------------------- home

    def test_home_counts_the_partners_own(self):
        self.login(self.portal_host)
        counters = ["ev_statement_count", "ev_contract_count", "ev_site_count", "ev_session_count"]
        counted = self.make_jsonrpc_request("/my/counters", {"counters": counters})
        self.assertEqual({name: counted[name] for name in counters}, dict.fromkeys(counters, 1))
        self.login(self.portal_emsp)
        counted = self.make_jsonrpc_request("/my/counters", {"counters": counters})
        self.assertEqual({name: counted[name] for name in counters}, dict.fromkeys(counters, 0))
        self.assertIn("Charging Statements", self.get_text("/my/home"))

    # --------------------------------------------------------------- statements

    def test_list_says_period_money_and_status(self):
        self.login(self.portal_host)
        text = self.get_text(STATEMENTS)
        # 10 kWh x 0.185 = 1.85 credited, 0.35 charged: net 1.50 for the host
        for words in (
            self.statement.name,
            "March 2026",
            "1.85",
            "0.35",
            "1.50",
            "for you",
            "Open on both sides",
            "10.000",
        ):
            self.assertIn(words, text)

    def test_list_is_filtered_and_sorted(self):
        self.login(self.portal_host)
        self.make_cdr("2025-11-02T08:00:00Z")
        old = self.prepare(2025, 11, self.contract)
        old.action_approve()
        for query, expected in (
            ("", {old, self.statement}),
            ("?year=2025", {old}),
            ("?year=2026&filterby=open", {self.statement}),
            ("?filterby=paid", set()),
            ("?filterby=contested", set()),
            ("?filterby=nonsense&sortby=nonsense&year=1e9", {old, self.statement}),
        ):
            with self.subTest(query=query):
                text = self.get_text(STATEMENTS + query)
                found = {statement for statement in (old, self.statement) if statement.name in text}
                self.assertEqual(found, expected)
        by_name = self.get_text(STATEMENTS + "?sortby=name")
        names = sorted((old.name, self.statement.name), reverse=True)
        self.assertLess(by_name.index(names[0]), by_name.index(names[1]))

    def test_statement_page_has_lines_documents_and_balance(self):
        self.login(self.portal_host)
        text = self.get_text(self.page)
        for words in (
            self.statement.name, "credit kwh - Lyon Test", "10.000 kWh", "Energy reimbursement", "1.85", "Self-billed invoice",
            *self.statement.document_ids.mapped("name"), "Balance in your favour", "Contest this statement",
        ):  # fmt: skip
            self.assertIn(words, text)
        self.assertNotIn("04TEST01", text)

    def test_link_opens_the_same_without_login(self):
        text = self.get_text(f"{self.page}?access_token={self.token}")
        self.assertIn("credit kwh - Lyon Test", text)
        self.assertIn("Your name", text)
        self.assertIn("Log in to write a message", text)

    def test_files_come_with_login_and_with_link(self):
        bill = self.statement.document_ids[0]
        files = {
            "/file/pdf": self.statement.pdf_attachment_id,
            "/file/xlsx": self.statement.annex_attachment_id,
            f"/document/{bill.id}": bill.invoice_pdf_report_id,
        }
        for login, link in ((True, ""), (False, f"?access_token={self.token}")):
            self.authenticate(None, None)
            if login:
                self.login(self.portal_host)
            for path, attachment in files.items():
                with self.subTest(path=path, login=login):
                    response = self.get(self.page + path + link)
                    self.assertEqual((response.status_code, response.content), (200, attachment.raw))
                    self.assertIn("attachment", response.headers["Content-Disposition"])

    # ------------------------------------------------------------------ contest

    def test_the_form_asks_for_what_it_takes(self):
        """Fresh, with nothing typed yet: a field that QWeb leaves out for being empty could not be filled in."""
        fields = "//div[@id='contest']//form//*[self::textarea or self::input[not(@type='hidden')]]/@name"
        by_link = self.get_page(self.token)
        self.assertEqual(sorted(by_link.xpath(fields)), ["author_name", "reason", "sessions"])
        self.login(self.portal_host)
        page = self.get_page()
        self.assertEqual(sorted(page.xpath(fields)), ["reason", "sessions"])
        self.assertEqual(page.xpath("//textarea[@name='reason']/@required"), ["required"])

    def test_contesting_on_the_page(self):
        self.login(self.portal_host)
        response = self.post_contest(reason="Wrong <b>badge</b>", sessions=f"{self.cdr.external_id}\n")
        self.assertEqual(response.status_code, 303)
        contest = self.statement.contest_ids
        self.assertEqual((contest.author_id, contest.cdr_ids, contest.by_link), (self.bookkeeper, self.cdr, False))
        response = self.get(self.page)
        self.assertIn("Wrong &lt;b&gt;badge&lt;/b&gt;", response.text)
        self.assertIn("Contested", self.get_text(STATEMENTS + "?filterby=contested"))
        self.assertNotIn("Contest this statement", self.get_text(self.page))

    def test_contesting_with_the_link_asks_for_a_name(self):
        response = self.post_contest(self.token, reason="Not ours")
        self.assertEqual(response.status_code, 422)
        self.assertIn("Enter your name", response.text)
        self.assertIn("Not ours</textarea>", response.text, "what was typed stays")
        self.assertFalse(self.statement.contest_ids)
        self.assertEqual(self.post_contest(self.token, reason="Not ours", author_name="Jean").status_code, 303)
        self.assertTrue(self.statement.contest_ids.by_link)

    def test_refusals_are_sentences_on_the_page(self):
        self.login(self.portal_host)
        for values, sentence in (
            ({"reason": " "}, "Say what is wrong"),
            ({"reason": "x" * 10_000}, "4000 are the most"),
            ({"reason": "x", "sessions": "<script>alert(1)</script>"}, "is not on"),
        ):
            with self.subTest(sentence=sentence):
                response = self.post_contest(**values)
                self.assertEqual(response.status_code, 422)
                self.assertIn(sentence, response.text)
                self.assertNotIn("<script>alert(1)", response.text)
        self.assertFalse(self.statement.contest_ids)

    def test_after_the_deadline_the_form_is_gone(self):
        self.contract.contest_days = 10
        # posted documents keep their date: this is what they look like after years
        self.env.cr.execute(
            "UPDATE account_move SET invoice_date = '2020-01-01' WHERE id IN %s", [self.statement.document_ids._ids]
        )
        self.statement.document_ids.invalidate_recordset()
        self.login(self.portal_host)
        self.assertIn("could be contested until", self.get_text(self.page))
        self.assertEqual(self.post_contest(reason="x").status_code, 400, "no form, no token of one")
        self.assertFalse(self.statement.contest_ids)

    # ---------------------------------------------------------------- contracts

    def test_contract_in_sentences_with_its_timeline(self):
        term = self.contract.term_ids[0]
        self.env["ev.contract.term.version"].create({"term_id": term.id, "date_from": "2100-01-01", "price": 0.25})
        self.login(self.portal_host)
        self.assertIn(self.contract.name, self.get_text("/my/ev/contracts"))
        text = self.get_text(f"/my/ev/contracts/{self.contract.id}")
        self.assertIn(re.sub(r"\s+", " ", self.contract.preamble), text)
        for version in self.contract.term_ids.version_ids:
            self.assertIn(version.sentence, text)
        for words in ("Current", "Upcoming", "01/01/2100", self.statement.name):
            self.assertIn(words, text)

    # ------------------------------------------------------- sites and sessions

    def test_sites_page(self):
        self.login(self.portal_host)
        text = self.get_text("/my/ev/sites?month=2026-03")
        for words in ("Lyon Test", "Hosted since 01/01/2020", "10.000 kWh", "T-AC-1", "AC 22 kW", "DC 150 kW"):
            self.assertIn(words, text)
        self.assertNotIn("Next Door", text)

    def test_sessions_page(self):
        self.login(self.portal_host)
        text = self.get_text("/my/ev/sessions?month=2026-03")
        # 09:00 to 10:00 in Paris
        for words in ("09:00 - 10:00", "Lyon Test", "10.000", "60", "...ST01", "1.50 € credited", self.statement.name):
            self.assertIn(words, text)
        self.assertNotIn("04TEST01", text)
        self.login(self.portal_emsp)
        self.assertIn("No session ended in", self.get_text("/my/ev/sessions?month=2026-03"))

    def test_pages_of_sessions(self):
        self.patch(portal_session, "STEP", 2)
        for day in (2, 3, 4, 5):
            self.make_cdr(f"2026-03-0{day}T08:00:00Z")
        self.login(self.portal_host)
        path, days = "/my/ev/sessions?month=2026-03", []
        for _page in range(3):
            page = html.fromstring(self.get(path).content)
            days += page.xpath("//table//tr/td[1]/text()")
            path = (page.xpath("//a[text()='Earlier sessions']/@href") or [None])[0]
        self.assertIsNone(path)
        self.assertEqual([day.strip() for day in days], [f"03/0{day}/2026" for day in (5, 4, 3, 2, 1)])

    def test_csv_has_the_months_sessions_and_no_formulas(self):
        self.patch(portal_session, "CSV_PAGE", 2)
        for name in ("=cmd|'/c calc'!A1", "+1", "-1", "@x"):
            station = self.make_station(f"X{name}".replace(":", "").replace("/", ""), self.site)
            station.name = name
            self.make_cdr("2026-03-02T08:00:00Z", station=station.identity)
        self.login(self.portal_host)
        response = self.get("/my/ev/sessions.csv?month=2026-03")
        self.assertEqual(response.status_code, 200)
        rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
        self.assertEqual(len(rows), 5)
        self.assertEqual({row["Station"] for row in rows}, {"T-AC-1", "'=cmd|'/c calc'!A1", "'+1", "'-1", "'@x"})
        self.assertEqual((rows[-1]["kWh"], rows[-1]["Minutes"], rows[-1]["Badge"]), ("10", "60.0", "...ST01"))
        self.assertEqual(rows[-1]["Charged (+) or Credited (-)"], "-1.500000")
        self.assertNotIn("04TEST01", response.text)
