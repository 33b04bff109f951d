"""The steps of reminding who has not paid: how many days after the due date, how firmly, and whom besides."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class EvDunningLevel(models.Model):
    _name = "ev.dunning.level"
    _description = "Level of Reminders"
    _order = "company_id, level"

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for all companies without levels of their own."
    )
    level = fields.Integer(required=True, default=1, aggregator=None, help="1 comes first, 3 is the last.")
    days = fields.Integer("Days after Due", required=True, aggregator=None)
    minimum = fields.Float(
        "Smallest Amount",
        digits=(16, 2),
        aggregator=None,
        help="In the company's currency: a partner that owes less on all of its overdue documents is not reminded.",
    )
    template_id = fields.Many2one(
        "mail.template", "E-mail", required=True, ondelete="restrict", domain=[("model", "=", "ev.dunning.reminder")]
    )
    has_activity = fields.Boolean(
        "To-do for the Accountant", help="Somebody is to call, or to stop the partner's badges."
    )
    active = fields.Boolean(default=True)

    _level_check = models.Constraint("CHECK(level BETWEEN 1 AND 3)", "There are three levels of reminders: 1, 2 and 3.")
    _days_check = models.Constraint(
        "CHECK(days >= 1 AND minimum >= 0)",
        "A reminder comes at least one day after the due date, for an amount of 0 or more.",
    )
    _level_uniq = models.UniqueIndex(
        "(COALESCE(company_id, 0), level) WHERE active", "This company has this level of reminders already."
    )

    @api.constrains("days", "level", "company_id", "active")
    def _check_order(self):
        """A later level comes later: else two would be due at once, and the first never sent."""
        for company in self.mapped("company_id.id") or [False]:
            levels = self.sudo().search([("company_id", "=", company)], order="level")
            for sooner, later in zip(levels, levels[1:], strict=False):
                if later.days <= sooner.days:
                    raise ValidationError(
                        self.env._(
                            "“%(later)s” comes after “%(sooner)s”, so it needs more than %(days)s days after the due date.",
                            later=later.name,
                            sooner=sooner.name,
                            days=sooner.days,
                        )
                    )

    @api.model
    def _get_levels(self, company):
        """The company's own levels, or those for all; lowest first.

        :rtype: ev.dunning.level
        """
        levels = self.sudo()
        return levels.search([("company_id", "=", company.id)], order="level") or levels.search(
            [("company_id", "=", False)], order="level"
        )
