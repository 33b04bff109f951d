from odoo.tests import tagged

from .import_common import ImportCommon


@tagged("post_install", "-at_install")
class TestImportOcpi(ImportCommon):
    """OCPI CDRs of every version, credits, and badges that come with them."""

    @classmethod
    def cdr(cls, **changes):
        return {
            "country_code": "FR",
            "party_id": "ABC",
            "id": "C1",
            "start_date_time": "2026-07-01T06:00:00Z",
            "end_date_time": "2026-07-01T08:00:00Z",
            "cdr_token": {
                "country_code": "NL",
                "party_id": "TNM",
                "uid": "04FOREIGN",
                "type": "RFID",
                "contract_id": "NL-TNM-C12345678-X",
            },
            "auth_method": "AUTH_REQUEST",
            "cdr_location": {"id": "L", "evse_uid": "1", "evse_id": "FR*ABC*E1*1", "connector_id": "1"},
            "currency": "CHF",
            "charging_periods": [
                {"start_date_time": "2026-07-01T06:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 4}]},
                {"start_date_time": "2026-07-01T07:00:00Z", "dimensions": [{"type": "ENERGY", "volume": 6}]},
            ],
            "total_cost": {"excl_vat": 4.1},
            "total_energy": 10,
            "total_time": 2,
            "last_updated": "2026-07-01T08:01:00Z",
        } | changes

    def take(self, *cdrs):
        record = self.make_ocpi(*cdrs)
        record.action_import()
        self.work()
        return record

    def test_every_version_goes_in(self):
        location = {"id": "L", "evses": [{"uid": "1", "evse_id": "FR*ABC*E1*1", "connectors": [{"id": "1"}]}]}
        old = self.cdr(
            id="C211", stop_date_time="2026-07-01T08:00:00Z", location=location, auth_id="NL-TNM-C9-X", total_cost=4.1
        )
        for name in ("end_date_time", "cdr_location", "cdr_token"):
            del old[name]
        record = self.take(old, self.cdr(), self.cdr(id="C230", total_cost={"before_taxes": 4.1}))
        self.assertEqual(self.counts(record), (3, 0, 0, 0))
        self.assertEqual(self.stored("ocpi").mapped("energy_wh"), [10_000] * 3)
        # 06:00 UTC on 1 July 2026 is 1782885600; the register rises by each period's energy
        self.assertEqual(self.stored("ocpi")[0].readings, [[1782885600, 0], [1782889200, 4000], [1782892800, 10000]])
        self.assertEqual(set(record.line_ids.mapped("currency")), {"CHF"})

    def test_a_credit_may_stand_before_its_original(self):
        credit = self.cdr(id="C1-C", credit=True, credit_reference_id="C1", total_cost={"excl_vat": -4.1})
        record = self.take(credit, self.cdr())
        self.assertEqual(self.counts(record), (2, 0, 0, 0))
        original, credited = self.stored("ocpi")
        self.assertEqual((credited.credit, credited.credit_of_id, credited.energy_kwh), (True, original, -10.0))

    def test_a_credit_that_does_not_mirror_its_original_is_quarantined(self):
        credit = self.cdr(id="C1-C", credit=True, credit_reference_id="C1", total_energy=9, charging_periods=[])
        record = self.take(self.cdr(), credit)
        self.assertEqual(self.counts(record), (1, 0, 1, 0))
        self.assertIn("repeats its original", record.line_ids.filtered(lambda line: line.state == "quarantined").reason)

    def test_a_broken_cdr_is_told_with_its_field(self):
        record = self.take(self.cdr(total_energy=-1), "nonsense", self.cdr(id="C2"))
        self.assertEqual(self.counts(record), (1, 0, 0, 2))
        self.assertEqual(record.line_ids.sorted("number").mapped("column_name"), ["total_energy", False, False])
        self.assertIn("total_energy", record._write_broken().decode("utf-8-sig"))

    def test_unknown_badges_stay_unknown_unless_told(self):
        self.take(self.cdr())
        self.assertFalse(self.env["ev.token"].search([("uid", "=", "04FOREIGN")]))

    def test_unknown_badges_are_entered_for_the_partys_partner(self):
        self.env["ev.roaming.party"].create(
            {"company_id": self.company.id, "partner_id": self.emsp.id, "country_code": "NL", "party_id": "TNM"}
        )
        self.ocpi.enter_badges = True
        nobody = self.cdr(id="C2")["cdr_token"] | {
            "uid": "04NOBODY",
            "country_code": "XX",
            "contract_id": "XX-YYY-C12345678",
        }
        self.take(self.cdr(), self.cdr(id="C3"), self.cdr(id="C2", cdr_token=nobody))
        token = self.env["ev.token"].search([("uid", "=", "04FOREIGN")])
        self.assertEqual((token.kind, token.type, token.emaid), ("roaming", "RFID", "NL-TNM-C12345678-X"))
        self.assertEqual(token.holder_ids.mapped("partner_id"), self.emsp)
        self.assertEqual(self.find_cdr("C1").partner_id, self.emsp)
        self.assertEqual(self.find_cdr("C1").kind, "roaming")
        self.assertFalse(self.env["ev.token"].search([("uid", "=", "04NOBODY")]))

    def test_a_contract_alone_finds_its_badge(self):
        token = self.make_token("04EMAID", "roaming", partner=self.emsp, emaid="NL*TNM*C9*X")
        location = {"id": "L", "evses": [{"uid": "1", "evse_id": "FR*ABC*E1*1"}]}
        old = self.cdr(id="C211", location=location, auth_id="nl-tnm-c9-x", total_cost=4.1)
        del old["cdr_location"], old["cdr_token"]
        self.take(old)
        self.assertEqual(self.find_cdr("C211").token_id, token)
