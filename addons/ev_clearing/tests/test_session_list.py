import csv
import io
import json
import re
from decimal import Decimal

from openpyxl import load_workbook

from odoo.tests import tagged

from odoo.addons.ev_clearing.models.ev_disputing import Claim
from odoo.addons.ev_clearing.reports.session_list import write_documents, write_table

from .window_common import WindowCase

COSTS = ("total_fixed_cost", "total_energy_cost", "total_time_cost", "total_parking_cost", "other")


class ListCase(WindowCase):
    def book(self):
        """(formulas, values) of the list on file."""
        raw = self.statement.session_list_attachment_id.raw
        return load_workbook(io.BytesIO(raw)), load_workbook(io.BytesIO(raw), data_only=True)

    def rows(self, name="Sessions"):
        """[{title: cell}] of a sheet."""
        head, *rows = self.book()[1][name].iter_rows(values_only=True)
        return [dict(zip(head, row, strict=True)) for row in rows]

    def documents(self):
        """The OCPI CDRs of the list, as a partner gets them."""
        self.company.write({"ev_country_code": "FR", "ev_party_id": "OPR"})
        with write_documents(self.statement) as file:
            return json.load(file)

    def summary(self):
        """{label: value} of the sheet that adds everything up, as it was written."""
        return {row[0]: row[1] for row in self.book()[1]["Summary"].iter_rows(values_only=True) if row[0]}

    def add_up(self):
        """Work the summary's formulas out again from the sheets, as a spreadsheet would.

        :return: {label: value} of the rows that are formulas over the sheets
        """
        formulas, _values = self.book()
        found = {}
        for label, formula, *_rest in formulas["Summary"].iter_rows(values_only=True):
            sums = re.findall(r"SUM\('([^']+)'!([A-Z]+)2:([A-Z]+)(\d+)\)", str(formula))
            if sums:
                cells = [
                    cell[0] or 0
                    for sheet, column, _same, last in sums
                    for cell in formulas[sheet][f"{column}2:{column}{last}"]
                ]
                found[label] = round(sum(Decimal(str(getattr(cell, "value", cell) or 0)) for cell in cells), 6)
        return found


