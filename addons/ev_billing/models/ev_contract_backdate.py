"""A wording that applies to days which are billed: said why, and only where the difference can be worked out."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..rating import PERIODIC_BASES

# What says which sessions and subjects a wording is about.
FILTERS = ("power_type", "kind", "profile_ids", "site_ids", "station_ids", "token_ids", "emsp_ids", "only_used")


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    backdated_reason = fields.Text(
        "Why It Reaches Back",
        copy=False,
        help="For a version from a day that is billed: why it applies to those days too. What it changes about billed sessions "
        "comes on the next statement, on lines that name the statement they correct.",
    )
    backdated_at = fields.Datetime(compute="_compute_backdated_at", store=True, copy=False)

    @api.depends("backdated_reason")
    def _compute_backdated_at(self):
        """When it was said: statements computed later know the wording already."""
        for version in self:
            version.backdated_at = version.backdated_reason and fields.Datetime.now()

    def _may_reach_back(self):
        """Whether this version may apply to days that are billed.

        :raises ValidationError: a reason is given, but the difference could not be worked out
        """
        self.ensure_one()
        if not (self.backdated_reason or "").strip():
            return False
        if why := self._find_why_not_back():
            raise ValidationError(
                self.env._(
                    "Term %(term)s cannot be changed for days that are billed: %(why)s Bill the difference under a term of its "
                    "own, or change it from the first day that is not billed.",
                    term=self.term_id.name,
                    why=why,
                )
            )
        return True

    def _find_why_not_back(self):
        """A sentence on what makes the difference impossible to work out, or None."""
        term, versions = self.term_id, self.term_id.version_ids
        closed = term._get_revenue_closed_until() if term.is_sale else None
        if closed and self.date_from <= closed:
            return self.env._("revenue of its sales is shared out with others.")
        if "tiered" in versions.mapped("price_kind"):
            return self.env._("under tiers, what one session costs depends on the others of its period.")
        if any(version.period_minimum or version.period_cap for version in versions):
            return self.env._("it has a minimum guarantee or a cap for the whole period.")
        if term.basis == "one_off":
            return self.env._("it is charged once.")
        if term.basis in PERIODIC_BASES and self._has_other_subjects():
            return self.env._("a fee has to be about the same sites, stations and badges as before.")
        if term.basis == "revenue" and self._find_provisional():
            return self.env._("revenue that was shared provisionally is still open.")
        return None

    def _has_other_subjects(self):
        """Whether the wording before this one was about something else; a fee that is new there has no one before."""
        before = (self.term_id.version_ids - self).filtered(lambda other: other.date_from < self.date_from)
        before = before.sorted("date_from")[-1:]
        return not before or any(before[name] != self[name] for name in FILTERS)

    def _find_provisional(self):
        lines = self.env["ev.statement.line"].sudo()
        return lines.search_count([("term_id", "=", self.term_id.id), ("provisional", "=", True)], limit=1)
