import csv
import io
import json
import re

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from odoo.addons.ev_billing.tests.portal_common import EvPortalCommon
from odoo.addons.ev_clearing.models.ev_disputing import Claim

PATH = "/my/ev/statements/{}/{}"


@tagged("post_install", "-at_install")
class TestPortalWindow(EvPortalCommon, HttpCase):
    """An eMSP looks at three sessions of 5, 10 and 15 EUR, logged in or by the link it was mailed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Paris"
        cls.roaming_contract = cls.make_contract(
            ("charge", "kwh", "0.5"), partner=cls.emsp, role="emsp", control_days=7
        )
        cls.cdrs = cls.env["ev.cdr"]
        for number, energy in enumerate((10_000, 20_000, 30_000)):
            cls.cdrs |= cls.make_cdr(
                f"2026-03-{10 + number}T08:00:00Z", energy, token={"uid": "04TEST02", "type": "RFID"}, hours=4
            )
        cls.statement = cls.prepare(2026, 3, cls.roaming_contract)
        cls.statement.action_open_window()
        cls.token = cls.statement._portal_ensure_token()

    def page(self, path="sessions", **query):
        text = "&".join(f"{name}={value}" for name, value in query.items())
        return self.url_open(PATH.format(self.statement.id, path) + (f"?{text}" if text else ""))

    def post(self, path, page, **values):
        """Send a form of a page, as a browser does."""
        values["csrf_token"] = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.url_open(PATH.format(self.statement.id, path), values)

    def ids(self, page):
        return [cdr.external_id for cdr in self.cdrs if f">{cdr.external_id}<" in page.text]

    def login(self):
        self.authenticate("p-emsp", "p-emsp")

    # -------------------------------------------------------------------- looking

    def test_the_partner_sees_its_sessions_and_what_they_cost(self):
        self.login()
        page = self.page()
        self.assertEqual(self.ids(page), self.cdrs.mapped("external_id"))
        self.assertRegex(page.text, r'name="count">3<')
        self.assertRegex(page.text, r'name="kwh">60.000<')
        self.assertRegex(page.text, r'name="amount">[^<]*30.00')
        self.assertIn("04TEST02", page.text)
        self.assertIn("Approve all that is not disputed", page.text)

    def test_the_statement_page_leads_there(self):
        self.login()
        page = self.url_open(f"/my/ev/statements/{self.statement.id}")
        self.assertIn("Check the sessions", page.text)
        self.assertIn(f"/my/ev/statements/{self.statement.id}/sessions", page.text)

    def test_the_home_page_says_what_is_to_check(self):
        self.login()
        counters = self.make_jsonrpc_request("/my/counters", {"counters": ["ev_window_count"]})
        self.assertEqual(counters, {"ev_window_count": 1})
        self.assertIn(self.statement.name, self.url_open("/my/ev/statements?filterby=control").text)
        self.statement.action_close_window()
        self.assertNotIn(self.statement.name, self.url_open("/my/ev/statements?filterby=control").text)

    def test_filters(self):
        self.login()
        first, second, third = self.cdrs.mapped("external_id")
        for query, expected in (
            ({"text": first}, [first]),
            ({"text": "04test02"}, [first, second, third]),
            ({"text": "%25"}, []),
            ({"first": "2026-03-11"}, [second, third]),
            ({"last": "2026-03-10"}, [first]),
            ({"least": "10,00"}, [second, third]),
            ({"site": self.site.id}, [first, second, third]),
            ({"site": self.next_site.id}, []),
            ({"state": "open"}, []),
            ({"state": "nonsense", "least": "abc", "first": "yesterday", "site": "1 OR 1=1"}, [first, second, third]),
            ({"before": "0-0"}, []),
            ({"before": "x' OR 1"}, [first, second, third]),
        ):
            with self.subTest(query=query):
                self.assertEqual(self.ids(self.page(**query)), expected)

    # ------------------------------------------------------------------- answering

    def test_a_link_puts_no_words_of_others_on_the_page(self):
        self.login()
        first = self.page().text.count("text-danger")
        for name in ("window_error", "file_error", "known", "done", "comment", "author_name", "reason"):
            with self.subTest(name=name):
                page = self.page(**{name: "PayElsewhere"})
                self.assertEqual(page.status_code, 200)
                self.assertNotIn("PayElsewhere", page.text)
        for name in ("statement", "status", "kw", "page"):
            with self.subTest(name=name):
                page = self.page(**{name: "1"})
                self.assertEqual((page.status_code, self.ids(page)), (200, self.cdrs.mapped("external_id")))
                self.assertEqual(page.text.count("text-danger"), first)
        self.assertIn("2 sessions are disputed", self.page(done="2").text)

    def test_what_no_database_keeps_is_no_crash(self):
        self.login()
        everything = self.cdrs.mapped("external_id")
        for query, expected in (
            ({"text": "%00"}, []),
            ({"text": "x%00y"}, []),
            ({"site": "%00"}, everything),
            ({"state": "%00"}, everything),
            ({"before": "%00"}, everything),
            ({"least": "1e-99999"}, everything),
            ({"least": "1e99999"}, everything),
            ({"least": "0." + "0" * 20_00}, everything),
            ({"least": "NaN"}, everything),
            ({"least": ".5"}, everything),
        ):
            with self.subTest(query=query):
                page = self.page(**query)
                self.assertEqual((page.status_code, self.ids(page)), (200, expected))
        self.post("dispute", self.page(), cdr=[self.cdrs[1].id], reason="energy", comment="18\x00kWh")
        self.assertEqual(self.statement.dispute_ids.comment, "18\\0kWh")
        self.authenticate(None, None)
        page = self.page(access_token=self.token)
        self.post("dispute", page, access_token=self.token, cdr=[self.cdrs[0].id], reason="time", author_name="A\x00da")
        self.assertEqual(self.statement.dispute_ids.sorted("id")[-1:].author_name, "A\\0da")
        page = self.post("approve", page, access_token=self.token, author_name="A\x00da")
        self.statement.invalidate_recordset()
        self.assertEqual((page.status_code, self.statement.window_answer_by), (200, "A\\0da"))

    def test_a_ticked_session_is_disputed(self):
        self.login()
        page = self.post("dispute", self.page(), cdr=[self.cdrs[1].id], reason="energy", comment="18 kWh")
        self.assertIn("1 sessions are disputed", page.text)
        dispute = self.statement.dispute_ids
        self.assertEqual((dispute.cdr_id, dispute.reason, dispute.comment), (self.cdrs[1], "energy", "18 kWh"))
        self.assertEqual((dispute.source, dispute.author_id), ("portal", self.emsp))
        self.assertEqual(self.ids(self.page(state="open")), [self.cdrs[1].external_id])

    def test_a_whole_choice_is_disputed(self):
        self.login()
        page = self.page(least="10")
        self.post("dispute", page, least="10", all="1", reason="price", comment="")
        self.assertEqual(self.statement.dispute_ids.cdr_id, self.cdrs[1] | self.cdrs[2])

    def test_a_dispute_is_withdrawn(self):
        self.login()
        self.post("dispute", self.page(), cdr=[self.cdrs[1].id], reason="energy", comment="")
        dispute = self.statement.dispute_ids
        self.post(f"withdraw/{dispute.id}", self.page())
        self.assertEqual((dispute.state, dispute.outcome), ("decided", "withdrawn"))

    def test_what_was_typed_is_not_lost_by_an_error(self):
        self.login()
        page = self.post("dispute", self.page(), reason="price", comment="too dear")
        self.assertEqual(page.status_code, 422)
        self.assertIn("Choose the sessions you do not agree with", page.text)
        self.assertIn("too dear", page.text)
        self.assertFalse(self.statement.dispute_ids)

    def test_the_partner_approves(self):
        self.login()
        page = self.post("approve", self.page())
        self.statement.invalidate_recordset()
        self.assertEqual((self.statement.window_outcome, self.statement.window_answer_by), ("approved", self.emsp.name))
        self.assertIn("The control window is closed", page.text)
        self.assertNotIn("Approve all that is not disputed", page.text)

    def test_the_mailed_link_asks_for_a_name(self):
        page = self.page(access_token=self.token)
        self.assertIn("Your name", page.text)
        refused = self.post("approve", page, access_token=self.token)
        self.assertEqual(refused.status_code, 422)
        self.assertIn("Enter your name", refused.text)
        self.post("dispute", page, access_token=self.token, cdr=[self.cdrs[0].id], reason="time", author_name="Ada")
        self.assertEqual((self.statement.dispute_ids.source, self.statement.dispute_ids.author_name), ("link", "Ada"))
        self.post("approve", page, access_token=self.token, author_name="Ada")
        self.statement.invalidate_recordset()
        self.assertEqual(self.statement.window_answer_by, "Ada")

    # ------------------------------------------------------------------ downloads

    def test_csv_adds_up_and_runs_no_formula(self):
        self.login()
        answer = self.page("list/csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
        self.assertEqual([row["id"] for row in rows], self.cdrs.mapped("external_id"))
        self.assertEqual([row["total_cost"] for row in rows], ["5", "10", "15"])
        self.assertEqual([row["total_energy"] for row in rows], ["10", "20", "30"])
        self.assertEqual(rows[0]["start_date_time"], "2026-03-10T08:00:00Z")

    def test_ocpi_names_the_operator(self):
        self.login()
        answer = self.page("list/json")
        self.assertEqual(answer.status_code, 422)
        self.assertIn("OCPI country code", answer.text)
        self.company.write({"ev_country_code": "FR", "ev_party_id": "OPR"})
        documents = json.loads(self.page("list/json").content)
        self.assertEqual([document["id"] for document in documents], self.cdrs.mapped("external_id"))
        self.assertEqual(documents[0]["country_code"], "FR")
        self.assertEqual(documents[0]["total_cost"]["excl_vat"], 5)
        self.assertEqual(documents[0]["total_energy"], 10)

    def test_xlsx_is_the_one_that_was_mailed(self):
        self.login()
        answer = self.page("list/xlsx")
        self.assertEqual(answer.content, self.statement.session_list_attachment_id.raw)
        self.assertTrue(answer.content.startswith(b"PK"))

    # --------------------------------------------------------------- closed doors

    def test_neighbours_and_strangers_see_and_do_nothing(self):
        self.login()
        page = self.page()
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        for login in ("p-host", "p-neighbour", None):
            self.authenticate(login, login)
            for token in (None, "wrong", "' OR 1=1"):
                query = {"access_token": token} if token else {}
                for path in ("sessions", "list/csv", "list/json", "list/xlsx"):
                    with self.subTest(login=login, path=path, token=token):
                        answer = self.page(path, **query)
                        self.assertFalse(self.ids(answer))
                        self.assertNotIn("04TEST02", answer.text)
                with mute_logger("odoo.http"):
                    for path in ("dispute", "approve"):
                        self.url_open(
                            PATH.format(self.statement.id, path),
                            {
                                "csrf_token": csrf,
                                "cdr": self.cdrs[0].id,
                                "reason": "energy",
                                "author_name": "Eve",
                                **query,
                            },
                        )
        self.statement.invalidate_recordset()
        self.assertFalse(self.statement.dispute_ids or self.statement.window_closed_at)

    def test_another_partners_dispute_cannot_be_withdrawn(self):
        other = self.make_contract(("charge", "kwh", "0.5"), partner=self.neighbour, role="emsp", control_days=7)
        self.make_token("04TEST09", "roaming", partner=self.neighbour)
        cdr = self.make_cdr("2026-03-20T08:00:00Z", 5_000, token={"uid": "04TEST09", "type": "RFID"})
        theirs = self.prepare(2026, 3, other)
        theirs.action_open_window()
        dispute = theirs._dispute([Claim(cdr.id, "energy")], self.neighbour).made
        self.login()
        self.post(f"withdraw/{dispute.id}", self.page())
        self.assertEqual(dispute.state, "open")
        self.post("dispute", self.page(), cdr=[cdr.id], reason="energy", comment="")
        self.assertEqual(len(theirs.dispute_ids), 1)
        self.assertFalse(self.statement.dispute_ids)

    def test_the_office_reads_but_does_not_answer_for_the_partner(self):
        self.authenticate("p-accountant", "p-accountant")
        page = self.page()
        self.assertEqual(self.ids(page), self.cdrs.mapped("external_id"))
        refused = self.post("approve", page)
        self.assertEqual(refused.status_code, 403)
        self.assertIn("This page is the partner", refused.text)
        self.post("dispute", page, cdr=[self.cdrs[0].id], reason="energy", comment="")
        self.statement.invalidate_recordset()
        self.assertFalse(self.statement.window_closed_at or self.statement.dispute_ids)

    def test_a_draft_shows_nothing(self):
        self.statement.action_withdraw_window()
        self.login()
        page = self.page()
        self.assertNotIn(self.cdrs[0].external_id, page.text)
