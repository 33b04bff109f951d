import base64
import io

import openpyxl

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestMetering(EvFindingCommon):
    """The supplier's number beside the sessions'."""

    def meter(self, kwh, first="2026-03-01", last="2026-03-31", site=None):
        values = {"site_id": (site or self.site).id, "date_from": first, "date_to": last, "energy_kwh": kwh}
        return self.env["ev.site.metering"].create(values)

    def test_losses_are_normal(self):
        self.make_cdr("2026-03-10T08:00:00Z", 20_000)
        self.meter(22)  # 10 % more: losses and the station's own use
        self.assert_quiet("site_energy")

    def test_more_metered_than_charged(self):
        self.make_cdr("2026-03-10T08:00:00Z", 20_000)
        self.prepare(2026, 3, self.contract)
        self.meter(22.1)
        found = self.check(3, "site_energy")
        self.assertEqual((found.severity, found.blocking, found.site_id), ("warning", False, self.site))
        # 2.1 kWh at 0.10
        self.assertEqual((found.missing_kwh, found.money_at_risk), (2.1, 0.21))
        self.assertIn("some may be missing", found.name)

    def test_less_metered_than_charged_is_not_possible(self):
        self.make_cdr("2026-03-10T08:00:00Z", 20_000)
        period = self.meter(19.81)  # 20 kWh are 0.96 % more
        self.assert_quiet("site_energy")
        period.energy_kwh = 19.7
        self.assertEqual(self.check(3, "site_energy").severity, "critical")

    def test_effective_sessions_on_the_sites_clock(self):
        wrong = self.make_cdr("2026-03-10T08:00:00Z", 90_000, hours=5)
        self.make_cdr("2026-03-10T08:00:00Z", 90_000, hours=5, credit_of=wrong.external_id)
        self.make_cdr("2026-03-10T08:00:00Z", 20_000, replaces=wrong.external_id)
        self.make_cdr("2026-03-31T21:30:00Z", 15_000)  # 1 April in Paris
        self.meter(20.5)
        self.assert_quiet("site_energy")

    def test_days_are_metered_once(self):
        self.meter(10, "2026-03-01", "2026-03-15")
        with self.assertRaisesRegex(ValidationError, "some of these days are already in"), self.env.cr.savepoint():
            self.meter(10, "2026-03-15", "2026-03-31")
        self.assertEqual(self.env["ev.site.metering"].search_count([("site_id", "=", self.site.id)]), 1)

    # ------------------------------------------------------------------ report

    def report(self):
        return self.env["ev.site.energy.report"].search([("site_id", "=", self.site.id)])

    def test_report_of_a_month(self):
        self.make_cdr("2026-03-10T08:00:00Z", 10_000, meter_start=1_000_000, meter_stop=1_010_000)
        self.make_cdr("2026-03-11T08:00:00Z", 5_000, meter_start=1_012_000, meter_stop=1_017_000)
        self.make_cdr("2026-03-11T08:00:00Z", 8_000, evse=2, meter_start=5_000, meter_stop=13_000)
        # a new meter on the first EVSE
        self.make_cdr("2026-03-12T08:00:00Z", 1_000, meter_start=0, meter_stop=1_000)
        self.check(3)
        row = self.report()
        # sessions 10 + 5 + 8 + 1; registers 17 + 8 + 1
        self.assertEqual((row.session_kwh, row.register_kwh, row.register_difference), (24.0, 26.0, 2.0))
        self.assertFalse(row.has_metered)
        # half of a period over two months of 31 days (March of 62 days: May is not in it) falls into March
        self.meter(62, "2026-03-01", "2026-05-01")
        self.assertEqual((row.metered_kwh, row.metered_difference, row.metered_estimated), (31.0, 7.0, True))
        self.check(3)
        self.assertEqual(len(self.report()), 1)
        self.assertEqual(self.report().metered_kwh, 31.0)
        self.assertEqual(self.env["ev.cdr"].search_count(self.report().action_open_sessions()["domain"]), 4)

    # ------------------------------------------------------------------ import

    def wizard(self, content, **values):
        return self.env["ev.site.metering.import"].create(
            {"file": base64.b64encode(content), "file_name": "edf.csv", "company_id": self.company.id, **values}
        )

    def test_import_csv_by_name_and_metering_point(self):
        other = self.make_site("Other", self.host)
        other.metering_point = "30001234567890"
        text = (
            "Site;Du;Au;kWh;Facture\n"
            "lyon test;01/03/2026;31/03/2026;1 234,5;F-1\n"
            "30001234567890;01.03.2026;31.03.2026;99;F-2\n"
        )
        wizard = self.wizard(text.encode("cp1252"))
        self.assertEqual((wizard.new_count, wizard.known_count, wizard.problem_words), (2, 0, ""))
        wizard.action_import()
        found = self.env["ev.site.metering"].search([("company_id", "=", self.company.id)], order="site_id")
        self.assertEqual(found.mapped("energy_kwh"), [1234.5, 99.0])
        self.assertEqual((found[0].reference, found[0].source, found[0].imported), ("F-1", "edf.csv", True))
        # the same file twice changes nothing
        again = self.wizard(text.encode("cp1252"))
        self.assertEqual((again.new_count, again.known_count), (0, 2))
        again.action_import()
        self.assertEqual(self.env["ev.site.metering"].search_count([("company_id", "=", self.company.id)]), 2)

    def test_import_says_every_wrong_line_and_takes_none(self):
        text = (
            "site,from,to,kwh\n"
            "Lyon Test,2026-03-01,2026-03-31,100\n"
            "Nowhere,2026-03-01,2026-03-31,100\n"
            "Lyon Test,2026-04-31,2026-04-30,100\n"
            "Lyon Test,2026-05-31,2026-05-01,100\n"
            "Lyon Test,2026-06-01,2026-06-30,1.234\n"
            "Lyon Test,2026-07-01,2026-07-31,-1\n"
            "Lyon Test,2026-03-15,2026-04-15,100\n"
            ",2026-03-15,2026-04-15,100\n"
        )
        with self.assertRaises(UserError) as caught:
            self.wizard(text.encode()).action_import()
        words = str(caught.exception)
        expected = (
            "Line 3: no site of EV Test Operator is called “Nowhere”",
            "Line 4: “2026-04-31” in column from is no day",
            "Line 5: it ends (2026-05-01) before it starts (2026-05-31)",
            "Line 6: “1.234” can be read as thousands or as a decimal",
            "Line 7: -1 kWh: metered energy is a number that is not negative",
            "Line 8: line 2 has a number for some of these days too",
            "Line 9: the site is empty",
        )
        for sentence in expected:
            self.assertIn(sentence, words)
        self.assertNotIn("Line 2:", words)
        self.assertFalse(self.env["ev.site.metering"].search([("company_id", "=", self.company.id)]))

    def test_import_replaces_only_when_told(self):
        period = self.meter(100)
        text = b"site,from,to,kwh\nLyon Test,2026-03-01,2026-03-31,120\n"
        with self.assertRaisesRegex(UserError, "has 100.000 kWh for these days already"):
            self.wizard(text).action_import()
        self.assertEqual(period.energy_kwh, 100)
        self.wizard(text, replace=True).action_import()
        self.assertEqual(period.energy_kwh, 120)

    def test_import_spreadsheet(self):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["Metering Point", "From", "To", "Energy (kWh)"])
        self.site.metering_point = "50012345678901"
        sheet.append([50012345678901, "2026-03-01", "2026-03-31", 321.125])
        content = io.BytesIO()
        book.save(content)
        self.wizard(content.getvalue(), file_name="edf.xlsx").action_import()
        found = self.env["ev.site.metering"].search([("site_id", "=", self.site.id)])
        self.assertEqual((found.energy_kwh, str(found.date_to)), (321.125, "2026-03-31"))

    def test_import_of_something_else(self):
        for content, words in (
            (b"", "empty"),
            (b"a,b\n1,2\n", "must name the columns site, from, to and kWh"),
            (b"PK\x03\x04 broken", "cannot be opened"),
            (b"site,from,to,kwh\n", "nothing below it"),
        ):
            wizard = self.wizard(content or b"\n")
            self.assertIn(words, wizard.problem_words)
            with self.assertRaisesRegex(UserError, words):
                wizard.action_import()
        self.assertFalse(self.env["ev.site.metering"].search([("company_id", "=", self.company.id)]))