@tagged("post_install", "-at_install")
class TestSessionList(ListCase):
    def test_a_row_a_session_under_ocpis_names(self):
        self.open_window()
        rows = self.rows()
        self.assertEqual([row["id"] for row in rows], self.cdrs.mapped("external_id"))
        first = rows[0]
        self.assertEqual(str(first["start_date_time"]), "2026-03-10 08:00:00")
        self.assertEqual((first["total_energy"], first["total_time"]), (10, 4))
        self.assertEqual((first["total_energy_cost"], first["total_cost"], first["currency"]), (5, 5, "EUR"))
        self.assertEqual((first["tariff_id"], first["cdr_token.uid"]), (self.contract.name, "04TEST02"))
        self.assertIsNone(first["signed_data"])

    def test_totals_re_add_by_formula(self):
        self.open_window()
        summary, added = self.summary(), self.add_up()
        self.assertEqual((added["total_cost"], summary["total_cost"]), (30, 30))
        self.assertEqual((added["total_energy_cost"], added["total_fixed_cost"]), (30, 0))
        self.assertEqual((summary["Net total, before taxes"], summary["On the statement"]), (30, 30))

    def test_what_is_left_out_has_a_sheet_of_its_own(self):
        self.open_window()
        self.statement._dispute([Claim(self.cdrs[1].id, "energy")], self.emsp)
        self.statement.action_close_window()
        self.statement.action_approve()
        self.statement._attach_session_list()
        self.assertEqual([row["total_cost"] for row in self.rows()], [5, 15])
        [left] = self.rows("Left Out")
        self.assertEqual((left["id"], left["total_cost"], left["dispute"]), (self.cdrs[1].external_id, 10, "disputed"))
        self.assertEqual(self.add_up()["total_cost"], 20)
        self.assertEqual(self.summary()["Net total, before taxes"], 20)

    def test_csv_says_what_is_left_out_and_every_row_adds_up(self):
        self.open_window()
        self.statement._dispute([Claim(self.cdrs[1].id, "energy")], self.emsp)
        self.statement.action_close_window()
        self.statement.action_approve()
        with write_table(self.statement) as file:
            rows = list(csv.DictReader(io.TextIOWrapper(file, "utf-8-sig")))
        self.assertEqual([row["left_out"] for row in rows], ["", "yes", ""])
        self.assertEqual([Decimal(row["total_cost"]) for row in rows], [5, 10, 15])
        # left out, it has no charges: its 10 EUR are of no component
        self.assertEqual([Decimal(row["other"]) for row in rows], [0, 10, 0])
        for row in rows:
            self.assertEqual(sum(Decimal(row[name]) for name in COSTS), Decimal(row["total_cost"]))

    def test_with_the_documents_goes_a_list_of_what_was_invoiced(self):
        self.open_window()
        shown = self.statement.session_list_attachment_id
        self.statement._dispute([Claim(self.cdrs[1].id, "energy")], self.emsp)
        self.clock.move_to("2026-04-03 08:00:00")
        self.statement.action_close_window()
        self.statement.action_approve()
        self.clock.move_to("2026-04-03 09:00:00")
        self.statement._document("2026-04-03")
        self.assertFalse(shown.exists())
        self.assertEqual([row["total_cost"] for row in self.rows()], [5, 15])
        files = self.statement._get_mailed_files()
        self.assertIn(self.statement.session_list_attachment_id, files)
        self.assertIn(self.statement.annex_attachment_id, files)

    def test_csv_and_ocpi_are_mailed_where_the_contract_says_so(self):
        self.company.write({"ev_country_code": "FR", "ev_party_id": "OPR"})
        self.contract.write({"send_csv": True, "send_ocpi": True, "ocpi_version": "2.3.0"})
        self.open_window()
        names = self.statement.message_ids[0].attachment_ids.mapped("name")
        self.assertEqual(sorted(name.rpartition(".")[2] for name in names), ["csv", "json", "xlsx"])

    def test_without_an_identity_ocpi_is_refused_in_words(self):
        self.contract.send_ocpi = True
        with self.assertRaisesRegex(Exception, "OCPI country code and party id"), self.env.cr.savepoint():
            self.statement.action_open_window()

    def test_formulas_of_hostile_names_are_text(self):
        self.site.name = "=HYPERLINK(1)"
        self.open_window()
        cell = self.book()[0]["Sessions"]["H2"]
        self.assertEqual((cell.value, cell.data_type), ("=HYPERLINK(1)", "s"))


