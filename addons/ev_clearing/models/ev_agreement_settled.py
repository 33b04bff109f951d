"""Days that were billed keep the agreement they were billed with (design invariants 3 and 7).

Late sessions and credits are judged by the agreement of their own day: if that moved, what was left out for good would be billed
later, and what was charged would be left out.
"""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .ev_agreement import LIMITS

# Which sessions it leaves out, and when.
JUDGING = (*LIMITS, "outside", "active", "contract_id", "group_id", "date_from")


class EvAgreement(models.Model):
    _inherit = "ev.agreement"

    # --------------------------------------------------------------------- CRUD

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        self.env["ev.contract"].browse({vals["contract_id"] for vals in vals_list if vals.get("contract_id")})._touch()
        return super().create(vals_list)

    def write(self, vals):
        if vals.keys() & {*JUDGING, "date_to"}:
            self.check_access("write")
            self._lock_contracts()
            for agreement in self:
                agreement._check_change(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_settled(self):
        self._lock_contracts()
        self._check_not_settled()

    # ----------------------------------------------------------------- business

    def _check_change(self, vals):
        """Refuse what changes how sessions of billed days are judged; ending it later than those changes nothing."""
        self.ensure_one()
        for name in JUDGING:
            if name in vals and self._is_changed(name, vals[name]):
                self._check_not_settled(self._fields[name]._description_string(self.env))
        if "date_to" in vals and (settled := self._get_settling()):
            last, until = settled.period_end, fields.Date.to_date(vals["date_to"]) or None
            if min(self.date_to or last, last) != min(until or last, last):
                self._check_not_settled(self._fields["date_to"]._description_string(self.env))

    def _check_not_settled(self, what=None):
        """:param what: the words for what would change; it would be deleted without them"""
        for agreement in self:
            if not (statement := agreement._get_settling()):
                continue
            last = statement.period_end
            values = {
                "agreement": agreement.name,
                "statement": statement.name,
                "last": format_date(self.env, last),
                "next": format_date(self.env, last + timedelta(days=1)),
                "what": what,
            }
            if what is None:
                raise UserError(
                    self.env._(
                        "%(agreement)s holds for days up to %(last)s, which statement %(statement)s has settled: it cannot be "
                        "deleted. End it on %(last)s, or later.",
                        **values,
                    )
                )
            raise UserError(
                self.env._(
                    "%(agreement)s holds for days up to %(last)s, which statement %(statement)s has settled: %(what)s cannot "
                    "change any more. End it on %(last)s, or later, and make another agreement (and site group) from the day "
                    "after, %(next)s at the earliest.",
                    **values,
                )
            )

    def _get_settling(self):
        """The last closed statement of its contract, where the agreement held on or before that statement's last day.

        Every earlier day is settled with it: a statement also takes what came late.
        """
        self.ensure_one()
        closed = self.contract_id.sudo().statement_ids.filtered(lambda statement: statement._is_closed())
        return closed.filtered(lambda statement: statement.period_end >= self.date_from).sorted("period_end")[-1:]

    def _lock_contracts(self):
        self.contract_id._touch()


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _touch(self):
        """One at a time changes what was agreed, or computes: another one fails at once, or is tried again.

        The rows are written, not only locked: whoever comes later with an older view of the world must not go on with it
        (REPEATABLE READ sees that of written rows only).
        """
        contracts = self.sudo()
        if len(contracts.try_lock_for_update(allow_referencing=True)) != len(contracts):
            raise UserError(
                self.env._(
                    "%s is being computed or changed by somebody else right now: try again in a moment.",
                    ", ".join(contracts.mapped("name")),
                )
            )
        if contracts:
            contracts.flush_recordset()
            self.env.cr.execute(SQL("UPDATE ev_contract SET write_date = write_date WHERE id IN %s", contracts._ids))
