"""How the statement's prices came about: each term's sentence, and for an index its source and what its values were."""

from fractions import Fraction

from odoo import models
from odoo.tools import formatLang

from ..rating import MICRO, Span


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _print_formulas(self, lines):
        """One entry per version of a term on the statement: [{"name", "sentence", "details": [text]}]."""
        versions = self.env["ev.contract.term.version"]
        for line in lines:
            versions |= line.record.version_id
        return [
            {"name": version.term_id.name, "sentence": version.sentence, "details": version._get_price_details(self)}
            for version in versions
        ]


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    def _get_price_details(self, statement):
        """What the sentence leaves out: the hours of bands, the source and the values of an index."""
        self.ensure_one()
        if self.price_kind == "banded":
            return [band.display_name for band in self.band_ids]
        if self.price_kind == "indexed":
            return self.index_id._get_print_details(statement)
        return []


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    def _get_print_details(self, statement):
        """Where the index comes from, and its values over the statement's period as the statement knew them.

        :rtype: list[str]
        """
        self.ensure_one()
        details = [self.env._("%(index)s: %(words)s", index=self.display_name, words=self._get_source_words())]
        span = Span(statement.period_start, statement._get_span().end)
        revision = (statement.index_revisions or {}).get(str(self.id))
        lo, hi = span.epochs(self.tz or "UTC")
        series = self._get_series(lo, hi, revision)
        if not len(series):
            return [*details, self.env._("No value in the period.")]
        weights = [min(end, hi) - max(start, lo) for start, end in zip(series.starts, series.ends, strict=True)]
        mean = Fraction(sum(map(int.__mul__, weights, series.micros)), sum(weights)) / MICRO
        unit = dict(self._fields["unit"]._description_selection(self.env))[self.unit]
        details.append(
            self.env._(
                "%(count)s values in the period, %(low)s to %(high)s, %(mean)s on average over time (%(unit)s)",
                count=formatLang(self.env, len(series), digits=0),
                low=formatLang(self.env, min(series.micros) / MICRO, digits=2),
                high=formatLang(self.env, max(series.micros) / MICRO, digits=2),
                mean=formatLang(self.env, float(mean), digits=4),
                unit=f"{self.currency_id.name} {unit}" if self.unit != "points" else unit,
            )
        )
        if waiting := series.finals.count(False):
            details.append(
                self.env._(
                    "%s of them provisional: a later statement brings the difference to the final values", waiting
                )
            )
        return details

    def _get_source_words(self):
        """``Day-ahead prices (ENTSO-E), bidding zone 10YBE----------2, each 15 minutes``"""
        words = [dict(self._fields["source"]._description_selection(self.env))[self.source]]
        if self.derived_from_id:
            method = dict(self._fields["derived_method"]._description_selection(self.env)).get(self.derived_method, "")
            words = [self.env._("%(method)s of %(index)s", method=method, index=self.derived_from_id.display_name)]
        if self.bidding_zone:
            words.append(self.env._("bidding zone %s", self.bidding_zone))
        words.append(dict(self._fields["resolution"]._description_selection(self.env)).get(self.resolution, ""))
        return ", ".join(filter(None, words))