@tagged("post_install", "-at_install")
class TestSessionListOfTariff(ListCase):
    """An OCPI tariff: 1 EUR a start, 0.40 a kWh, 1.20 an hour of parking, at most 12 EUR.

    10 kWh: 1 + 4 + 1.20 x 1 h = 6.20; 20 kWh: 1 + 8 + 1.20 = 10.20; 30 kWh: 1 + 12 + 1.20 = 14.20, of which 12 are paid.
    """

    @classmethod
    def make_emsp_contract(cls, *terms, **values):
        document = (
            '{"country_code": "FR", "party_id": "OPR", "id": "ROAM-1", "currency": "EUR", "elements": [{"price_components": ['
            '{"type": "FLAT", "price": 1.0, "step_size": 1}, {"type": "ENERGY", "price": 0.40, "step_size": 1},'
            '{"type": "PARKING_TIME", "price": 1.20, "step_size": 1}]}], "max_price": {"excl_vat": 12.0, "incl_vat": 14.4},'
            '"last_updated": "2026-01-01T00:00:00Z"}'
        )
        tariff = cls.env["ev.tariff"].create(
            {"name": "Roaming", "is_simple": False, "document": document, "currency_id": cls.env.ref("base.EUR").id}
        )
        term = ("charge", "session", 0, {"price_kind": "tariff", "tariff_id": tariff.id})
        return super().make_emsp_contract(term, **values)

    @classmethod
    def make_sessions(cls, *energies, **values):
        return super().make_sessions(*energies, charging_seconds=3 * 3600, idle_seconds=3600, **values)

    def test_components_and_the_price_limit_add_up_to_each_total(self):
        self.open_window()
        rows = self.rows()
        self.assertEqual([row["total_cost"] for row in rows], [6.2, 10.2, 12])
        self.assertEqual([row["total_fixed_cost"] for row in rows], [1, 1, 1])
        self.assertEqual([row["total_energy_cost"] for row in rows], [4, 8, 12])
        self.assertEqual([row["total_parking_cost"] for row in rows], [1.2, 1.2, 1.2])
        self.assertEqual([row["other"] for row in rows], [0, 0, -2.2])
        self.assertEqual({row["tariff_id"] for row in rows}, {"ROAM-1"})
        for row in rows:
            parts = sum(Decimal(str(row[name])) for name in COSTS)
            self.assertEqual(parts, Decimal(str(row["total_cost"])))
        self.assertEqual(self.add_up()["other"], Decimal("-2.2"))

    def test_a_credit_repeats_its_original_below_zero(self):
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[0].id, "replace": False, "reason": "not charged"}
        ).action_correct()
        self.statement.action_compute()
        self.open_window()
        [credit] = [row for row in self.rows() if row["credit_reference_id"]]
        self.assertEqual(credit["credit_reference_id"], self.cdrs[0].external_id)
        self.assertEqual((credit["total_energy"], credit["total_cost"]), (-10, -6.2))
        self.assertEqual((credit["total_fixed_cost"], credit["total_energy_cost"]), (-1, -4))

    def test_ocpi_has_the_period_its_volumes_and_the_tariff(self):
        self.open_window()
        first = self.documents()[0]
        [period] = first["charging_periods"]
        self.assertEqual(period["start_date_time"], "2026-03-10T08:00:00Z")
        volumes = {dimension["type"]: dimension["volume"] for dimension in period["dimensions"]}
        # 10 kWh, 3 hours of charging, one of parking
        self.assertEqual(volumes, {"ENERGY": 10, "TIME": 3, "PARKING_TIME": 1})
        self.assertEqual(period["tariff_id"], "ROAM-1")
        self.assertNotIn("signed_data", first)

    def test_ocpi_credits_repeat_their_original_but_for_the_total(self):
        self.env["ev.cdr.correct"].create(
            {"cdr_id": self.cdrs[0].id, "replace": False, "reason": "not charged"}
        ).action_correct()
        self.statement.action_compute()
        self.open_window()
        [credit] = [document for document in self.documents() if document.get("credit")]
        self.assertEqual(credit["total_cost"], {"excl_vat": -6.2})
        self.assertEqual((credit["total_fixed_cost"], credit["total_energy_cost"]), ({"excl_vat": 1}, {"excl_vat": 4}))


@tagged("post_install", "-at_install")
class TestSessionListOfGift(ListCase):
    """The partner gets 0.10 EUR a kWh back: 10 kWh are 0.50 x 10 - 1 = 4 EUR."""

    @classmethod
    def make_emsp_contract(cls, *terms, **values):
        return super().make_emsp_contract(
            ("charge", "kwh", "0.5"), ("credit", "session", 0, {"price_kind": "fixed", "price": 1}), **values
        )

    @classmethod
    def make_sessions(cls, *energies, **values):
        signed = [{"signedMeterData": "OCMF|{}|{}", "publicKey": "04AB"}]
        return super().make_sessions(*energies, signed=signed, **values)

    def test_what_is_given_back_stays_negative_in_ocpi(self):
        self.open_window()
        first = self.documents()[0]
        self.assertEqual(first["total_cost"], {"excl_vat": 4})
        self.assertEqual((first["total_fixed_cost"], first["total_energy_cost"]), ({"excl_vat": -1}, {"excl_vat": 5}))

    def test_signed_data_goes_along(self):
        self.open_window()
        signed = self.documents()[0]["signed_data"]
        self.assertEqual((signed["encoding_method"], signed["public_key"]), ("OCMF", "04AB"))
        [value] = signed["signed_values"]
        self.assertEqual((value["nature"], value["plain_data"]), ("End", "OCMF|{}|{}"))
