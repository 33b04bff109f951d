"""What the partner's own list says, in the matrix and in the exceptions journal."""

from odoo.tests import tagged

from .partner_file_common import PartnerFileCommon


@tagged("post_install", "-at_install")
class TestMatrixTheirs(PartnerFileCommon):
    def test_their_list_beside_ours_and_the_last_one_counts(self):
        # the first list lacks two of three sessions; the second has one as ours, one with 21 kWh, and one of its own
        self.compare(self.line(0))
        self.compare(self.line(0), self.line(1, kwh="21"), self.line(None))
        self.env.flush_all()
        [row] = self.env["ev.run"].get_clearing_matrix(self.company.id, "2026-03")["rows"]
        cell = row["cells"]["theirs"]
        # ours of the two: 10 + 20 kWh, 5 + 10 EUR
        self.assertEqual((cell["count"], cell["kwh"], cell["money"]), (2, "30.0 kWh", ["15.00\xa0€"]))
        self.assertEqual(
            {note["label"]: note["count"] for note in cell["notes"]},
            {"of them different": 1, "only in our list": 1, "only in their list": 1},
        )
        for link in (cell["link"], *cell["notes"]):
            self.assertEqual(self.env["ev.partner.file.line"].search_count(link["action"]["domain"]), link["count"])
        journal = self.env["ev.clearing.exception"].with_context(clearing_month="2026-03").search([])
        found = {row.session_reference: row for row in journal if not row.is_left}
        self.assertEqual(
            {reference: row.kind for reference, row in found.items()},
            {
                self.cdrs[1].external_id: "different",
                self.cdrs[2].external_id: "missing_there",
                "THEIRS-1": "missing_here",
            },
        )
        self.assertIn("Energy", found[self.cdrs[1].external_id].reason)
        self.assertEqual(found["THEIRS-1"].partner_id, self.emsp)
