"""New wording for some terms of a contract from a day on. What applied before stays as it was, and so does what was billed."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..models.ev_price_mixin import PRICED

# What can be changed right here; bands and tiers are lists of their own, changed on the new version.
CHANGED = (*PRICED, "tariff_id", "period_minimum", "period_cap")


class EvContractAmend(models.TransientModel):
    _name = "ev.contract.amend"
    _description = "Amend a Contract"

    contract_id = fields.Many2one("ev.contract", required=True, readonly=True, ondelete="cascade")
    date_from = fields.Date("In Force From", required=True, help="The first day of the new wording.")
    closed_until = fields.Date("Billed Up To", compute="_compute_closed_until")
    reaches_back = fields.Boolean(compute="_compute_reaches_back")
    reason = fields.Text("Why It Reaches Back", help="The difference to what is billed comes on the next statement.")
    line_ids = fields.One2many("ev.contract.amend.line", "amend_id", "Terms")
    has_indexed = fields.Boolean(compute="_compute_has_kinds")
    has_tariff = fields.Boolean(compute="_compute_has_kinds")

    @api.model
    def _open(self, contract):
        """The wizard with the contract's terms as they are.

        Its rows are stored before anybody sees them: a browser sends back only the fields that the view shows, and what it left
        out (the clause on negative prices, say) would count as changed.
        """
        closed = [day for term in contract.term_ids if (day := term._get_closed_until())]
        first = fields.Date.add(fields.Date.context_today(self), months=1, day=1)
        day = max([first, contract.date_start, *(day + timedelta(days=1) for day in closed)])
        # what is charged once would be charged once more under a new wording
        terms = contract.term_ids.filtered(lambda term: term.basis != "one_off")
        versions = [version for term in terms if (version := term._get_version_at(day))]
        lines = [Command.create(self._prepare_line(version)) for version in versions]
        return self.create({"contract_id": contract.id, "date_from": day, "line_ids": lines})

    @api.model
    def _prepare_line(self, version):
        values = {name: version[name] for name in CHANGED}
        values.update({name: version[name].id for name in ("index_id", "tariff_id")})
        return {"term_id": version.term_id.id, "version_id": version.id, **values}

    @api.depends("contract_id")
    def _compute_closed_until(self):
        for wizard in self:
            wizard.closed_until = wizard.contract_id._get_closed_until() if wizard.contract_id else False

    @api.depends("date_from", "closed_until")
    def _compute_reaches_back(self):
        for wizard in self:
            wizard.reaches_back = bool(
                wizard.closed_until and wizard.date_from and wizard.date_from <= wizard.closed_until
            )

    @api.depends("line_ids.price_kind")
    def _compute_has_kinds(self):
        for wizard in self:
            kinds = wizard.line_ids.mapped("price_kind")
            wizard.has_indexed, wizard.has_tariff = "indexed" in kinds, "tariff" in kinds

    def action_amend(self):
        """Make the new versions; those with bands or tiers open for editing.

        :raises UserError: nothing chosen or changed, or a day that is already billed
        """
        self.ensure_one()
        self.contract_id.check_access("write")
        lines = self.line_ids.filtered("chosen")
        if not lines:
            raise UserError(self.env._("Terms: choose at least one to amend."))
        self._check_date()
        versions = self.env["ev.contract.term.version"]
        reason = self.reason if self.reaches_back else False
        for line in lines:
            versions |= line._amend(self.date_from, reason)
        words = "; ".join(f"{version.term_id.name}: {version.sentence}" for version in versions)
        body = self.env._("Amended: %s", words)
        if reason:
            body = self.env._("Amended for days that are billed (%(reason)s): %(words)s", reason=reason, words=words)
        self.contract_id.message_post(body=body)
        listed = versions.filtered(lambda version: version.price_kind in ("banded", "tiered"))
        return listed._get_edit_action() if listed else {"type": "ir.actions.act_window_close"}

    def _check_date(self):
        contract = self.contract_id
        if self.date_from < contract.date_start or (contract.date_end and self.date_from > contract.date_end):
            raise UserError(self.env._("In Force From: choose a day on which %s runs.", contract.name))
        if self.reaches_back and not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "%(contract)s is billed up to %(day)s: choose a later day, or say in 'Why It Reaches Back' why the "
                    "difference is to be billed.",
                    contract=contract.name,
                    day=format_date(self.env, self.closed_until),
                )
            )


class EvContractAmendLine(models.TransientModel):
    """One term of the contract, with its price as it is and as it shall be."""

    _name = "ev.contract.amend.line"
    _description = "Term to Amend"
    _inherit = ["ev.price.mixin"]

    amend_id = fields.Many2one("ev.contract.amend", required=True, ondelete="cascade")
    chosen = fields.Boolean("Change")
    term_id = fields.Many2one("ev.contract.term", required=True, readonly=True, ondelete="cascade")
    version_id = fields.Many2one("ev.contract.term.version", required=True, readonly=True, ondelete="cascade")
    basis = fields.Selection(related="term_id.basis")
    current = fields.Char("As It Is", related="version_id.sentence")
    currency_id = fields.Many2one(related="term_id.currency_id")
    index_id = fields.Many2one(ondelete="cascade", index=False)
    tariff_id = fields.Many2one("ev.tariff", "OCPI Tariff", ondelete="cascade")
    period_minimum = fields.Float("Minimum per Period", digits=(16, 6))
    period_cap = fields.Float("Cap per Period", digits=(16, 6))

    @api.onchange(*CHANGED)
    def _onchange_changed(self):
        """Who types a new price means this term."""
        if self.version_id and self._get_changes():
            self.chosen = True

    def _get_changes(self):
        """{field: value} of what differs from the wording in force."""
        version = self.version_id
        return {
            name: self[name].id if self._fields[name].relational else self[name]
            for name in CHANGED
            if self[name] != version[name]
        }

    def _amend(self, day, reason=False):
        """The new version of this term.

        :param reason: why it applies to days that are billed

        :raises UserError: nothing was changed
        """
        if self.term_id.basis == "one_off":
            raise UserError(
                self.env._("%s is charged once: to charge something else once, add another term.", self.term_id.name)
            )
        base, changes = self.term_id._get_version_at(day) or self.version_id, self._get_changes()
        if not changes and self.price_kind not in ("banded", "tiered"):
            raise UserError(
                self.env._("%s: nothing was changed; enter its new price, or untick it.", self.term_id.name)
            )
        return base.copy({"date_from": day, "backdated_reason": reason, **changes})


class EvContract(models.Model):
    _inherit = "ev.contract"

    def action_amend(self):
        """Choose terms, a day and new prices."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Amend"),
            "res_model": "ev.contract.amend",
            "res_id": self.env["ev.contract.amend"]._open(self).id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }


class EvContractTerm(models.Model):
    _inherit = "ev.contract.term"

    def _get_version_at(self, day):
        """The wording in force on that day, or the first one to come."""
        self.ensure_one()
        versions = self.version_ids.sorted("date_from")
        return versions.filtered(lambda version: version.date_from <= day)[-1:] or versions[:1]


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    def _get_edit_action(self):
        """These versions, to edit their bands or tiers."""
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("New Wording"),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", self.ids)],
        }
        if len(self) == 1:
            form = self.env.ref("ev_billing.ev_contract_term_version_view_form")
            action.update(view_mode="form", views=[(form.id, "form")], res_id=self.id, target="new")
        return action
