"""The end of a control window: what is disputed is left out, everything else is approved as the partner was shown it."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from odoo.addons.ev_billing.models.ev_cdr_hold import not_held

from .ev_dispute import frozen_sessions
from .ev_statement_window import WINDOW


class EvStatement(models.Model):
    _inherit = "ev.statement"

    # ------------------------------------------------------------------ closing

    def _is_window_open(self):
        """Whether the partner may still say something."""
        self.ensure_one()
        return (
            self.state == "control"
            and bool(self.window_opened_at)
            and not self.window_closed_at
            and fields.Datetime.now() < self.control_window_end
        )

    def _check_window_open(self):
        """:raises UserError: a sentence for the partner, or the operator"""
        self.ensure_one()
        if self._is_window_open():
            return
        if self.state == "control" and not self.window_opened_at:
            raise UserError(self.env._("%s is being prepared: its control window opens with our mail.", self.name))
        end = self.window_closed_at or self.control_window_end
        if end:
            raise UserError(
                self.env._(
                    "The control window of %(name)s closed on %(day)s: nothing moves any more. What is wrong is corrected on the "
                    "next statement; contest this one, or write us.",
                    name=self.name,
                    day=format_date(self.env, self._on_company_clock(end)),
                )
            )
        raise UserError(self.env._("%s has no open control window.", self.name))

    def _approve_by_partner(self, name):
        """The partner has nothing (more) to say: everything not disputed is invoiced at once.

        :param name: who says so
        """
        self.ensure_one()
        self._check_window_open()
        if not (name or "").strip():
            raise UserError(self.env._("Enter your name, so that we know who approved."))
        self._close_window("approved", name.strip()[:100])

    def _close_window(self, outcome, name=False):
        """The end of the window; closing one that is closed changes nothing.

        :param outcome: approved, elapsed or closed
        """
        self.ensure_one()
        if self.state != "control" or not self.window_opened_at:
            raise UserError(self.env._("%s has no open control window.", self.name))
        if self.window_closed_at:
            return
        self.write({"window_closed_at": fields.Datetime.now(), "window_outcome": outcome, "window_answer_by": name})
        # whoever has only the link is nobody in Odoo: the name is in the words
        author = self.env.ref("base.partner_root") if self.env.user._is_public() else self.env.user.partner_id
        self.message_post(body=self._say_closing(outcome, name), author_id=author.id)
        self._go_on_after_window()

    def _say_closing(self, outcome, name):
        words = {
            "approved": self.env._("Approved by %s: what is not disputed is invoiced.", name),
            "elapsed": self.env._("The control window is over: what is not disputed is invoiced."),
            "closed": self.env._("The control window was closed by %s: what is not disputed is invoiced.", name),
        }
        return words[outcome]

    def _go_on_after_window(self):
        """What comes next; a run takes it from here."""

    def _settle_window(self):
        """Leave out what is disputed, once and for all, and compute the rest again from the very same list.

        :raises UserError: terms or prices are not what they were when the partner was shown the list
        """
        self.ensure_one()
        statement = self.with_context(ev_window_step=True)
        if statement._get_inputs_hash(whole_list=True) != self.inputs_hash:
            raise UserError(
                self.env._(
                    "%s: the terms or prices of its days changed since its partner was shown it. Withdraw its window, compute it "
                    "and show it again.",
                    self.name,
                )
            )
        if statement._leave_out_disputed():
            statement._compute_charges()
            statement._store_sessions()
            # what the partner was mailed is not what is invoiced: the next one comes with the documents
            statement.session_list_attachment_id.unlink()

    def _leave_out_disputed(self):
        """Mark the listed sessions that disputes freeze now, and those that were kept out of billing since they were shown.

        :return: how many
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """UPDATE ev_statement_session s SET left_out = TRUE FROM ev_cdr c
                    WHERE s.statement_id = %s AND c.id = s.cdr_id AND NOT s.left_out AND (c.id IN (%s) OR NOT %s)""",
                self.id,
                frozen_sessions(self.contract_id.id),
                not_held(SQL("c.id"), SQL("c.credit_of_id")),
            )
        )
        count = self.env.cr.rowcount
        self.env["ev.statement.session"].invalidate_model()
        return count

    def _withdraw_window(self):
        """From control back to draft.

        :raises UserError: it is not in control
        """
        self.ensure_one()
        if self.state != "control":
            raise UserError(self._say_closed(self.env._("there is no control window to withdraw")))
        self._lock_contract()
        was_open = bool(self.window_opened_at)
        self.state = "draft"
        self._forget_window()
        self._take_back_release()
        self.dispute_ids._thaw()
        self._compute_charges()
        if was_open:
            self._mail_apart("ev_clearing.ev_statement_window_withdrawn_template")

    def _forget_window(self):
        self._drop_sessions()
        self.session_list_attachment_id.unlink()
        self.write(dict.fromkeys(WINDOW - {"shown_count"}, False))

    # ----------------------------------------------------------- hooks of below

    def _is_closed(self):
        """A statement its partner was shown does not change either, but by the window's own steps."""
        self.ensure_one()
        if self.state == "control" and not self.env.context.get("ev_window_step"):
            return True
        return super()._is_closed()

    def _approve(self, with_gaps=False):
        """A statement with a control window is approved when that has closed, as it was shown, without what is disputed."""
        if self.state == "control":
            if not self.window_closed_at:
                raise UserError(
                    self.env._(
                        "%s is in its control window: it is approved when that closes. To go on now, close the window.",
                        self.name,
                    )
                )
            self._lock_contract()
            self._settle_window()
            self = self.with_context(ev_window_step=True)
        elif self.state == "draft" and self.contract_id._has_control_window():
            raise UserError(
                self.env._(
                    "%(name)s goes through a control window first: use Open Control Window, or set its days to 0 on contract "
                    "%(contract)s.",
                    name=self.name,
                    contract=self.contract_id.name,
                )
            )
        elif self.state == "draft" and self.contract_id.role == "emsp":
            self._store_sessions()
        result = super()._approve(with_gaps)
        if self.contract_id.role == "emsp":
            # an agreement that is changed at this very moment has not seen the approval: one of the two fails, and is retried
            self.contract_id._touch()
        self.dispute_ids._thaw()
        return result

    def _uncheck(self):
        """Leaving out what is disputed adds nothing that was not looked at and released."""
        return None if self.env.context.get("ev_window_step") else super()._uncheck()

    def _get_kept_sql(self):
        """In control, what is on the list, and of that what is not left out; in any state nothing that a dispute freezes."""
        if self._is_simulated():
            return super()._get_kept_sql()
        if self.state == "control":
            left_out = SQL() if self.env.context.get("ev_whole_list") else SQL("AND NOT listed.left_out")
            return SQL(
                """EXISTS (SELECT 1 FROM ev_statement_session listed
                            WHERE listed.statement_id = %s AND listed.cdr_id = c.id %s)""",
                self.id,
                left_out,
            )
        self.env["ev.dispute"].flush_model()
        return SQL("%s AND c.id NOT IN (%s)", super()._get_kept_sql(), frozen_sessions(self.contract_id.id))

    def _get_inputs_hash(self, whole_list=False):
        """:param whole_list: of all that was shown, also what is left out by now"""
        return super(EvStatement, self.with_context(ev_whole_list=whole_list))._get_inputs_hash()

    @api.model
    def _cron_windows(self):
        """Close what is over, remind who has not answered; each statement is a transaction of its own."""
        over = self.search([("state", "=", "control"), ("window_closed_at", "=", False),
                            ("control_window_end", "<=", fields.Datetime.now())])  # fmt: skip
        reminded = self._find_to_remind()
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(over) + len(reminded))
        for statement in over:
            statement._close_window("elapsed")
            if not cron._commit_progress(1):
                return
        for statement in reminded:
            statement._remind()
            if not cron._commit_progress(1):
                return
