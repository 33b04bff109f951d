"""What people decide on findings: each decision with its author, its moment and its reason, in words."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class EvFinding(models.Model):
    _inherit = "ev.finding"

    def _accept(self, reason):
        """It is right as it is, and billed."""
        self._decide("accepted", reason)
        self._end_holds(reason)

    def _end_holds(self, reason):
        """Bill again what was kept out because of these findings."""
        holds = self.env["ev.cdr.hold"].sudo().search([("finding_id", "in", self.ids), ("state", "!=", "released")])
        if holds:
            holds.cdr_id.sudo(self.env.su)._release(reason)

    def _hold(self, state, reason, which="later"):
        """Keep their sessions out of billing.

        :param state: `held` or `excluded`
        :param which: of a pair: `later` (the one received last), `cdr`, `other` or `both`
        :raises UserError: a finding is not about a session that could be kept out
        """
        rules = self.env["ev.finding.rule"]._get_rules()
        for finding in self:
            if not finding.cdr_id or not rules[finding.rule].holds:
                raise UserError(
                    self.env._(
                        "“%s” is not about a session that could be kept out of billing: accept it, or mend its cause and check "
                        "again.",
                        finding.display_name,
                    )
                )
        for finding in self:
            finding._choose(which)._hold(state, reason, finding)
        self._decide(state, reason)

    def _choose(self, which):
        """The session of the finding that is kept out."""
        self.ensure_one()
        pair = self.cdr_id | self.other_cdr_id
        choices = {"cdr": self.cdr_id, "other": self.other_cdr_id or self.cdr_id, "both": pair}
        if which in choices:
            return choices[which]
        return pair.sorted(lambda cdr: (cdr.received_at, cdr.id))[-1:]

    def _decide(self, state, reason):
        self._check_decide()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept with the finding."))
        labels = dict(self._fields["state"]._description_selection(self.env))
        for finding in self:
            if finding.state != "open":
                raise UserError(
                    self.env._(
                        "“%(finding)s” is %(state)s: open it again first.",
                        finding=finding.display_name,
                        state=labels[finding.state].lower(),
                    )
                )
        self.sudo().write(
            {
                "state": state,
                "reason": reason,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
            }
        )
        for finding in self:
            finding.sudo().message_post(
                body=self.env._("%(state)s: %(reason)s", state=labels[state], reason=reason),
                author_id=self.env.user.partner_id.id,
            )


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _say_findings(self, findings):
        """One sentence per finding, the first few."""
        shown = [
            self.env._(
                "%(date)s: %(what)s", date=format_date(self.env, finding.date or finding.month), what=finding.name
            )
            for finding in findings[:5]
        ]
        if len(findings) > 5:
            shown.append(self.env._("... and %s more findings", len(findings) - 5))
        return "\n".join(shown)
