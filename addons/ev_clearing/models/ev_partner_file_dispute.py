"""From a comparison to disputes: thousands of lines in one go."""

from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ev_disputing import Claim

# What a session that differs in several things is disputed for: the first that it has.
REASON_OF = {"energy": "energy", "price": "price", "time": "time", "currency": "other"}


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    def _dispute_lines(self, codes, missing_there, author=None, author_name=""):
        """Dispute what differs in one of these codes and, if wanted, what their list has not.

        :param codes: of `REASON_OF`
        :param author: res.partner of the one logged in, or nothing
        :rtype: Disputed
        :raises UserError: the window is closed, nothing is chosen, or the list is of something else
        """
        self.ensure_one()
        self._check_state("compared")
        statement = self.statement_id
        statement._check_window_open()
        if self._is_of_something_else():
            raise UserError(self._find_oddity())
        claims = self._get_claims(set(codes), missing_there)
        if not claims:
            raise UserError(self.env._("Nothing of this comparison is to be disputed."))
        result = statement._dispute(claims, author, author_name, "file")
        self.sudo().message_post(
            body=self.env._(
                "%(name)s disputed %(made)s sessions from this comparison; %(known)s were disputed before.",
                name=author.name if author else author_name,
                made=len(result.made),
                known=result.known,
            )
        )
        return result

    def _get_claims(self, codes, missing_there):
        """[Claim, ...], in the order of the list."""
        currency, comments = self.currency_id.name, {}
        claims = []
        for number, cdr, differences, claim, wh, theirs in self._find_disputable(codes, missing_there):
            if number is None:
                claims.append(Claim(cdr, "unknown_session", self._say_file(comments)))
                continue
            code = next(code for code in REASON_OF if code in codes and code in differences)
            same = theirs in (None, currency)
            comment = self.env._("Line %(line)s of %(file)s", line=number, file=self.file_name)
            comment = comment if same else f"{comment}: {claim} {theirs}"
            claims.append(Claim(cdr, REASON_OF[code], comment, claim if same else None, wh))
        return claims

    def _say_file(self, said):
        if not said:
            said["words"] = self.env._("Not in %s", self.file_name)
        return said["words"]

    def _find_disputable(self, codes, missing_there):
        """[(line number or None, ev.cdr id, [codes], amount as exact text, Wh, currency), ...]"""
        return self.env.execute_query(
            SQL(
                """SELECT number, cdr_id, string_to_array(differences, ','), amount::text, energy_wh, currency
                     FROM ev_partner_file_line
                    WHERE file_id = %s AND cdr_id IS NOT NULL
                      AND (result = 'different' AND string_to_array(differences, ',') && %s::text[]
                           OR result = 'missing_there' AND %s)
                 ORDER BY number, id""",
                self.id,
                sorted(codes & REASON_OF.keys()),
                bool(missing_there),
            )
        )

    def _count_disputable(self, codes, missing_there):
        """(sessions, of them disputed before) of a choice."""
        [row] = self.env.execute_query(
            SQL(
                """SELECT count(*), count(*) FILTER (WHERE EXISTS (
                              SELECT 1 FROM ev_dispute d WHERE d.contract_id = %s AND d.cdr_id = line.cdr_id
                                 AND (d.state = 'open' OR d.outcome IN ('stands', 'excluded', 'adjusted'))))
                     FROM ev_partner_file_line line
                    WHERE file_id = %s AND cdr_id IS NOT NULL
                      AND (result = 'different' AND string_to_array(differences, ',') && %s::text[]
                           OR result = 'missing_there' AND %s)""",
                self.statement_id.contract_id.id,
                self.id,
                sorted(set(codes) & REASON_OF.keys()),
                bool(missing_there),
            )
        )
        return row
