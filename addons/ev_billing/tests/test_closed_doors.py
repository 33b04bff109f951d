from decimal import Decimal

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.ev_billing.rating import month

from .closed_doors import ClosedDoors
from .common import EvBillingCommon

MODULE = "odoo.addons.ev_billing."
# What each public method is called with besides its records; a new one must be added here, and so be thought about.
CALLS = {
    "account.move": {
        "button_draft": (),
        "action_open_ev_statement": (),
        "action_open_ev_charges": (),
        "create": ([{"move_type": "out_invoice"}],),
        "write": ({"ref": "x"},),
    },
    "account.move.line": {
        "create": lambda test: ([{"name": "x", "move_id": test.records["account.move"].id}],),
        "write": ({"name": "x"},),
    },
    "ev.charge": {
        "create": ([{}],),
        "write": ({"amount": 1},),
        "unlink": (),
        "action_explain": (),
        "action_download_calculation": (),
    },
    "ev.contract": {
        "create": ([{"role": "host"}],),
        "write": ({"note": "x"},),
        "action_activate": (),
        "action_end": (),
        "action_amend": (),
        "action_reset_to_draft": (),
        "action_open_statements": (),
    },
    "ev.contract.amend": {"action_amend": ()},
    "ev.contract.assistant": {
        "action_next": (),
        "action_back": (),
        "action_create": (),
        "action_create_start": (),
    },
    "ev.contract.terminate": {"default_get": (["contract_id"],), "action_terminate": ()},
    "ev.contract.simulation": {
        "write": ({"drafts": "together"},),
        "action_simulate": (),
        "action_open_lines": (),
        "action_open_chart": (),
        "action_open_margin": (),
        "action_download": (),
    },
    "ev.contract.term": {"write": ({"name": "x"},), "copy_data": ()},
    "ev.contract.term.version": {"write": ({"price": 1},)},
    "ev.cdr": {"action_open_ev_findings": ()},
    "ev.finding": {
        "action_decide": (),
        "action_correct": (),
        "action_reopen": (),
        "action_retry": (),
        "action_open_session": (),
        "action_open_quarantine": (),
    },
    "ev.finding.decide": {"action_decide": ()},
    "ev.finding.rule": {"write": ({"blocking": False},)},
    "ev.site.energy.report": {"action_open_sessions": ()},
    "ev.site.metering": {"create": ([{"energy_kwh": 1}],), "write": ({"energy_kwh": 1},), "unlink": ()},
    "ev.site.metering.import": {"action_import": ()},
    "ev.price.band": {
        "create": lambda test: ([{"name": "x", "price": 1, "version_id": test.contract.term_ids[0].version_ids.id}],),
        "write": ({"price": 1},),
    },
    "ev.price.tier": {
        "create": lambda test: ([{"price": 1, "version_id": test.contract.term_ids[0].version_ids.id}],),
        "write": ({"price": 1},),
    },
    "ev.price.index": {
        "create": ([{"name": "x", "code": "X"}],),
        "write": ({"name": "x"},),
        "copy_data": (),
        "action_open_values": (),
        "action_open_gaps": (),
        "action_import": (),
        "action_edit_value": (),
        "action_fetch": (),
    },
    "ev.price.index.edit": {"action_save": ()},
    "ev.price.index.fetch": {"action_fetch": ()},
    "ev.price.index.import": {"action_import": (), "action_open_values": ()},
    "ev.price.index.value": {"create": ([{}],), "write": ({"price": 1},), "unlink": (), "action_edit": ()},
    "ev.run": {
        "create": ([{"name": "x"}],),
        "write": ({"mode": "autopilot"},),
        "start": lambda test: (test.company.id, 2026, 3),
        "action_release": (),
        "action_check": (),
        "action_go_on": (),
        "action_open_statements": (),
        "action_open_contracts": (),
        "get_cockpit": lambda test: (test.company.id, "2026-03"),
        "action_open_cockpit": (),
        "action_compute_again": (),
    },
    "ev.run.contract": {
        "action_release": (),
        "action_try_again": (),
        "action_compute_again": (),
        "action_open_statement": (),
    },
    "ev.statement": {
        "create": ([{"name": "x"}],),
        "write": ({"name": "x"},),
        "unlink": (),
        "action_compute": (),
        "action_approve": (),
        "action_approve_without_prices": (),
        "action_reset_to_draft": (),
        "action_open_charges": (),
        "action_open_findings": (),
        "action_open_contests": (),
        "action_open_documents": (),
        "action_download_annex": (),
        "action_document": (),
        "action_print": (),
        "action_send": (),
        "action_resend": (),
        "document": (),
        "prepare_month": lambda test: (test.company.id, 2026, 3),
        "get_completeness": lambda test: (test.company.id, 2026, 3),
        "collect_files": lambda test: (test.statement.ids,),
    },
    "ev.statement.ad_hoc": {"default_get": (["contract_id"],), "action_bill": ()},
    "ev.statement.contest": {
        "write": ({"answer": "x"},),
        "action_uphold": (),
        "action_reject": (),
        "action_open_sessions": (),
    },
    "ev.statement.document.wizard": {"action_document": ()},
    "ev.statement.line": {
        "create": lambda test: ([{"statement_id": test.statement.id}],),
        "write": ({"amount": 1},),
        "unlink": (),
    },
    "ev.statement.prepare": {"action_start": (), "action_prepare": ()},
    "ev.tariff": {"write": ({"name": "x"},), "copy_data": (), "action_export": ()},
    "ev.tariff.export": {"action_export": ()},
    "ev.tariff.import": {"action_import": ()},
    "ir.attachment": {"write": ({"raw": b"x"},)},
    "res.company": {"create": ([{"name": "finding doors"}],)},
    "res.partner": {"action_open_ev_contracts": (), "action_open_ev_statements": ()},
}


