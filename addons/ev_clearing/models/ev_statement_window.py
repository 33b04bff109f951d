"""The control window: an eMSP looks at its sessions for some days before they are invoiced.

    draft --_open_window--> control --_invite--> (the partner looks, disputes, approves) --_close_window--> approved

From the opening on the statement's sessions are those on its list (`ev_statement_session`): what arrives, or is corrected,
comes on the next statement. When the window closes, disputed sessions are left out and everything else is approved as it was
shown. `ev_run_window` takes these steps in a run; the buttons take them by hand.
"""

from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.ev_billing.models.ev_statement import STEPS, InputsMoved

WINDOW = frozenset(
    (
        "shown_count",
        "window_opened_at",
        "window_opened_by_id",
        "control_window_end",
        "window_closed_at",
        "window_outcome",
        "window_answer_by",
        "window_reminded_at",
        "session_list_attachment_id",
    )
)
OUTCOMES = [
    ("approved", "Approved by the Partner"),
    ("elapsed", "Nobody Answered in Time"),
    ("closed", "Closed by Hand"),
]
INTERNAL = "base.group_user"


class EvStatement(models.Model):
    _inherit = "ev.statement"

    window_opened_at = fields.Datetime("Window Opened", readonly=True, copy=False)
    window_opened_by_id = fields.Many2one("res.users", readonly=True, copy=False, groups=INTERNAL)
    control_window_end = fields.Datetime(
        "Window Closes",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The end of a day on the company's clock.",
    )
    window_closed_at = fields.Datetime("Window Closed", readonly=True, copy=False)
    window_outcome = fields.Selection(OUTCOMES, "How It Closed", readonly=True, copy=False)
    window_answer_by = fields.Char("Answered By", readonly=True, copy=False)
    has_control_window = fields.Boolean(compute="_compute_has_control_window", groups=INTERNAL)

    @api.depends("contract_id.role", "contract_id.control_days")
    def _compute_has_control_window(self):
        for statement in self:
            statement.has_control_window = statement.contract_id.sudo()._has_control_window()

    # --------------------------------------------------------------------- CRUD

    def write(self, vals):
        if WINDOW & vals.keys() and not self.env.su:
            raise UserError(
                self.env._("A control window opens and closes by its own steps: use the statement's buttons.")
            )
        return super().write(vals)

    # ------------------------------------------------------------------ actions

    def action_open_window(self):
        """Show these statements to their partners now."""
        self._check_step("write")
        for run in self.sudo().run_id:
            run._check_releasable()
        for statement in self.sudo():
            statement._open_window()
            statement._invite()
        return True

    def action_close_window(self):
        """Do not wait any longer: what is not disputed is approved as it was shown."""
        self._check_step("write")
        for statement in self.sudo():
            statement._close_window("closed", self.env.user.name)
        return True

    def action_withdraw_window(self):
        """Back to draft: the partner was shown something that is not right. Its disputes stay."""
        self._check_step("write")
        for statement in self.sudo():
            statement._withdraw_window()
        return True

    def action_invite_again(self):
        """Send the invitation once more; the window closes when it was to close."""
        self._check_step("write")
        for statement in self.sudo():
            statement._check_window_open()
            statement._send_window_mail("ev_clearing.ev_statement_window_template")
        return True

    def action_open_shown(self):
        """The list of sessions as the partner sees it."""
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_statement_session_action")
        return dict(
            action, domain=[("statement_id", "in", self.ids)], context={"search_default_by_statement": len(self) > 1}
        )

    def action_reset_to_draft(self):
        """A statement in control is withdrawn; one that was approved opens again without its window."""
        in_control = self.filtered(lambda statement: statement.state == "control")
        in_control.action_withdraw_window()
        others = self - in_control
        if not others:
            return True
        result = super(EvStatement, others).action_reset_to_draft()
        others.sudo()._forget_window()
        return result

    # ------------------------------------------------------------------ opening

    def _open_window(self):
        """From draft to control: fix the list of sessions. The partner is told by `_invite`.

        :raises UserError: something blocks the statement, or it has no window
        """
        self.ensure_one()
        if self.state != "draft":
            raise UserError(self._say_closed(self.env._("only a draft is shown to its partner")))
        if not self.contract_id._has_control_window():
            raise UserError(
                self.env._("%s has no control window: set its days in tab Clearing.", self.contract_id.display_name)
            )
        self._lock_contract()
        self._check_approvable()
        self._store_sessions()
        self.state = "control"
        # over the list from now on, which leaves out what came to nothing
        self.with_context(ev_window_step=True).inputs_hash = self._get_inputs_hash()

    def _check_approvable(self):
        """Nothing is shown that could not be approved as it is.

        :raises UserError: with what stops it
        """
        if blocking := self.blocking_message or self._find_blocking() or self._find_charged_elsewhere():
            raise UserError(self.env._("%(name)s is blocked:\n%(why)s", name=self.name, why=blocking))
        self._check_findings()
        if self.gap_ids:
            raise UserError(
                self.env._(
                    "%(name)s has charges that wait for a price:\n%(gaps)s\nImport what is missing first.",
                    name=self.name,
                    gaps="\n".join(self.gap_ids.mapped("name")),
                )
            )
        if not self.inputs_hash:
            raise UserError(self.env._("%s is not computed yet: compute it, look at it, then show it.", self.name))
        if not self._is_over():
            raise UserError(
                self.env._(
                    "%(name)s runs to %(end)s: it can be shown from the day after.",
                    name=self.name,
                    end=format_date(self.env, self._get_last_day()),
                )
            )
        if self._get_inputs_hash() != self.inputs_hash:
            raise InputsMoved(
                self.env._("Sessions or terms of %s changed since it was computed: compute it again.", self.name)
            )

    def _invite(self):
        """Write the partner's list, mail it, and start the window's days.

        :raises UserError: nobody can be mailed; the window does not run until somebody could
        """
        self.ensure_one()
        if self.state != "control" or self.window_opened_at:
            return
        now = fields.Datetime.now()
        self.write(
            {
                "window_opened_at": now,
                "window_opened_by_id": self.env.uid,
                "control_window_end": self._get_window_end(now),
            }
        )
        self._attach_session_list()
        self._send_window_mail("ev_clearing.ev_statement_window_template")

    def _get_window_end(self, moment):
        """Midnight at the end of the last day, on the company's clock, as naive UTC."""
        zone = self.company_id._get_ev_zone()
        day = moment.replace(tzinfo=UTC).astimezone(zone).date() + timedelta(days=self.contract_id.control_days + 1)
        return datetime.combine(day, time(), zone).astimezone(UTC).replace(tzinfo=None)


assert not WINDOW & STEPS, "the window's fields have a guard of their own"
