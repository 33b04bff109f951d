"""From draft to approved: the last look at everything that could make the statement wrong."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .ev_contract_coverage import get_role_group
from .ev_statement import OPEN_STATES, InputsMoved

# Joined on plain equality, so that a million charges are found by index or by hash.
_CHARGED_ELSEWHERE = """
    WITH mine AS (
        SELECT ch.cdr_id AS cdr, ch.cdr_id AS subject, ch.contract_id, ch.term_id, ch.site_id
          FROM ev_charge ch WHERE ch.statement_id = %(statement)s AND ch.cdr_id IS NOT NULL AND ch.kind = 'usage'
     UNION ALL
        SELECT ch.cdr_id, c.credit_of_id, ch.contract_id, ch.term_id, ch.site_id
          FROM ev_charge ch JOIN ev_cdr c ON c.id = ch.cdr_id
         WHERE ch.statement_id = %(statement)s AND c.credit_of_id IS NOT NULL)
    SELECT site.name, count(DISTINCT mine.cdr), min(cdr.external_id), min(theirs.name), min(rival.name)
      FROM mine
      JOIN ev_charge other ON other.cdr_id = mine.subject AND other.origin_id IS NULL AND other.contract_id != mine.contract_id
      JOIN ev_statement theirs ON theirs.id = other.statement_id AND theirs.state NOT IN ('draft', 'control')
      JOIN ev_contract rival ON rival.id = other.contract_id AND rival.role IN %(roles)s
      JOIN ev_contract_term term ON term.id = mine.term_id
      JOIN ev_contract_term other_term ON other_term.id = other.term_id AND other_term.direction = term.direction
      JOIN ev_cdr cdr ON cdr.id = mine.cdr
      JOIN ev_site site ON site.id = mine.site_id
  GROUP BY site.id, site.name ORDER BY 1"""


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _approve(self, with_gaps=False):
        """The one way from draft to approved.

        :param with_gaps: also where charges wait for a price

        :raises UserError: something blocks it, its period is not over, or its inputs moved since it was computed
        """
        self.ensure_one()
        if self.state not in OPEN_STATES:
            raise UserError(self.env._("%(name)s is already %(state)s.", name=self.name, state=self._get_state_label()))
        self._lock_contract()
        if blocking := self.blocking_message or self._find_blocking() or self._find_charged_elsewhere():
            raise UserError(self.env._("%(name)s is blocked:\n%(why)s", name=self.name, why=blocking))
        if self.gap_ids and not with_gaps:
            raise UserError(
                self.env._(
                    "%(name)s has charges that wait for a price:\n%(gaps)s\nImport what is missing, or approve without them: "
                    "they come on a later statement.",
                    name=self.name,
                    gaps="\n".join(self.gap_ids.mapped("name")),
                )
            )
        self._check_findings()
        if not self.inputs_hash:
            raise UserError(self.env._("%s is not computed yet: compute it, look at it, then approve it.", self.name))
        if not self._is_over():
            raise UserError(
                self.env._(
                    "%(name)s runs to %(end)s: it can be approved from the day after.",
                    name=self.name,
                    end=format_date(self.env, self._get_last_day()),
                )
            )
        if self._get_inputs_hash() != self.inputs_hash:
            raise InputsMoved(
                self.env._(
                    "Sessions or terms of %s changed since it was computed: compute it again, then approve it.",
                    self.name,
                )
            )
        self.state = "approved"

    def _find_charged_elsewhere(self):
        """What else stops this statement: sessions that another contract of the same role is already billed for.

        Two partners cannot both host a site when a session starts; where it looks so, somebody rewrote the hosts of a site
        behind an approved month. A credit belongs where its original was charged.

        :return: a sentence, or an empty text
        """
        self.ensure_one()
        self.env["ev.statement"].flush_model(["state"])
        roles = get_role_group(self.contract_id.role)
        rows = self.env.execute_query(SQL(_CHARGED_ELSEWHERE, statement=self.id, roles=roles))
        return "\n".join(
            self.env._(
                "%(count)s sessions at %(site)s (the first is %(session)s) are already billed to contract %(rival)s on "
                "statement %(statement)s: put the hosts of that site back as they were, then compute this again.",
                count=count,
                site=site,
                session=session,
                rival=rival,
                statement=statement,
            )
            for site, count, session, statement, rival in rows
        )
