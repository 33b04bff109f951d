from odoo import api, models

# Milliseconds wkhtmltopdf lets scripts run before it prints. Core waits a second for reports that draw charts; ours only number
# their pages, which is done when the page is loaded.
DELAY = "50"


class IrActionsReport(models.Model):
    _inherit = "ir.actions.report"

    @api.model
    def _build_wkhtmltopdf_args(self, *args, **kwargs):
        """The second that core waits for scripts is most of the time a short document takes: thousands of ours do not wait."""
        command = super()._build_wkhtmltopdf_args(*args, **kwargs)
        if self.env.context.get("ev_no_scripts") and "--javascript-delay" in command:
            command[command.index("--javascript-delay") + 1] = DELAY
        return command
