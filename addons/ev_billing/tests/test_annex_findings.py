import io

import openpyxl

from odoo.tests import tagged

from ..reports.annex import write_annex
from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestAnnexFindings(EvFindingCommon):
    """What the partner is told of findings: session, what was looked at, how it ended; nothing else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # two at once at one EVSE, and one without energy for two hours
        cls.first = cls.make_cdr("2026-03-02T08:00:00Z", 10_000)
        cls.second = cls.make_cdr("2026-03-02T08:30:00Z", 5_000, token={"uid": "04TEST02", "type": "RFID"})
        cls.empty = cls.make_cdr("2026-03-04T08:00:00Z", 0, hours=2)

    def make_rows(self, contract=None):
        """The sheet's rows below its head; none without the sheet."""
        self.statement = self.prepare(2026, 3, contract or self.contract)
        with write_annex(self.statement.sudo()) as file:
            book = openpyxl.load_workbook(io.BytesIO(file.read()))
        if "Findings" not in book.sheetnames:
            return []
        head, *rows = book["Findings"].iter_rows(values_only=True)
        self.assertEqual(head, ("Session", "What Was Looked At", "Outcome"))
        return rows

    def test_nothing_to_say_makes_no_sheet(self):
        self.assertEqual(self.make_rows(), [])

    def test_open_and_decided_ones_are_told_in_words(self):
        self.prepare(2026, 3, self.contract)
        overlap, empty = self.check(3, "overlap"), self.check(3, "zero_energy")
        self.assertEqual((overlap.state, empty.state), ("open", "open"))
        empty._accept("Anna: the car was full, the secret reason")
        self.assertEqual(
            self.make_rows(),
            [
                (self.first.external_id, "Overlapping sessions", "being looked at"),
                (self.second.external_id, "Overlapping sessions", "being looked at"),
                (self.empty.external_id, "No energy", "accepted as it is"),
            ],
        )

    def test_what_was_left_out_is_told_though_it_is_not_charged(self):
        self.check(3, "zero_energy")._hold("excluded", "a fault of the station, and who said so")
        rows = self.make_rows()
        self.assertEqual(rows, [(self.empty.external_id, "No energy", "left out, not billed")])
        self.assertNotIn(self.empty, self.statement.charge_ids.cdr_id)
        self.assertNotIn("fault", str(rows))

    def test_the_other_session_of_a_pair_stays_with_its_own_partner(self):
        sale = self.make_contract(
            ("charge", "kwh", "0.45"), partner=self.emsp, role="emsp", credit_document="statement"
        )
        self.prepare(2026, 3, sale)
        self.check(3, "overlap")
        self.assertEqual(self.make_rows(sale), [(self.second.external_id, "Overlapping sessions", "being looked at")])

    def test_neighbours_and_other_months_are_told_nothing(self):
        neighbour = self.env["res.partner"].create({"name": "Neighbour", "is_company": True})
        site = self.make_site("Next Door", neighbour)
        self.make_station("T-AC-9", site, "ac", 22)
        self.make_cdr("2026-03-02T08:00:00Z", station="T-AC-9")
        self.check(3, "overlap")
        self.check(3, "zero_energy")._hold("excluded", "x")
        self.assertEqual(self.make_rows(self.make_contract(("credit", "kwh", "0.1"), partner=neighbour)), [])
        self.make_cdr("2026-04-02T08:00:00Z")
        april = self.prepare(2026, 4, self.contract)
        self.assertEqual([row for row in april._get_findings_rows() if row[0] == self.empty.external_id], [])

    def test_what_is_merely_worth_knowing_is_not_told_while_open(self):
        self.rule("zero_energy").severity = "info"
        finding = self.check(3, "zero_energy")
        self.assertEqual((finding.severity, self.make_rows()), ("info", []))
        finding._accept("x")
        self.assertEqual(len(self.make_rows()), 1)
