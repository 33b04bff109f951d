"""An eMSP with a contract at 0.50 EUR/kWh and a control window of a week, and sessions of March 2026."""

from freezegun import freeze_time

from odoo.fields import Command

from .clearing_common import EvClearingCommon

# The month is over, the sessions' receipt is not in the future.
NOW = "2026-04-02 08:00:00"


class WindowCommon(EvClearingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.accountant = cls.make_user(
            "clearing-accountant",
            "base.group_user,account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.company.partner_id.write({"email": "billing@operator.example", "tz": "Europe/Paris"})

    def setUp(self):
        super().setUp()
        frozen = freeze_time(NOW)
        self.clock = frozen.start()
        self.addCleanup(frozen.stop)

    @classmethod
    def make_emsp_contract(cls, *terms, **values):
        """The eMSP's contract, by default 0.50 EUR per kWh with a window of seven days."""
        values.setdefault("control_days", 7)
        return cls.make_contract(*(terms or [("charge", "kwh", "0.5")]), partner=cls.emsp, role="emsp", **values)

    @classmethod
    def make_sessions(cls, *energies, token="04TEST02", day=10, **values):
        """One session per energy (Wh), a day apart, with the eMSP's badge, unless said otherwise.

        :rtype: ev.cdr
        """
        cdrs = cls.env["ev.cdr"]
        values.setdefault("hours", 4)
        for number, energy in enumerate(energies):
            start = f"2026-03-{day + number:02}T08:00:00Z"
            cdrs |= cls.make_cdr(start, energy, token={"uid": token, "type": "RFID"}, **values)
        return cdrs

    def prepare_march(self, contract):
        """Its statement of March 2026, computed and without open findings."""
        statement = self.prepare(2026, 3, contract)
        self.env.flush_all()
        return statement


class WindowCase(WindowCommon):
    """Three sessions of 10, 20 and 30 kWh at 0.50 EUR: 5 + 10 + 15 = 30 EUR."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls.make_emsp_contract()
        cls.cdrs = cls.make_sessions(10_000, 20_000, 30_000)

    def setUp(self):
        super().setUp()
        self.statement = self.prepare_march(self.contract)

    def open_window(self):
        self.statement.with_user(self.accountant).action_open_window()
        self.statement.invalidate_recordset()
        return self.statement

    def listed(self):
        """{session id: (amount, left out)} of the list."""
        return {row.external_id: (row.amount, row.left_out) for row in self.statement.session_ids}
