"""What an eMSP's contract says about looking at sessions before they are invoiced, and about disagreeing."""

from odoo import fields, models

CARRIERS = [("operator", "The operator"), ("host", "The site's host")]
OCPI_VERSIONS = [("2.1.1", "OCPI 2.1.1"), ("2.2.1", "OCPI 2.2.1"), ("2.3.0", "OCPI 2.3.0")]


class EvContract(models.Model):
    _inherit = "ev.contract"

    control_days = fields.Integer(
        "Control Window (Days)",
        default=lambda self: self.env.company.ev_control_days,
        tracking=True,
        help="eMSP: for so many days the partner looks at its sessions before they are invoiced. 0: no control window.",
    )
    reminder_days = fields.Integer(
        "Remind Before (Days)",
        default=2,
        help="So many days before its window closes a partner that has not answered is reminded. 0: never.",
    )
    dispute_days = fields.Integer(
        "Answer Disputes Within (Days)",
        default=10,
        help="So long the operator has to answer; after that its accountant is reminded.",
    )
    dispute_carrier = fields.Selection(
        CARRIERS,
        "Who Carries Disputes",
        required=True,
        default="operator",
        tracking=True,
        help="The operator: the host is paid for disputed sessions as for any other. The host: it waits until they are decided, "
        "and gets nothing for those that are left out.",
    )
    send_csv = fields.Boolean("Send Sessions as CSV", help="Besides the spreadsheet.")
    send_ocpi = fields.Boolean("Send Sessions as OCPI CDRs (JSON)", help="Besides the spreadsheet.")
    ocpi_version = fields.Selection(OCPI_VERSIONS, "OCPI Version", required=True, default="2.2.1")

    _control_days_check = models.Constraint(
        "CHECK(control_days BETWEEN 0 AND 60)", "A control window lasts 0 to 60 days; 0 means there is none."
    )
    _reminder_days_check = models.Constraint(
        "CHECK(reminder_days >= 0 AND dispute_days >= 1)",
        "Remind 0 or more days before the window closes, and answer disputes within at least one day.",
    )

    def _has_control_window(self):
        """Whether its statements go to the partner before they are approved."""
        self.ensure_one()
        return self.role == "emsp" and self.control_days > 0
