"""Which reminder a document is due for, what stops it, and sending it by hand."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from odoo.addons.ev_billing.models.ev_cdr_hold import ACCOUNTANT

from .ev_dunning_stop import FINANCE
from .ev_receivable_ageing import ROLES

OPEN = ("not_paid", "partial")


class AccountMove(models.Model):
    _inherit = "account.move"

    ev_reminder_ids = fields.One2many("ev.dunning.reminder", "move_id", "Reminders", readonly=True, groups=FINANCE)
    ev_reminder_level = fields.Integer(
        "Reminder Level", compute="_compute_ev_reminder", compute_sudo=True, groups=FINANCE
    )
    ev_reminded_on = fields.Date("Last Reminder", compute="_compute_ev_reminder", compute_sudo=True, groups=FINANCE)

    @api.depends("ev_reminder_ids.level")
    def _compute_ev_reminder(self):
        for move in self:
            last = move.ev_reminder_ids.sorted("level")[-1:]
            move.ev_reminder_level, move.ev_reminded_on = last.level, last.sent_on

    # ------------------------------------------------------------------ actions

    def action_ev_remind(self):
        """Send the next reminder of these documents now, without waiting for its day.

        :raises AccessError: not an accountant
        :raises UserError: what stops one of them
        """
        if not self.env.user.has_group(ACCOUNTANT):
            raise AccessError(self.env._("Reminders are sent by accountants."))
        self.check_access("write")
        following = self.sudo()._get_next_reminders()
        groups = {}
        for move in self.sudo():
            today = self.env["ev.run"]._get_today(move.company_id)
            if problem := move._get_reminder_problem(today):
                raise UserError(self.env._("%(name)s: %(problem)s", name=move.name, problem=problem))
            if move.id not in following:
                raise UserError(self.env._("%s had its last reminder.", move.name))
            if move.ev_reminded_on == today:
                raise UserError(self.env._("%s was reminded of today: one reminder a day is enough.", move.name))
            key = (move.company_id, move.commercial_partner_id, following[move.id][0])
            groups[key] = groups.get(key, self.browse()).sudo() | move
        for (company, partner, level), moves in groups.items():
            self.env["ev.dunning.reminder"]._send(company, partner, level, moves)
        return True

    def action_open_ev_reminders(self):
        self.check_access("read")
        self.env["ev.dunning.reminder"].check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_dunning_reminder_action")
        return dict(action, domain=[("move_id", "in", self.ids)])

    # ----------------------------------------------------------------- business

    @api.model
    def _get_remindable_domain(self, company, today):
        """Invoices of statements that are overdue and open: no credit notes, nothing reversed or in payment."""
        return [
            ("company_id", "=", company.id),
            ("ev_statement_id.contract_id.role", "in", ROLES),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("payment_state", "in", OPEN),
            ("amount_residual", ">", 0),
            ("invoice_date_due", "<", today),
        ]

    def _get_reminder_problem(self, today):
        """Why no reminder of this document is sent, as a sentence; None where nothing stops it.

        :param today: date on the company's clock
        """
        self.ensure_one()
        if not self.filtered_domain(self._get_remindable_domain(self.company_id, today)):
            return self.env._("it is no overdue, open invoice of a statement.")
        statement = self.ev_statement_id
        if statement._has_charged_dispute():
            return self.env._("sessions of %s are disputed: answer first.", statement.name)
        if self.env["ev.statement.contest"].search_count(
            [("statement_id", "=", statement.id), ("state", "=", "open")], limit=1
        ):
            return self.env._("%s is contested: answer first.", statement.name)
        for record in (self, statement.contract_id, self.partner_id, self.commercial_partner_id):
            if said := record._say_no_reminders(today):
                return said
        return None

    def _get_next_reminders(self):
        """The next level of each document that has one, and its day.

        A document that is long overdue when its first reminder is sent gets the others as far apart as the levels are.

        :return: {move id: (ev.dunning.level, date)}
        """
        levels, following = {}, {}
        for move in self:
            if move.company_id not in levels:
                levels[move.company_id] = self.env["ev.dunning.level"]._get_levels(move.company_id)
            last, day = move.ev_reminder_level, move.ev_reminded_on
            level = levels[move.company_id].filtered(lambda one, last=last: one.level > last)[:1]
            if not level or not move.invoice_date_due:
                continue
            due = move.invoice_date_due + timedelta(days=level.days)
            if day:
                before = levels[move.company_id].filtered(lambda one, last=last: one.level == last)
                due = max(due, day + timedelta(days=max(level.days - before.days, 1)))
            following[move.id] = (level, due)
        return following


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _has_charged_dispute(self):
        """Whether a dispute is open over a session the documents charge: one the window left out holds up nothing."""
        self.ensure_one()
        self.env["ev.dispute"].flush_model()
        self.env["ev.statement.session"].flush_model()
        return bool(
            self.env.execute_query(
                SQL(
                    """SELECT 1 FROM ev_dispute d
                    LEFT JOIN ev_statement_session s ON s.statement_id = d.statement_id AND s.cdr_id = d.cdr_id
                        WHERE d.statement_id = %s AND d.state = 'open' AND NOT COALESCE(s.left_out, FALSE) LIMIT 1""",
                    self.id,
                )
            )
        )
