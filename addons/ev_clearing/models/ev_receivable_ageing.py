"""What partners owe on documents of statements, by how long it is overdue: a query over core's open receivable lines."""

from odoo import api, fields, models
from odoo.tools import SQL

BUCKETS = [
    ("0", "Not Due"),
    ("1", "1-30 Days"),
    ("2", "31-60 Days"),
    ("3", "61-90 Days"),
    ("4", "Over 90 Days"),
]
ROLES = ("emsp", "client")
# One row per open receivable line: a document payable in instalments has several due dates.
_OPEN = """
SELECT l.id, l.company_id, p.commercial_partner_id AS partner_id, m.id AS move_id, m.ev_statement_id AS statement_id,
       st.contract_id, m.invoice_date, COALESCE(l.date_maturity, m.invoice_date) AS date_due,
       GREATEST(%(today)s - COALESCE(l.date_maturity, m.invoice_date), 0) AS days_overdue,
       CASE WHEN %(today)s <= COALESCE(l.date_maturity, m.invoice_date) THEN '0'
            WHEN %(today)s <= COALESCE(l.date_maturity, m.invoice_date) + 30 THEN '1'
            WHEN %(today)s <= COALESCE(l.date_maturity, m.invoice_date) + 60 THEN '2'
            WHEN %(today)s <= COALESCE(l.date_maturity, m.invoice_date) + 90 THEN '3' ELSE '4' END AS bucket,
       l.amount_residual, l.amount_residual_currency, l.currency_id, company.currency_id AS company_currency_id,
       disputed.amount AS disputed_amount, reminded.level, reminded.sent_at AS reminded_at
  FROM account_move_line l
  JOIN account_account a ON a.id = l.account_id AND a.account_type = 'asset_receivable'
  JOIN account_move m ON m.id = l.move_id AND m.state = 'posted' AND m.ev_statement_id IS NOT NULL
  JOIN ev_statement st ON st.id = m.ev_statement_id
  JOIN ev_contract k ON k.id = st.contract_id AND k.role = ANY(%(roles)s)
  JOIN res_partner p ON p.id = m.partner_id
  JOIN res_company company ON company.id = l.company_id
  LEFT JOIN LATERAL (SELECT sum(d.amount) AS amount FROM ev_dispute d
                      WHERE d.statement_id = st.id AND d.state = 'open') disputed ON TRUE
  LEFT JOIN LATERAL (SELECT r.level, r.sent_at FROM ev_dunning_reminder r
                      WHERE r.move_id = m.id ORDER BY r.level DESC LIMIT 1) reminded ON TRUE
 WHERE NOT l.reconciled AND l.amount_residual != 0 AND l.company_id = ANY(%(companies)s)
"""


class EvReceivableAgeing(models.Model):
    _name = "ev.receivable.ageing"
    _description = "Ageing of What Partners Owe"
    _auto = False
    _order = "days_overdue desc, date_due, id"
    _rec_name = "move_id"

    company_id = fields.Many2one("res.company", readonly=True)
    partner_id = fields.Many2one("res.partner", readonly=True)
    move_id = fields.Many2one("account.move", "Document", readonly=True)
    statement_id = fields.Many2one("ev.statement", readonly=True)
    contract_id = fields.Many2one("ev.contract", readonly=True)
    invoice_date = fields.Date("Date", readonly=True)
    date_due = fields.Date("Due", readonly=True)
    days_overdue = fields.Integer(readonly=True, aggregator="max")
    bucket = fields.Selection(BUCKETS, "Overdue", readonly=True)
    amount_residual = fields.Monetary(
        "Open", currency_field="company_currency_id", readonly=True, help="Negative on a credit note."
    )
    amount_residual_currency = fields.Monetary("Open in Its Currency", readonly=True, aggregator=None)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one("res.currency", readonly=True)
    disputed_amount = fields.Monetary(
        "Disputed", readonly=True, aggregator=None, help="At stake in open disputes of its statement."
    )
    level = fields.Integer("Reminded", readonly=True, aggregator="max", help="The last level of reminder.")
    reminded_at = fields.Datetime("Last Reminder", readonly=True)
    next_reminder = fields.Date(compute="_compute_next_reminder", compute_sudo=True)
    next_level = fields.Char(compute="_compute_next_reminder", compute_sudo=True)
    problem = fields.Char("What Stops It", compute="_compute_next_reminder", compute_sudo=True)
    to_remind = fields.Boolean(compute="_compute_next_reminder", search="_search_to_remind", compute_sudo=True)

    @property
    def _table_query(self):
        self.env.flush_all()
        return SQL(_OPEN, today=fields.Date.context_today(self), roles=list(ROLES), companies=self.env.companies.ids)

    @api.depends("move_id", "level")
    def _compute_next_reminder(self):
        """When its next level comes, and what stops it; empty where none does."""
        following = self.move_id._get_next_reminders()
        for row in self:
            level, day = following.get(row.move_id.id, (None, False))
            today = self.env["ev.run"]._get_today(row.company_id)
            row.next_level, row.next_reminder = level and level.name, day
            row.problem = row.move_id._get_reminder_problem(today) if row.days_overdue else False
            row.to_remind = bool(level and row.days_overdue and not row.problem and day <= today)

    @api.model
    def _search_to_remind(self, operator, values):
        """What the next reminders are about, by the same question that sends them."""
        if operator != "in" or set(values) != {True}:
            return NotImplemented
        reminders = self.env["ev.dunning.reminder"].sudo()
        found = [
            move
            for company in self.env.companies
            for _partner, _level, moves in reminders.with_company(company)._find_due(company)
            for move in moves.ids
        ]
        return [("move_id", "in", found)]

    def action_remind(self):
        """Send the next reminder of these documents now."""
        self.check_access("read")
        return self.move_id.action_ev_remind()

    def action_open_document(self):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.move_id.id,
            "views": [[False, "form"]],
            "name": self.move_id.name,
        }
