"""Control windows in a run: between the release and the approval.

review -> window (job: fix the list) -> invite (job: write and mail it) -> control (waits for the partner) -> approve -> ...
"""

from odoo import SUPERUSER_ID, api, fields, models


class EvRunContract(models.Model):
    _inherit = "ev.run.contract"

    step = fields.Selection(
        selection_add=[
            ("review",),
            ("window", "To Open Its Window"),
            ("invite", "To Invite the Partner"),
            ("control", "In Control Window"),
            ("approve",),
        ],
        ondelete=dict.fromkeys(("window", "invite", "control"), lambda items: items._leave_window()),
    )

    @api.depends("statement_id.window_opened_at", "statement_id.window_closed_at", "contract_id.control_days",
                 "contract_id.role")  # fmt: skip
    def _compute_step(self):
        return super()._compute_step()

    def _find_step(self):
        """An eMSP's statement is approved when its window has closed."""
        step, statement = super()._find_step(), self.statement_id
        if step not in ("review", "approve"):
            return step
        if statement.state == "control":
            if not statement.window_opened_at:
                return "invite" if self.released_at else step
            if not statement.window_closed_at:
                return "control"
            # what an approval refused waits for somebody to release it again
            return "approve" if self.released_at else "review"
        if step == "approve" and statement.has_control_window:
            return "window"
        return step

    def _leave_window(self):
        """The addon goes, and its steps with it: what was released is approved next, the rest is looked at first."""
        released = self.filtered("released_at")
        released.write({"step": "approve"})
        (self - released).write({"step": "review"})

    def _get_job_steps(self):
        return super()._get_job_steps() | {"window": 5, "invite": 10}

    def _job_window(self):
        """Fix the list of sessions its partner will look at. What moved since it was checked is computed and checked again."""
        self._take_checked_step("window", lambda statement: statement._open_window())

    def _job_invite(self):
        """Write the partner's list and mail it."""
        self._take_step("invite", lambda statement: statement._invite())


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _go_on_after_window(self):
        """In a run the documents follow by themselves, in the name of whoever released the statement."""
        items = self.env["ev.run.contract"].sudo().search([("statement_id", "in", self.ids)])
        for item in items.filtered(lambda item: not item.released_at):
            # shown by hand: closing the window is what lets it go on
            opener = item.statement_id.window_opened_by_id
            item.write({"released_at": fields.Datetime.now(), "released_by_id": opener.id})
        items.write({"stopped": False, "message": False})
        if not items and (accountant := self._get_accountant()):
            words = self.env._("Its control window is closed: approve it")
            self.activity_schedule("mail.mail_activity_data_todo", summary=words, user_id=accountant.id)
        for item in items:
            # documents are made and mailed by who let them out, not by the partner that closed its window
            item.run_id.with_user(item.released_by_id or SUPERUSER_ID).sudo()._go_on()
        return super()._go_on_after_window()
