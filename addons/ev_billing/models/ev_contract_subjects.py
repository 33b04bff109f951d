"""What periodic fees are counted on: chargers, badges, SIM cards, sites, users, or the contract itself."""

from collections import defaultdict
from datetime import UTC, timedelta

from odoo import fields, models
from odoo.tools import SQL

from ..rating import Span, Subject, local_day, month_of
from .ev_cdr_hold import not_held

CONTRACT_SUBJECT = 0


class EvContract(models.Model):
    _inherit = "ev.contract"

    def _get_subjects(self, coverage, bases, period):
        """Subjects of the periodic bases that the contract's terms use.

        :param coverage: {site id: rating.Site}
        :param bases: the bases in use
        :param period: rating.Span the fees are counted in
        :rtype: list[rating.Subject]
        """
        self.ensure_one()
        subjects = []
        if bases & {"charger_month", "sim_month"}:
            subjects += self._get_stations(coverage, bases)
        if "site_month" in bases and self._has_places():
            subjects += [Subject(site_id, "site_month", site=site_id) for site_id in sorted(coverage)]
        if bases & {"badge_month", "user_month"}:
            subjects += self._get_badges(bases, period)
        for basis in ("month", "period", "one_off"):
            if basis in bases:
                subjects.append(Subject(CONTRACT_SUBJECT, basis, (self._get_span(),)))
        return subjects

    def _has_places(self):
        """Whether fees per charger or site are meant. For a client, an eMSP or an agent only at explicitly named sites: nobody
        means every charger of the operator."""
        return self.role == "host" or bool(self.site_ids)

    # ---------------------------------------------------------------- chargers

    def _get_stations(self, coverage, bases=frozenset(["charger_month"])):
        """Chargers with their days in service: from the day they were commissioned (where that is empty: entered), to the day
        they were decommissioned; and their SIM cards.
        """
        self.ensure_one()
        if not self._has_places():
            return []
        stations = (
            self.env["ev.station"]
            .sudo()
            .with_context(active_test=False)
            .search([("site_id", "in", list(coverage))], order="id")
        )
        found = []
        for station in stations:
            # nobody said since when: not before somebody entered it
            start = station.date_commissioned or local_day(
                int(station.create_date.replace(tzinfo=UTC).timestamp()), station.site_id.tz
            )
            end = station.date_decommissioned or None
            if end and start >= end:
                continue
            for basis, has in (("charger_month", True), ("sim_month", bool(station.sim_iccid))):
                if basis in bases and has:
                    found.append(
                        Subject(
                            station.id,
                            basis,
                            (Span(start, end),),
                            site=station.site_id.id,
                            station=station.id,
                            power_type=station.power_type or None,
                        )
                    )
        return found

    # ------------------------------------------------------------------ badges

    def _get_badges(self, bases, period):
        """Badges the partner holds, with the days on which it holds them and they are valid; users are badges with one eMAID,
        counted once, under their first badge.
        """
        self.ensure_one()
        held = self._get_held_spans()
        tokens = self.env["ev.token"].sudo().with_context(active_test=False).browse(sorted(held))
        if self.token_ids:
            tokens &= self.token_ids
        used = self._get_used_months(tokens, period)
        days = {token.id: _within(held[token.id], _validity(token)) for token in tokens}
        by_basis = {}
        if "badge_month" in bases:
            by_basis["badge_month"] = [[token.id] for token in tokens]
        if "user_month" in bases:
            users = defaultdict(list)
            for token in tokens:
                users[token.emaid or f"token {token.id}"].append(token.id)
            by_basis["user_month"] = users.values()
        return [
            Subject(
                ids[0],
                basis,
                spans,
                token=ids[0],
                profile=profile,
                used=frozenset().union(*(used[token_id] for token_id in ids)),
            )
            for basis, groups in by_basis.items()
            for ids in groups
            for profile, spans in self._group_days(basis, [piece for token_id in ids for piece in days[token_id]])
        ]

    def _group_days(self, basis, pieces):
        """[(profile, days without overlaps)] of one badge or user; profiles only where a fee asks for them.

        A day with several badges counts once, under the profile of the first of them.

        :param pieces: (days, profile) rows
        """
        versions = self.sudo().term_ids.filtered(lambda term: term.basis == basis).version_ids
        if not versions.profile_ids:
            return [(None, _unite([span for span, _profile in pieces]))]
        by_profile, taken = defaultdict(list), []
        for span, profile in pieces:
            by_profile[profile] += _subtract(span, taken)
            taken = list(_unite([*taken, span]))
        return [(profile, _unite(spans)) for profile, spans in by_profile.items() if spans]

    def _get_held_spans(self):
        """{token id: [(days on which the contract's partner holds it, its profile then)]}."""
        rows = (
            self.env["ev.token.holder"]
            .sudo()
            .search([("company_id", "=", self.company_id.id)], order="token_id, date_from")
        )
        by_token = defaultdict(list)
        for row in rows:
            by_token[row.token_id.id].append(row)
        held = {}
        for token_id, holders in by_token.items():
            ends = [holder.date_from for holder in holders[1:]] + [None]
            mine = [
                (Span(holder.date_from, end), holder.profile_id.id or None)
                for holder, end in zip(holders, ends, strict=True)
                if holder.partner_id.commercial_partner_id == self.partner_id.commercial_partner_id
            ]
            if mine:
                held[token_id] = mine
        return held

    def _get_used_months(self, tokens, period):
        """{token id: first days of the months of the period in which a session of it ended}, on the site's clock."""
        used = defaultdict(set)
        if not tokens:
            return used
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT c.token_id, date_trunc('month', timezone(site.tz, timezone('UTC', c.date_stop)))::date
                     FROM ev_cdr c JOIN ev_site site ON site.id = c.site_id
                    WHERE c.token_id IN %s AND NOT c.credit AND c.company_id = %s AND %s
                      AND c.date_stop >= %s AND c.date_stop < %s
                      AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)""",
                tokens._ids,
                self.company_id.id,
                not_held(SQL("c.id")),
                fields.Datetime.to_datetime(month_of(period.start).start) - timedelta(days=1),
                fields.Datetime.to_datetime(period.end) + timedelta(days=1),
            )
        )
        for token_id, first in rows:
            used[token_id].add(first)
        return used


def _validity(token):
    """The local days on which a badge may be used; its dates are UTC."""
    until = token.valid_until and token.valid_until.date() + timedelta(days=1)
    return Span(token.valid_from and token.valid_from.date() or None, until or None)


def _within(pieces, limits):
    """Those (days, profile) rows, cut to some days."""
    return [(days, profile) for span, profile in pieces if (days := span & limits)]


def _subtract(span, taken):
    """The days of a span that none of the taken ones has; taken are in order and apart."""
    left = [span]
    for other in taken:
        kept = [piece & Span(None, other.start) for piece in left] if other.start else []
        if other.end:
            kept += [piece & Span(other.end, None) for piece in left]
        left = [piece for piece in kept if piece]
    return left


def _unite(spans):
    """The same days without overlaps, so that a user with two badges counts once a day."""
    united = []
    for span in sorted(spans, key=lambda span: str(span.start or "")):
        last = united[-1] if united else None
        if last and (last.end is None or span.start is None or span.start <= last.end):
            ends = (last.end, span.end)
            united[-1] = Span(last.start, None if None in ends else max(ends))
        else:
            united.append(span)
    return tuple(united)
