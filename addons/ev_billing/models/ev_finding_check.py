"""Checking a month: every active rule looks, and what it says is compared with what is known."""

import logging

from odoo import api, fields, models

from .ev_finding import DECIDED
from .ev_finding_rules import DETECTORS, MOST, Check, Found, fingerprint

_logger = logging.getLogger(__name__)
RANKS = {"info": 0, "warning": 1, "critical": 2}
QUIET = {"tracking_disable": True, "mail_create_nolog": True, "mail_create_nosubscribe": True}


class EvFinding(models.Model):
    _inherit = "ev.finding"

    @api.model
    def _check_period(self, company, span, codes=None):
        """Look at a month: new findings, those that are gone, and those whose facts changed. Running it again changes nothing.

        Of two checks of one company at once the later one fails (serialization) and is retried by who called it.

        :param company: res.company record
        :param span: rating.Span of the month's local days
        :param codes: only these rules; all when empty
        :return: the open findings of the month
        """
        findings, rules = self.sudo(), self.env["ev.finding.rule"].sudo()._start_check(company)
        active = {rule.code: rule for rule in rules}
        check = Check(self.env(su=True), company, span)
        met = findings.browse()
        for code, detect in self._get_detectors().items():
            if codes and code not in codes:
                continue
            hits = detect(check, active[code]) if code in active else None
            met |= findings._meet(check, active.get(code), code, hits)
        met._store_money(span, check.money)
        if not codes:
            self.env["ev.site.energy.report"].sudo()._refresh(check)
        _logger.info("%s: %s checked, %s findings met", company.name, span, len(met))
        domain = [("company_id", "=", company.id), ("month", "=", span.start), ("state", "=", "open")]
        return findings.search(domain).sudo(self.env.su)

    @api.model
    def _get_detectors(self):
        """{code: function (check, rule) -> Hits}, in the order in which they look; higher rooms add theirs."""
        return dict(DETECTORS)

    @api.model
    def _meet(self, check, rule, code, hits):
        """Bring a rule's findings up to date; a rule that is switched off finds nothing.

        :return: the findings that hold now
        """
        found = {one.key: one for one in (hits.found if hits else ())}
        if hits and hits.total > MOST:
            rest = self._get_rest(check, rule, hits)
            found[rest.key] = rest
        check.money.update({(code, key): one.money for key, one in found.items() if one.money})
        domain = [("company_id", "=", check.company.id), ("rule", "=", code)]
        known = self.search(domain + ["|", ("month", "=", check.span.start), ("key", "in", list(found))])
        met = known.filtered(lambda finding: finding.key in found)
        for finding in met:
            finding._meet_again(rule, found[finding.key])
        here = known.filtered(lambda finding: finding.month == check.span.start)
        (here - met)._gone()
        new = [one for key, one in found.items() if key not in set(met.mapped("key"))]
        values = [dict(self._prepare_finding(check, rule, one), state="open") for one in new]
        return met | self.with_context(**QUIET).create(values)

    @api.model
    def _get_rest(self, check, rule, hits):
        """One finding for all beyond the first MOST."""
        count, shown = hits.total - len(hits.found), sum(one.wh or 0 for one in hits.found)
        name = self.env._(
            "%(rule)s: %(count)s more of the same in this month are not listed one by one. So many have one cause: mend it, or "
            "tune the rule.",
            rule=rule.display_name,
            count=count,
        )
        return Found(key=f"rest:{check.span.start}", name=name, date=check.span.start, wh=hits.wh - shown, count=count)

    @api.model
    def _prepare_finding(self, check, rule, found):
        severity = found.severity or rule.severity
        return {
            "company_id": check.company.id,
            "rule": rule.code,
            "key": found.key,
            "month": found.month or check.span.start,
            **self._prepare_facts(rule, found, severity),
        }

    @api.model
    def _prepare_facts(self, rule, found, severity):
        return {
            "name": found.name,
            "facts": fingerprint(found),
            "severity": severity,
            "severity_rank": RANKS[severity],
            "blocking": rule.blocking,
            "date": found.date,
            "site_id": found.site,
            "station_id": found.station,
            "evse_id": found.evse,
            "cdr_id": found.cdr,
            "other_cdr_id": found.other,
            "statement_id": found.statement,
            "contract_id": found.contract,
            "partner_id": found.partner,
            "quarantine_id": found.quarantine,
            "session_count": found.count or 0,
            "energy_kwh": (found.wh or 0) / 1000,
            "missing_kwh": (found.missing_wh or 0) / 1000,
        }

    def _meet_again(self, rule, found):
        """It still holds: write what is new about it, and open it again where that is not what was decided on."""
        self.ensure_one()
        values = self._prepare_facts(rule, found, found.severity or rule.severity)
        changed = values["facts"] != self.facts
        values = {name: value for name, value in values.items() if self._is_new(name, value)}
        if values:
            self.with_context(**QUIET).write(values)
        if changed and self.state in DECIDED:
            self._reopen(self.env._("What was decided on has changed. Now: %s", found.name))
        elif self.state == "resolved":
            self._reopen(self.env._("Found again."))

    def _is_new(self, name, value):
        field = self._fields[name]
        return field.convert_to_cache(value, self) != field.convert_to_cache(self[name], self)

    def _gone(self):
        """What no longer holds: an open finding is gone, or corrected where its session was taken back."""
        for finding in self.filtered(lambda finding: finding.state == "open"):
            taken_back = (finding.cdr_id | finding.other_cdr_id).credited_by_ids
            finding.state = "corrected" if taken_back else "resolved"
            finding.decided_at = fields.Datetime.now()
            if taken_back:
                finding.reason = taken_back[0].raw_reference

    def _reopen(self, words):
        """Open again. What is kept out of billing stays out until somebody decides."""
        for finding in self.sudo():
            finding.write({"state": "open", "reason": False, "decided_by_id": False, "decided_at": False})
            finding.message_post(body=words)

    def _retry(self):
        """Look at these findings again; a quarantined session is replayed first."""
        for finding in self.filtered(lambda finding: finding.quarantine_id.state == "open"):
            finding.quarantine_id.sudo()._replay()
        for (company, month), group in self.grouped(lambda finding: (finding.company_id, finding.month)).items():
            self._check_period(company, self._get_month_span(month), set(group.mapped("rule")))