@tagged("post_install", "-at_install")
class TestClosedDoors(ClosedDoors, EvBillingCommon):
    """Every public method of this addon can be called over RPC by anybody with a login: none answers a stranger."""

    modules = (MODULE,)
    modules_elsewhere = (MODULE + "tests",)
    calls = CALLS

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        mine = {"company_id": cls.company.id, "company_ids": [(6, 0, cls.company.ids)]}
        cls.contract = cls.make_contract(
            ("credit", "kwh", "0.10"), ("charge", "session", "1"), note="<p>they pay late</p>"
        )
        cls.make_cdr("2026-03-01T08:00:00Z")
        cls.statement = cls.prepare(2026, 3, cls.contract)
        cls.statement.action_approve()
        cls.statement.document("2026-04-02")
        cls.portal_host = cls.make_user(
            "doors-host", "base.group_portal", **mine, partner_id=cls.make_contact(cls.host)
        )
        stranger = cls.env["res.partner"].create({"name": "Stranger", "is_company": True})
        cls.stranger = cls.make_user(
            "doors-stranger", "base.group_portal", **mine, partner_id=cls.make_contact(stranger)
        )
        cls.bridge = cls.make_user("doors-bridge", "ev_cpms.group_bridge", **mine)
        cls.admin = cls.make_user("doors-contracts", "ev_billing.group_contract_admin", **mine)
        document = cls.statement.document_ids[0]
        prepare = cls.env["ev.statement.prepare"].create({"month": "2026-03-01"})
        wizard = cls.env["ev.statement.document.wizard"].create({"statement_ids": [(6, 0, cls.statement.ids)]})
        index = cls.env["ev.price.index"].create({"name": "Day-ahead", "code": "DOORS", "company_id": cls.company.id})
        index._store_values([(1767225600, 1767226500, Decimal("87.40"), True)], "test")
        tariff = cls.env["ev.tariff"].create({"name": "Doors", "company_id": cls.company.id, "price_kwh": 0.4})
        banded = {"price_kind": "banded", "band_ids": [Command.create({"name": "all", "price": 0.1})]}
        tiered = {"price_kind": "tiered", "tier_ids": [Command.create({"until": 0, "price": 0.1})]}
        priced = cls.make_contract(("credit", "kwh", 0, banded), ("credit", "kwh", 0, tiered), activate=False)
        finding_records = cls.make_finding_records()
        cls.records = {
            **finding_records,
            "ev.price.band": priced.term_ids.version_ids.band_ids,
            "ev.price.tier": priced.term_ids.version_ids.tier_ids,
            "account.move": document,
            "account.move.line": document.invoice_line_ids,
            "ev.charge": cls.statement.charge_ids[0],
            "ev.contract": cls.contract,
            "ev.contract.amend": cls.env["ev.contract.amend"].create(
                {"contract_id": cls.contract.id, "date_from": "2027-01-01"}
            ),
            "ev.contract.assistant": cls.env["ev.contract.assistant"].create({"partner_id": cls.host.id}),
            "ev.contract.terminate": cls.env["ev.contract.terminate"].create(
                {"contract_id": cls.contract.id, "reason": "x"}
            ),
            "ev.statement.ad_hoc": cls.env["ev.statement.ad_hoc"].create(
                {"contract_id": cls.contract.id, "date_from": "2026-03-01", "date_to": "2026-03-31"}
            ),
            "ev.contract.simulation": cls.env["ev.contract.simulation"].create(
                {"contract_ids": [(6, 0, cls.contract.ids)]}
            ),
            "ev.contract.term": cls.contract.term_ids,
            "ev.contract.term.version": cls.contract.term_ids.version_ids,
            "ev.price.index": index,
            "ev.price.index.edit": cls.env["ev.price.index.edit"].create(
                {"index_id": index.id, "date_start": "2026-01-02", "price": 1}
            ),
            "ev.price.index.fetch": cls.env["ev.price.index.fetch"].create({"index_id": index.id}),
            "ev.price.index.import": cls.env["ev.price.index.import"].create({"index_id": index.id, "file": b"eA=="}),
            "ev.price.index.value": index.value_ids,
            "ev.run": cls.statement.run_id,
            "ev.run.contract": cls.statement.run_id.contract_ids,
            "ev.statement": cls.statement,
            "ev.statement.contest": cls.make_contest(),
            "ev.statement.document.wizard": wizard,
            "ev.statement.line": cls.statement.line_ids,
            "ev.statement.prepare": prepare,
            "ev.tariff": tariff,
            "ev.tariff.export": cls.env["ev.tariff.export"].create({"tariff_id": tariff.id}),
            "ev.tariff.import": cls.env["ev.tariff.import"].create({"file": b"e30="}),
            "ir.attachment": cls.statement.annex_attachment_id,
            "res.partner": cls.host,
        }

    @classmethod
    def make_finding_records(cls):
        """What was found about an overlapping pair of the month, and what the supplier metered."""
        metering = {"site_id": cls.site.id, "date_from": "2026-03-01", "date_to": "2026-03-31", "energy_kwh": 10}
        metering = cls.env["ev.site.metering"].create(metering)
        pair = cls.make_cdr("2026-05-01T08:00:00Z"), cls.make_cdr("2026-05-01T08:30:00Z", 5_000)
        finding = cls.env["ev.finding"]._check_period(cls.company, month(2026, 5), {"overlap"})
        cls.env["ev.finding"]._check_period(cls.company, month(2026, 3))
        return {
            "ev.cdr": pair[0],
            "res.company": cls.company,
            "ev.finding": finding,
            "ev.finding.decide": cls.env["ev.finding.decide"].create({"finding_ids": finding.ids, "reason": "x"}),
            "ev.finding.rule": cls.env["ev.finding.rule"].search([("company_id", "=", cls.company.id)], limit=1),
            "ev.site.energy.report": cls.env["ev.site.energy.report"].search([("site_id", "=", cls.site.id)]),
            "ev.site.metering": metering,
            "ev.site.metering.import": cls.env["ev.site.metering.import"].create({"file": b"eA=="}),
        }

    @classmethod
    def make_contest(cls):
        values = {"statement_id": cls.statement.id, "partner_id": cls.host.id, "author_name": "x", "reason": "x"}
        return cls.statement._create_contest({**values, "date": "2026-04-03 10:00:00"})

    @classmethod
    def make_contact(cls, partner):
        return cls.env["res.partner"].create({"name": "Bookkeeper", "parent_id": partner.id}).id

    def test_every_public_method_is_listed_here(self):
        self.assert_every_method_is_listed()

    def test_strangers_and_the_bridge_get_no_answer(self):
        for user in (self.stranger, self.bridge):
            self.assert_no_answer(user, self.records)

    def test_a_host_changes_nothing_and_reads_only_its_own(self):
        readable = {"action_open_statements", "action_open_charges", "action_open_documents", "action_download_annex"}
        readable |= {"action_open_ev_contracts", "action_open_ev_statements"}
        readable |= {"action_open_ev_statement", "action_open_ev_charges", "action_print"}
        self.assert_no_answer(self.portal_host, self.records, may_read=readable)

    def test_internal_fields_stay_inside(self):
        hidden = {
            "ev.contract": ("note",),
            "ev.statement": (
                "blocking_message",
                "inputs_hash",
                "computed_at",
                "payment_note",
                "document_ids",
                "index_revisions",
                "gap_ids",
                "send_state",
                "send_error",
                "send_message_id",
            ),
        }
        for model, names in hidden.items():
            record = self.records[model].with_user(self.portal_host)
            self.assertTrue(record.read(["name"]))
            for name in names:
                with self.subTest(model=model, field=name), self.assertRaises(AccessError):
                    record.read([name])

    def test_totals_are_for_those_who_bill(self):
        with self.assertRaises(AccessError):
            self.env["ev.statement"].with_user(self.portal_host).get_completeness(self.company.id, 2026, 3)
        numbers = self.env["ev.statement"].with_user(self.admin).get_completeness(self.company.id, 2026, 3)
        self.assertEqual(numbers["total"]["count"], 1)

    def test_contract_admin_opens_a_documented_statement(self):
        statement = self.statement.with_user(self.admin)
        self.assertEqual(statement.document_count, 2)
        arch = statement.get_view(view_type="form")["arch"]
        self.assertNotIn("document_ids", arch)
        with self.assertRaises(AccessError):
            statement.read(["document_ids"])
