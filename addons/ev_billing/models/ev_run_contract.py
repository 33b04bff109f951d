from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_statement import OPEN_STATES

# In the order they are taken; `nothing` is the end of a contract for which nothing was due.
STEPS = [
    ("prepare", "To Compute"),
    ("review", "To Review"),
    ("approve", "To Approve"),
    ("document", "To Document"),
    ("files", "To Print"),
    ("send", "To Send"),
    ("done", "Done"),
    ("nothing", "Nothing Due"),
]
# Steps that jobs take, with the jobs' priorities: numbers before papers, papers before mails. `review` is a human's, or the
# autopilot's.
JOB_STEPS = {"prepare": 5, "approve": 5, "document": 5, "files": 10, "send": 15}


class EvRunContract(models.Model):
    """One contract in one run: which step is next, and what stopped it.

    What is done is read off the statement, never remembered beside it: whoever approves or sends by hand does this run's work.
    """

    _name = "ev.run.contract"
    _description = "Contract in a Month-End Run"
    _order = "run_id desc, id"
    _rec_name = "contract_id"

    run_id = fields.Many2one("ev.run", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    contract_id = fields.Many2one("ev.contract", required=True, readonly=True, index=True, ondelete="cascade")
    statement_id = fields.Many2one("ev.statement", readonly=True, ondelete="set null", index="btree_not_null")
    partner_id = fields.Many2one(related="contract_id.partner_id")
    role = fields.Selection(related="contract_id.role")
    currency_id = fields.Many2one(related="contract_id.currency_id")
    total_charge = fields.Monetary(related="statement_id.total_charge")
    total_credit = fields.Monetary(related="statement_id.total_credit")
    session_count = fields.Integer(related="statement_id.session_count")
    energy_kwh = fields.Float(related="statement_id.energy_kwh")
    state = fields.Selection(
        [("due", "Due"), ("prepared", "Prepared"), ("nothing", "Nothing Due"), ("past", "Before There Were Runs")],
        required=True,
        readonly=True,
        default="due",
    )
    step = fields.Selection(STEPS, "Next Step", compute="_compute_step", store=True, index=True)
    prepared_at = fields.Datetime("Prepared", readonly=True)
    checked = fields.Boolean(readonly=True, help="Findings were looked for since it was computed.")
    released_at = fields.Datetime("Released", readonly=True, help="From then on it goes out by itself, step by step.")
    released_by_id = fields.Many2one("res.users", readonly=True)
    stopped = fields.Boolean(readonly=True, help="A step failed: it waits until somebody tries again.")
    message = fields.Text("What Stopped It", readonly=True)

    _run_contract_uniq = models.UniqueIndex(
        "(run_id, contract_id) WHERE statement_id IS NULL", "This contract already is in that run."
    )
    _statement_uniq = models.UniqueIndex(
        "(statement_id) WHERE statement_id IS NOT NULL", "This statement already is in a run."
    )

    # ----------------------------------------------------------------- compute

    @api.depends("state", "released_at", "statement_id.state", "statement_id.annex_attachment_id",
                 "statement_id.pdf_attachment_id", "statement_id.sent_at")  # fmt: skip
    def _compute_step(self):
        for item in self:
            item.step = item._find_step()

    def _find_step(self):
        """The first step that is not done yet."""
        statement = self.statement_id
        if self.state == "nothing":
            return "nothing"
        if self.state == "past":
            return "done"
        if self.state == "due" or not statement:
            return "prepare"
        if statement.state in (*OPEN_STATES, "approved") and not self.released_at:
            return "review"
        if statement.state in OPEN_STATES:
            return "approve"
        if statement.state == "approved":
            return "document"
        if not (statement.annex_attachment_id and statement.pdf_attachment_id):
            return "files"
        return "done" if statement.sent_at else "send"

    # ------------------------------------------------------------------ actions

    def action_release(self):
        """Let these statements go out: approve, document, print, send.

        :raises UserError: their month does not add up, or a finding stops the whole of it
        """
        self.run_id._check_accountant()
        left = self.browse()
        for run, items in self.sudo().grouped("run_id").items():
            left |= run._release_chosen(items)
        names = [self.env._("%s stays: see its findings and its statement.", item.contract_id.name) for item in left]
        return self.env["ev.statement"]._get_left_action(self.env._("Not released"), names, False) or True

    def action_try_again(self):
        """Take the step that stopped once more."""
        self.run_id._check_accountant()
        self.sudo().write({"stopped": False, "message": False})
        self.sudo().run_id._go_on()
        return True

    def action_compute_again(self):
        """Compute these contracts alone once more, with their checks, as long as they are not approved."""
        self.run_id._check_accountant()
        for item in self:
            if item.statement_id and item.statement_id._is_closed():
                raise UserError(
                    item.statement_id._say_closed(self.env._("reset it to draft before computing it again"))
                )
        self.sudo()._make_due()
        self.sudo().run_id._go_on()
        return True

    def action_open_statement(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "ev.statement",
            "res_id": self.statement_id.id,
            "view_mode": "form",
            "name": self.env._("Statement"),
        }

    # ----------------------------------------------------------------- business

    def _get_job_steps(self):
        """{step: priority of its job}: the steps that need nobody."""
        return JOB_STEPS

    def _make_due(self):
        """Back to the first step."""
        self.write({"state": "due", "released_at": False, "released_by_id": False, "stopped": False, "message": False})
        self.run_id._reopen()

    def _stop(self, message):
        """Wait for somebody, and say why."""
        self.write({"stopped": True, "message": message})

    def _note(self, statement):
        """Remember what computing made: a statement, or nothing."""
        self.ensure_one()
        if statement and statement == self.statement_id and statement._is_closed():
            # somebody was faster: the steps after this one are what is left
            if self.state == "due":
                self.state = "prepared"
            return
        twin = statement and self.search([("statement_id", "=", statement.id), ("id", "!=", self.id)])
        if twin:
            # two at once put the contract in the run: one place is enough
            self.unlink()
            return
        self.write(
            {
                "state": "prepared" if statement else "nothing",
                "statement_id": statement.id,
                "prepared_at": fields.Datetime.now(),
                "checked": False,
                "stopped": False,
                "message": False,
            }
        )
        if self.step not in ("done", "nothing"):
            self.run_id._reopen()


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def unlink(self):
        """A draft that is deleted was computed for nothing: its contract is due again; days billed ad hoc are not."""
        self.check_access("unlink")
        items = self.env["ev.run.contract"].sudo().search([("statement_id", "in", self.ids)])
        items.filtered(lambda item: item.contract_id.periodicity == "ad_hoc").unlink()
        res = super().unlink()
        items.exists()._make_due()
        return res


class EvRun(models.Model):
    _inherit = "ev.run"

    def _add_contracts(self, contracts):
        """Put contracts in the run that are not in it yet; a closed run opens again for them.

        :return: how many came in
        """
        self.ensure_one()
        items = self.env["ev.run.contract"]
        items.flush_model()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO ev_run_contract (run_id, company_id, contract_id, state, step, create_uid, create_date, write_uid,
                                                write_date)
                   SELECT %(run)s, company_id, id, 'due', 'prepare', %(user)s, now() AT TIME ZONE 'UTC', %(user)s,
                          now() AT TIME ZONE 'UTC'
                     FROM ev_contract c WHERE id = ANY(%(contracts)s) AND NOT EXISTS (
                          SELECT 1 FROM ev_run_contract i WHERE i.run_id = %(run)s AND i.contract_id = c.id)
                 ORDER BY id ON CONFLICT DO NOTHING RETURNING id""",
                run=self.id,
                contracts=contracts.ids,
                user=self.env.uid,
            )
        )
        items.invalidate_model()
        self.invalidate_recordset(["contract_ids"])
        if rows:
            self._reopen()
        return len(rows)

    def _reopen(self):
        """A run with something left to do is open."""
        closed = self.filtered(lambda run: run.state == "closed")
        closed.write({"state": "open", "closed_at": False, "days_to_close": 0, "summary_hash": False})

    def _note_statement(self, contract, statement):
        """What somebody computed by hand is part of the month's run too."""
        self.ensure_one()
        items = self.env["ev.run.contract"].sudo()
        domain = [("run_id", "=", self.id), ("contract_id", "=", contract.id)]
        item = items.search([*domain, ("statement_id", "=", statement.id)]) or items.search(
            [*domain, ("statement_id", "=", False)], limit=1
        )
        if not item:
            item = items.create({"run_id": self.id, "company_id": self.company_id.id, "contract_id": contract.id})
        item._note(statement)
