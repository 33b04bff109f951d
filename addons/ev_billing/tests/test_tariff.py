"""OCPI tariffs: typed, imported, exported, billed."""

import base64
import json

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import EvBillingCommon

DOCUMENT = {
    "country_code": "FR",
    "party_id": "RHC",
    "id": "DC-1",
    "currency": "EUR",
    "elements": [
        {
            "price_components": [{"type": "ENERGY", "price": 0.60, "step_size": 1}],
            "restrictions": {"start_time": "08:00", "end_time": "20:00"},
        },
        {"price_components": [{"type": "ENERGY", "price": 0.40, "step_size": 1}]},
    ],
    "last_updated": "2026-01-01T00:00:00Z",
}


@tagged("post_install", "-at_install")
class TestTariff(EvBillingCommon):
    def import_file(self, content, name="tariffs.json", user=None):
        text = content if isinstance(content, bytes) else json.dumps(content).encode()
        wizards = self.env["ev.tariff.import"].with_user(user or self.env.user)
        wizard = wizards.create({"file": base64.b64encode(text), "file_name": name, "company_id": self.company.id})
        return self.env["ev.tariff"].search(wizard.action_import()["domain"])

    def sell(self, tariff):
        return self.make_contract(
            ("charge", "session", 0, {"price_kind": "tariff", "tariff_id": tariff.id}), partner=self.emsp, role="emsp"
        )

    def test_the_simple_form_writes_the_document(self):
        tariff = self.env["ev.tariff"].create(
            {
                "name": "Simple",
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
                "price_session": 0.5,
                "price_kwh": 0.4,
                "price_idle_minute": 0.1,
                "step_minutes": 5,
            }
        )
        self.assertEqual(
            tariff.summary, "0.5 EUR per session, 0.4 EUR per kWh, 6.0 EUR per hour of parking (in steps of 300)"
        )
        contract = self.sell(tariff)
        self.assertIn("Charge each session by OCPI tariff Simple", contract.term_ids.sentence)
        self.make_cdr(
            "2026-03-01T08:00:00Z", token={"uid": "04TEST02", "type": "RFID"}, charging_seconds=3000, idle_seconds=600
        )
        statement = self.prepare(2026, 3, contract)
        # 0.50 + 10 x 0.40 + 10 minutes of parking: two steps of 5 minutes x 0.10
        self.assertEqual(statement.total_charge, 5.5)
        for charge in statement.charge_ids:
            self.assertIn("equal to what is stored", charge.explanation)

    def test_import_price_and_renew(self):
        tariff = self.import_file({"data": [DOCUMENT]})
        self.assertEqual((tariff.name, tariff.ocpi_id, tariff.is_simple), ("FR RHC DC-1", "DC-1", False))
        self.assertEqual(self.import_file(DOCUMENT), tariff)
        contract = self.sell(tariff)
        # 09:30 to 10:30 in Paris (winter): by day; 10 x 0.60
        self.make_cdr("2026-03-01T08:30:00Z", token={"uid": "04TEST02", "type": "RFID"})
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(statement.total_charge, 6.0)
        dearer = json.loads(json.dumps(DOCUMENT))
        dearer["elements"][0]["price_components"][0]["price"] = 0.70
        self.assertEqual(self.import_file(dearer), tariff)
        statement.action_compute()
        self.assertEqual(statement.total_charge, 7.0)
        statement.action_approve()
        other = self.import_file(DOCUMENT)
        self.assertNotEqual(other, tariff)
        self.assertIn("0.7 EUR", tariff.summary.splitlines()[0])

    def test_a_billed_tariff_stays(self):
        tariff = self.import_file(DOCUMENT)
        contract = self.sell(tariff)
        self.make_cdr("2026-03-01T08:30:00Z", token={"uid": "04TEST02", "type": "RFID"})
        self.prepare(2026, 3, contract).action_approve()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            tariff.document = "{}"
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env.cr.execute("UPDATE ev_tariff SET document = '{}' WHERE id = %s", [tariff.id])

    def test_export_round_trips(self):
        tariff = self.import_file(DOCUMENT)
        for version in ("2.2.1", "2.3.0"):
            wizard = self.env["ev.tariff.export"].create({"tariff_id": tariff.id, "version": version})
            wizard.action_export()
            self.assertEqual(wizard.file_name, f"DC-1_{version}.json")
            written = json.loads(base64.b64decode(wizard.file))
            self.assertEqual(written["elements"][0]["restrictions"], {"start_time": "08:00", "end_time": "20:00"})
            self.assertEqual(self.import_file(written)._get_tariff().elements, tariff._get_tariff().elements)

    def test_bad_files_are_refused_in_words(self):
        wrong = json.loads(json.dumps(DOCUMENT))
        wrong["elements"][1]["price_components"][0]["step_size"] = -1
        for content, words in (
            (b"{", "not JSON"),
            (b"\xff\xfe", "not text in UTF-8"),
            (b"[]", "The list is empty"),
            ({"data": [DOCUMENT, wrong]}, r"Tariff 2 of the file: .*elements\[1\].*step_size"),
            (dict(DOCUMENT, currency="XXX"), "XXX"),
            (dict(DOCUMENT, elements=[]), "elements"),
        ):
            with self.subTest(words=words), self.assertRaisesRegex(UserError, words), self.env.cr.savepoint():
                self.import_file(content)
        self.assertFalse(self.env["ev.tariff"].search([("ocpi_id", "=", "DC-1")]))

    def test_a_tariff_in_another_currency_is_refused(self):
        self.env.ref("base.USD").active = True
        tariff = self.import_file(dict(DOCUMENT, currency="USD"))
        with self.assertRaisesRegex(ValidationError, "Choose one in EUR"):
            self.sell(tariff)

    def test_tariffs_are_the_contract_administrators(self):
        tariff = self.import_file(DOCUMENT)
        mine = {"company_id": self.company.id, "company_ids": [(6, 0, self.company.ids)]}
        accountant = self.make_user("tariff-accountant", "account.group_account_invoice", **mine)
        admin = self.make_user("tariff-admin", "ev_billing.group_contract_admin", **mine)
        self.assertTrue(tariff.with_user(accountant).summary)
        self.assertTrue(self.import_file(dict(DOCUMENT, id="OTHER"), user=admin))
        with self.assertRaises(AccessError):
            tariff.with_user(accountant).name = "x"
        with self.assertRaises(AccessError):
            self.import_file(DOCUMENT, user=accountant)
        for login, group in (("tariff-host", "base.group_portal"), ("tariff-tech", "ev_cpms.group_technician"),
                             ("tariff-bridge", "ev_cpms.group_bridge")):  # fmt: skip
            user = self.make_user(login, group, **mine)
            with self.subTest(login=login), self.assertRaises(AccessError):
                tariff.with_user(user).read(["name"])
