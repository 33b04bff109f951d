"""Three sessions of March 2026 at 0.50 EUR/kWh that an eMSP was shown, and lists of its own about them."""

import base64

from odoo.fields import Command

from .job_common import JobCase
from .window_common import WindowCommon

HEADER = "ID;Start;Stop;kWh;Amount;Currency;EVSE;Badge;eMAID;Credit of\n"
COLUMNS = (
    ("id", "ID"), ("start", "Start"), ("stop", "Stop"), ("energy", "kWh"), ("amount", "Amount"), ("currency", "Currency"),
    ("evse_id", "EVSE"), ("token_uid", "Badge"), ("contract_id", "eMAID"), ("credit_of", "Credit of"),
)  # fmt: skip


class PartnerFileCommon(JobCase, WindowCommon):
    jobs_of = "ev-partner-file"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ac.evse_ids[0].evse_id = "FR*ABC*E1*1"
        cls.roaming.emaid = "FR-RCO-C00000001-X"
        cls.emsp_contract = cls.make_emsp_contract()
        cls.profile = cls.make_comparison_profile()

    @classmethod
    def make_comparison_profile(cls, **values):
        return cls.env["ev.file.profile"].create(
            {
                "name": "RoamCo's list",
                "usage": "comparison",
                "company_id": cls.company.id,
                "partner_id": cls.emsp.id,
                "tz": "UTC",
                "delimiter": "semicolon",
                "column_ids": [Command.create({"field": field, "column": column}) for field, column in COLUMNS],
                **values,
            }
        )

    def setUp(self):
        super().setUp()
        # 10, 20 and 30 kWh at 08:00 to 12:00 UTC of 10, 11 and 12 March: 5, 10 and 15 EUR
        self.cdrs = self.make_sessions(10_000, 20_000, 30_000)
        self.statement = self.prepare_march(self.emsp_contract)
        self.show()

    def show(self):
        self.statement.action_open_window()
        self.env.flush_all()

    def line(self, number, **values):
        """A line as the partner has our session `number`, unless values say otherwise."""
        cdr = self.cdrs[number] if number is not None else None
        cells = {
            "id": cdr.external_id if cdr else "THEIRS-1",
            "start": f"{cdr.date_start:%Y-%m-%d %H:%M:%S}" if cdr else "2026-03-20 08:00:00",
            "stop": f"{cdr.date_stop:%Y-%m-%d %H:%M:%S}" if cdr else "2026-03-20 12:00:00",
            "kwh": f"{cdr.energy_wh / 1000}" if cdr else "40",
            "amount": f"{cdr.energy_kwh / 2}" if cdr else "20",
            "currency": "EUR",
            "evse": "FR*ABC*E1*1",
            "badge": "04TEST02",
            "emaid": "",
            "credit_of": "",
            **values,
        }
        return ";".join(cells.values()) + "\n"

    def make_file(self, *lines, profile=None, header=HEADER, **values):
        return self.env["ev.partner.file"].create(
            {
                "statement_id": self.statement.id,
                "profile_id": (profile or self.profile).id,
                "file": base64.b64encode((header + "".join(lines)).encode()),
                "file_name": "march.csv",
                **values,
            }
        )

    def compare(self, *lines, **values):
        record = self.make_file(*lines, **values)
        record.action_compare()
        return record

    def found(self, record):
        """[(line, result, differences or reason, our session)] in the order of their list, then ours alone."""
        lines = self.env["ev.partner.file.line"].search([("file_id", "=", record.id)], order="number, id")
        return [
            (line.number or None, line.result, line.differences or line.reason or None, line.cdr_id) for line in lines
        ]

    def only(self, record):
        """(result, differences or reason) of the first line."""
        return self.found(record)[0][1:3]

    def sums(self, record):
        """{result or code: (count, their kWh, our kWh, their amount, our amount, difference)}."""
        return {
            one.code or one.result: (
                one.count, one.their_kwh, one.our_kwh, one.their_amount, one.our_amount, one.amount_difference
            )
            for one in record.sum_ids
        }  # fmt: skip
