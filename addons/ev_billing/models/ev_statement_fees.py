"""Fees: what is counted on chargers, badges, SIM cards, sites, users, or the contract itself."""

from odoo import models

from ..rating import PROVISIONAL, Indexed, mark_names, rate_subjects
from .ev_statement_charges import LineKey


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _rate_subjects(self, inputs, charges):
        """Rate the fees of the period."""
        subjects = {(subject.basis, subject.key): subject for subject in inputs.subjects}
        versions = {version.key: version for version in inputs.versions}
        made = rate_subjects(
            inputs.versions, inputs.subjects, inputs.coverage.values(), self._get_span(), self._get_index_reader()
        )
        for charge in made:
            version = versions[charge.version]
            subject = subjects[version.basis, charge.key]
            zone = inputs.coverage[subject.site].timezone if subject.site in inputs.coverage else "UTC"
            since, until = charge.span.epochs(zone)
            if charge.amount_micro is None:
                charges.wait(charge.version, since, until, 0)
                continue
            if isinstance(version.price, Indexed):
                charges.use_prices(since, until)
            charges.add(
                LineKey(charge.version, subject.site, "regular", None),
                charge.term,
                charge.quantity_micro,
                charge.amount_micro,
                station=subject.station,
                site=subject.site,
                token=subject.token,
                counted=charge.counted_micro,
                span=charge.span,
                flags=",".join(mark_names(charge.marks)) or None,
                provisional=bool(charge.marks & PROVISIONAL),
            )
        charges.flush()
