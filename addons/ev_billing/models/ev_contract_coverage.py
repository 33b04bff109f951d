"""Whether a contract can be billed, which sites it covers on which days, and where two contracts would both apply.

Domain rule: exactly one contract per role, site, direction and day. None leaves the sessions pending; several block the
statement with a sentence that names them. Neither is ever guessed.
"""

from collections import defaultdict
from datetime import timedelta

from odoo import models
from odoo.exceptions import UserError

from ..rating import Site, Span, intersect, period_of
from .ev_contract_finder import BUYERS
from .ev_statement import OPEN_STATES


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _check_billable(self):
        """Say what stops this contract from being billed.

        :raises UserError: names the field and what to do.
        """
        if sentences := self._find_unbillable():
            raise UserError("\n".join(sentences))

    def _find_unbillable(self):
        """Sentences on what the contract itself lacks: each names the field and what to do.

        :rtype: list[str]
        """
        self.ensure_one()
        sentences = []
        if self.role == "agent" and not self.site_ids:
            sentences.append(
                self.env._(
                    "%s: an agent earns on the sessions at its sites; choose them in Sites.",
                    self.name,
                )
            )
        if not self.term_ids.version_ids:
            sentences.append(self.env._("%s has no terms: add at least one with a price.", self.name))
        else:
            sentences += [
                self.env._(
                    "%(contract)s: term %(term)s has no price: add a version, or delete the term.",
                    contract=self.name,
                    term=term.name,
                )
                for term in self.term_ids
                if not term.version_ids
            ]
        return sentences

    def _check_sendable(self):
        """A running contract has somebody its documents can be sent to.

        :raises UserError: names the field and what to do
        """
        for contract in self:
            recipients = contract.recipient_ids or contract._get_invoice_partner()
            if without := recipients.filtered(lambda partner: not partner.email):
                raise UserError(
                    self.env._(
                        "%(contract)s: nobody can be sent its documents: give %(partners)s an e-mail address, or choose other "
                        "Accounting Recipients.",
                        contract=contract.name,
                        partners=", ".join(without.mapped("display_name")),
                    )
                )

    def _get_closed_until(self):
        """The end of the contract's last approved (or later) period: what applies up to then no longer changes.

        :return: a date, or None
        """
        self.ensure_one()
        statements = self.env["ev.statement"].sudo()
        domain = [("contract_id", "=", self._origin.id), ("state", "not in", OPEN_STATES)]
        return statements.search(domain, order="period_start desc", limit=1).period_end or None

    def _get_due_period(self, span):
        """The billing period that is due at the end of a month, or None.

        :param span: the calendar month
        :rtype: rating.Span or None
        """
        self.ensure_one()
        if self.periodicity == "ad_hoc":
            return None
        period, end = period_of(self.periodicity, span.start), self._get_span().end
        if period.end == span.end or (end and span.start < end <= span.end):
            return period
        return None

    def _get_span(self):
        """The contract's own days."""
        self.ensure_one()
        return Span(self.date_start, self.date_end and self.date_end + timedelta(days=1))

    def _get_coverage(self):
        """Sites with the days on which this contract covers them, as the rating engine wants them.

        A host's site counts on the days on which that partner (or a contact of it) is the site's host; for a client or an
        eMSP every site of the scope counts on every day of the contract, since its tokens choose the sessions.

        :rtype: dict[int, rating.Site]
        """
        self.ensure_one()
        hosted = self._get_hosted_spans() if self.role == "host" else None
        sites = self.site_ids
        if not sites:
            domain = [("id", "in", list(hosted))] if hosted is not None else [("company_id", "=", self.company_id.id)]
            sites = self.env["ev.site"].sudo().with_context(active_test=False).search(domain)
        holidays = sites.sudo()._get_holidays(self.date_start) if self._needs_holidays() else {}
        coverage = {}
        for site in sites.sudo():
            spans = hosted.get(site.id, []) if hosted is not None else [Span()]
            covered = tuple(intersect([self._get_span()], spans))
            if covered:
                coverage[site.id] = Site(site.id, site.tz, covered, holidays.get(site.id, frozenset()))
        return coverage

    def _get_rating_site(self, site):
        """One site as the rating engine prices what happened there, whatever the contract covers by now.

        :param site: ev.site record, empty for the contract as a whole
        :rtype: rating.Site
        """
        if not site:
            return Site(None, "UTC")
        holidays = self._needs_holidays() and site._get_holidays(self.date_start)[site.id]
        return Site(site.id, site.tz, holidays=holidays or frozenset())

    def _needs_holidays(self):
        """Whether any price asks if a day is a public holiday."""
        bands = self.sudo().with_context(active_test=False).term_ids.version_ids.band_ids
        return any(band.holidays != "any" for band in bands)

    def _get_hosted_spans(self):
        """{site id: days on which the contract's partner is the host there}."""
        hosts = (
            self.env["ev.site.host"]
            .sudo()
            .search([("company_id", "=", self.company_id.id)], order="site_id, date_from")
        )
        by_site = defaultdict(list)
        for host in hosts:
            by_site[host.site_id.id].append(host)
        spans = {}
        for site_id, rows in by_site.items():
            ends = [row.date_from for row in rows[1:]] + [None]
            mine = [
                Span(row.date_from, end)
                for row, end in zip(rows, ends, strict=True)
                if row.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
            ]
            if mine:
                spans[site_id] = mine
        return spans

    def _find_conflicts(self, period):
        """Sentences naming every other contract that would bill the same sessions in the same direction.

        :param period: rating.Span of local days
        :rtype: list[str]
        """
        self.ensure_one()
        mine, sentences = self._get_coverage(), []
        for rival in self._find_rivals(period):
            shared = set(self.term_ids.mapped("direction")) & set(rival.term_ids.mapped("direction"))
            theirs = rival._get_coverage()
            sites = [
                site_id
                for site_id in mine.keys() & theirs.keys()
                if intersect(intersect([period], mine[site_id].covered), theirs[site_id].covered)
            ]
            if shared and sites and not self._has_other_badges(rival):
                names = ", ".join(sorted(self.env["ev.site"].sudo().browse(sites).mapped("name")))
                sentences.append(
                    self.env._(
                        "%(contract)s and %(rival)s both %(directions)s at %(sites)s in this period: end one of them, or give "
                        "them different sites.",
                        contract=self.name,
                        rival=rival.name,
                        directions=" / ".join(sorted(shared)),
                        sites=names,
                    )
                )
        return sentences

    def _has_other_badges(self, rival):
        """Two contracts of one client may share its badges out between them."""
        return bool(self.token_ids and rival.token_ids and not self.token_ids & rival.token_ids)

    def _find_rivals(self, period):
        """Other contracts that run in the period for the same partner's sites, or tokens; or as another agent of the sites.

        Client and eMSP are one role here, as in the finder: both bill what the partner's tokens charge.
        """
        partner = [("partner_id.commercial_partner_id", "=", self.partner_id.commercial_partner_id.id)]
        return self.search(
            ([] if self.role == "agent" else partner)
            + [
                ("id", "!=", self.id),
                ("company_id", "=", self.company_id.id),
                ("role", "in", get_role_group(self.role)),
                ("state", "in", ("active", "ended")),
                ("date_start", "<", period.end),
                "|",
                ("date_end", "=", False),
                ("date_end", ">=", period.start),
            ]
        )


def get_role_group(role):
    """Roles under which one session would be billed to the same side twice."""
    return BUYERS if role in BUYERS else (role,)
