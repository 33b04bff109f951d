"""Indexes that are worked out from others: monthly and quarterly means, recomputed whenever a value below them changes."""

from odoo import api, models
from odoo.exceptions import UserError, ValidationError

from ..indexes import METHODS, derive_means, edge_after, edge_before

# from fine to coarse: a mean is of something finer than itself
ORDER = ("quarter_hour", "hour", "month", "quarter", "year")


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    @api.constrains("source", "derived_from_id", "derived_method", "resolution", "unit", "currency_id", "company_id")
    def _check_derived(self):
        # those of other companies, too
        for index in self.sudo() | self.sudo().derived_ids:
            base = index.derived_from_id
            if index.source != "derived":
                continue
            if not base or not index.derived_method:
                raise ValidationError(
                    self.env._("%s is worked out from another index: say from which one, and how.", index.name)
                )
            index._check_chain()
            if problem := index._find_derived_problem(base):
                raise ValidationError(problem)

    def _find_derived_problem(self, base):
        """Why this index cannot be a mean of that one, in a sentence."""
        if self.resolution != METHODS[self.derived_method]:
            return self.env._(
                "%s: a monthly mean has a value for each month, a quarterly mean for each quarter.", self.name
            )
        if ORDER.index(base.resolution) >= ORDER.index(self.resolution):
            return self.env._(
                "%(index)s cannot be a mean of %(base)s, whose values are not finer.", index=self.name, base=base.name
            )
        if (base.unit, base.currency_id) != (self.unit, self.currency_id):
            return self.env._(
                "%(index)s must have the currency and the unit of %(base)s, which it is worked out from.",
                index=self.name,
                base=base.name,
            )
        if base.company_id and base.company_id != self.company_id:
            return self.env._(
                "%(index)s must belong to %(company)s, as %(base)s does, which it is worked out from.",
                index=self.name,
                company=base.company_id.name,
                base=base.name,
            )
        return None

    def _check_chain(self):
        """Refuse an index that would be worked out from itself, over however many others."""
        chain = [self]
        while base := chain[-1].sudo().derived_from_id:
            chain.append(base)
            if base in chain[:-1]:
                raise ValidationError(
                    self.env._(
                        "%(index)s would be worked out from itself: %(chain)s.",
                        index=self.name,
                        chain=" → ".join(index.name for index in chain),
                    )
                )

    # ----------------------------------------------------------------- business

    def _values_changed(self, start_epoch, end_epoch):
        """Called after values that touch [start, end) were added or replaced; override to react.

        :param int start_epoch: UTC epoch seconds
        :param int end_epoch: UTC epoch seconds, excluded
        """
        self.ensure_one()
        # every company's, the archived ones too: they may be used by terms of the past
        derived = (
            self.sudo()
            .with_context(active_test=False)
            .search([("source", "=", "derived"), ("derived_from_id", "=", self.id)], order="id")
        )
        for index in derived:
            index._derive(start_epoch, end_epoch)

    def _derive(self, start_epoch, end_epoch):
        """Work out again every period of this index that [start, end) touches."""
        self.ensure_one()
        start = edge_before(start_epoch, self.resolution, self.tz)
        end = edge_after(end_epoch - 1, self.resolution, self.tz)
        base = self.derived_from_id
        # An hour or a month of the base may reach over the border of this index's clock: it counts with its part in it.
        values = [
            value._replace(start=max(value.start, start), end=min(value.end, end))
            for value in base._get_values(start, end)
        ]
        means = derive_means(values, self.resolution, self.tz)
        self._store_values(
            means,
            self.env._("Mean of %(base)s, revision %(revision)s", base=base.code, revision=base._read_revision()),
            allow_correction=True,
            reason=self.env._("%s changed", base.code),
        )

    def _recompute_derived(self):
        """Work out all values of those that are derived."""
        for index in self.sudo().filtered(lambda index: index.source == "derived"):
            base = index.derived_from_id
            # An import into the base at this moment does not know of this index: touching the row sends it back to start again.
            base._lock_revision()
            self.env.cr.execute("UPDATE ev_price_index SET revision = revision WHERE id = %s", [base.id])
            if extent := base._get_extent():
                index._derive(*extent)

    def _check_editable(self):
        """:raises UserError: values of this index are not for people to enter."""
        for index in self:
            if index.source == "derived":
                raise UserError(
                    self.env._(
                        "%(index)s is worked out from %(base)s: change the values there.",
                        index=index.name,
                        base=index.derived_from_id.sudo().name,
                    )
                )
