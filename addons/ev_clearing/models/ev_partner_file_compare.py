"""Which of our sessions a line of a partner's list means, and in what the two differ: set-based, each line and session once.

In this order: the same id; the same EVSE and badge at nearly the same start, the nearest first; the same EVSE, start and energy
where the line names no badge. EVSE IDs and eMAIDs are compared without their signs.
"""

from odoo import models
from odoo.tools import SQL

_TABLES = ("ours", "theirs", "pair", "near")
_PLAIN = "upper(regexp_replace(%s, '[^A-Za-z0-9]', '', 'g'))"

_OURS = """
CREATE TEMP TABLE ev_compare_ours ON COMMIT DROP AS
SELECT s.cdr_id AS cdr, upper(btrim(s.external_id)) AS key, COALESCE(c.credit, FALSE) AS credit, c.date_start AS start,
       c.date_stop AS stop, s.energy_wh AS wh, s.amount, s.external_id, c.evse_id AS evse, c.token_id AS token, c.token_uid
  FROM ev_statement_session s JOIN ev_cdr c ON c.id = s.cdr_id
 WHERE s.statement_id = %(statement)s
"""
# `place`: of lines with one id, which it is; `first`: the number of the first of them
_THEIRS = """
CREATE TEMP TABLE ev_compare_theirs ON COMMIT DROP AS
SELECT id AS line, upper(btrim(external_id)) AS key, credit, row_number() OVER same AS place,
       first_value(number) OVER same AS first
  FROM ev_partner_file_line WHERE file_id = %(file)s AND number IS NOT NULL AND result IS DISTINCT FROM 'error'
WINDOW same AS (PARTITION BY upper(btrim(external_id)), credit ORDER BY number, id)
"""
_SAME_ID = """
INSERT INTO ev_compare_pair
SELECT line, cdr
  FROM ev_compare_theirs
  JOIN (SELECT *, row_number() OVER (PARTITION BY key, credit ORDER BY start, cdr) AS place FROM ev_compare_ours) ours
 USING (key, credit, place)
"""
# a credit that does not say it is one, or a charge that is taken for one
_SAME_ID_OTHER_SIGN = """
INSERT INTO ev_compare_pair
SELECT line, cdr
  FROM (SELECT key, line, row_number() OVER (PARTITION BY key ORDER BY line) AS place FROM ev_compare_theirs theirs
         WHERE NOT EXISTS (SELECT 1 FROM ev_compare_pair pair WHERE pair.line = theirs.line)) theirs
  JOIN (SELECT key, cdr, row_number() OVER (PARTITION BY key ORDER BY start, cdr) AS place FROM ev_compare_ours ours
         WHERE NOT EXISTS (SELECT 1 FROM ev_compare_pair pair WHERE pair.cdr = ours.cdr)) ours
 USING (key, place)
"""
# Every session of ours stands in three slots of time, so that one equality finds all starts within the tolerance.
_NEAR = """
CREATE TEMP TABLE ev_compare_near ON COMMIT DROP AS
WITH lines AS (
    SELECT l.id AS line, l.credit, l.date_start AS start, abs(l.energy_wh) AS wh, %(their_evse)s AS evse,
           upper(l.token_uid) AS badge, %(their_emaid)s AS emaid, %(their_uid)s AS uid,
           floor(EXTRACT(EPOCH FROM l.date_start) / %(slot)s)::bigint AS slot
      FROM ev_compare_theirs theirs JOIN ev_partner_file_line l ON l.id = theirs.line
     WHERE theirs.place = 1 AND l.evse IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM ev_compare_pair pair WHERE pair.line = theirs.line)
), sessions AS (
    SELECT o.cdr, o.credit, o.start, abs(o.wh) AS wh, %(our_evse)s AS evse, upper(COALESCE(token.uid, o.token_uid)) AS badge,
           %(our_emaid)s AS emaid, floor(EXTRACT(EPOCH FROM o.start) / %(slot)s)::bigint + aside AS slot
      FROM ev_compare_ours o JOIN ev_evse evse ON evse.id = o.evse JOIN ev_station station ON station.id = evse.station_id
      LEFT JOIN ev_token token ON token.id = o.token CROSS JOIN generate_series(-1, 1) AS aside
     WHERE NOT EXISTS (SELECT 1 FROM ev_compare_pair pair WHERE pair.cdr = o.cdr)
)
SELECT l.line, s.cdr, abs(EXTRACT(EPOCH FROM l.start - s.start)) AS seconds,
       (l.badge IS NULL AND l.emaid IS NULL) AS nameless
  FROM lines l JOIN sessions s ON s.evse = l.evse AND s.slot = l.slot AND s.credit = l.credit
 WHERE abs(EXTRACT(EPOCH FROM l.start - s.start)) <= %(seconds)s
   AND (l.badge = s.badge OR l.emaid = s.emaid OR l.uid = s.emaid
        OR (l.badge IS NULL AND l.emaid IS NULL AND NOT %(other_energy)s))
"""
# The nearest of each other; what is left chooses again. The nearest pair of all is always among them, so it ends.
_NEAREST = """
INSERT INTO ev_compare_pair
SELECT line, cdr
  FROM (SELECT DISTINCT ON (line) line, cdr FROM ev_compare_near WHERE nameless = %(nameless)s ORDER BY line, seconds, cdr) one
  JOIN (SELECT DISTINCT ON (cdr) line, cdr FROM ev_compare_near WHERE nameless = %(nameless)s ORDER BY cdr, seconds, line) other
 USING (line, cdr)
"""
_TAKEN = """
DELETE FROM ev_compare_near near USING ev_compare_pair pair WHERE pair.line = near.line OR pair.cdr = near.cdr
"""
_RESULT = """
UPDATE ev_partner_file_line line
   SET cdr_id = found.cdr, our_start = found.start, our_stop = found.stop, our_energy_wh = found.wh, our_amount = found.amount,
       energy_wh = CASE WHEN found.cdr IS NULL THEN line.energy_wh
                        WHEN found.wh < 0 THEN -abs(line.energy_wh) ELSE abs(line.energy_wh) END,
       differences = NULLIF(found.codes, ''), first_number = found.first,
       result = CASE WHEN found.codes != '' THEN 'different' WHEN found.cdr IS NULL THEN 'missing_here' ELSE 'matched' END,
       amount_difference = CASE WHEN %(comparable)s THEN line.amount - found.amount END,
       reason = NULL, message = NULL, known_cdr_id = NULL
  FROM (SELECT theirs.line, o.cdr, o.start, o.stop, o.wh, o.amount,
               CASE WHEN o.cdr IS NULL AND theirs.place > 1 THEN theirs.first END AS first,
               concat_ws(',',
                   CASE WHEN %(other_energy)s THEN 'energy' END,
                   CASE WHEN %(l_comparable)s AND abs(l.amount - o.amount) > %(amount)s::numeric THEN 'price' END,
                   CASE WHEN greatest(abs(EXTRACT(EPOCH FROM l.date_start - o.start)),
                                      abs(EXTRACT(EPOCH FROM l.date_stop - o.stop))) > %(seconds)s THEN 'time' END,
                   CASE WHEN o.cdr IS NOT NULL AND NOT %(l_comparable)s THEN 'currency' END,
                   CASE WHEN o.cdr IS NULL AND theirs.place > 1 THEN 'duplicate' END) AS codes
          FROM ev_compare_theirs theirs JOIN ev_partner_file_line l ON l.id = theirs.line
          LEFT JOIN ev_compare_pair pair ON pair.line = theirs.line LEFT JOIN ev_compare_ours o ON o.cdr = pair.cdr) found
 WHERE line.id = found.line
"""
_MISSING_THERE = """
INSERT INTO ev_partner_file_line (file_id, company_id, external_id, credit, result, cdr_id, our_start, our_stop, our_energy_wh,
                                  our_amount, amount_difference)
SELECT %(file)s, %(company)s, external_id, credit, 'missing_there', cdr, start, stop, wh, amount, -amount
  FROM ev_compare_ours ours
 WHERE NOT EXISTS (SELECT 1 FROM ev_compare_pair pair WHERE pair.cdr = ours.cdr) ORDER BY start, cdr
"""


def plain_sql(expression):
    """SQL for a name without its signs, in capitals: FR*ABC*E1 and frabce1 are one."""
    return SQL(_PLAIN, expression)


OUR_EVSE = plain_sql(SQL("COALESCE(NULLIF(evse.evse_id, ''), station.identity || '/' || evse.number)"))


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    def _match(self):
        """Pair lines and sessions, in the temporary table `ev_compare_pair`."""
        self.ensure_one()
        cr, tolerances = self.env.cr, self._get_tolerances_sql()
        for name in _TABLES:
            cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(f"ev_compare_{name}")))
        cr.execute(SQL("DELETE FROM ev_partner_file_line WHERE file_id = %s AND number IS NULL", self.id))
        cr.execute(SQL(_OURS, statement=self.statement_id.id))
        cr.execute(SQL(_THEIRS, file=self.id))
        cr.execute("CREATE TEMP TABLE ev_compare_pair (line int PRIMARY KEY, cdr int UNIQUE) ON COMMIT DROP")
        cr.execute("ANALYZE ev_compare_ours")
        cr.execute("ANALYZE ev_compare_theirs")
        cr.execute(_SAME_ID)
        cr.execute("ANALYZE ev_compare_pair")
        cr.execute(_SAME_ID_OTHER_SIGN)
        cr.execute(
            SQL(
                _NEAR,
                their_evse=plain_sql(SQL("l.evse")),
                their_emaid=plain_sql(SQL("l.contract_id")),
                their_uid=plain_sql(SQL("l.token_uid")),
                our_evse=OUR_EVSE,
                our_emaid=plain_sql(SQL("token.emaid")),
                slot=self.tolerance_seconds + 1,
                seconds=tolerances["seconds"],
                other_energy=self._differs_in_energy(SQL("l.wh"), SQL("s.wh")),
            )
        )
        self._pair_nearest()

    def _pair_nearest(self):
        """Badges count before lines that name none."""
        for nameless in (False, True):
            while True:
                self.env.cr.execute(SQL(_NEAREST, nameless=nameless))
                if not self.env.cr.rowcount:
                    break
                self.env.cr.execute(SQL(_TAKEN))

    def _compare(self):
        """Write what came of each line, and the sessions that no line means."""
        name, tolerances = self.currency_id.name, self._get_tolerances_sql()
        self.env.cr.execute(
            SQL(
                _RESULT,
                comparable=SQL("(line.currency IS NULL OR line.currency = %s)", name),
                l_comparable=SQL("(l.currency IS NULL OR l.currency = %s)", name),
                other_energy=self._differs_in_energy(SQL("l.energy_wh"), SQL("o.wh")),
                **tolerances,
            )
        )
        self.env.cr.execute(SQL(_MISSING_THERE, file=self.id, company=self.company_id.id))
        self.env["ev.partner.file.line"].invalidate_model()

    def _get_tolerances_sql(self):
        return {"amount": f"{self.tolerance_amount:.6f}", "seconds": self.tolerance_seconds}

    def _differs_in_energy(self, theirs, ours):
        """SQL: beyond both tolerances, in Wh and in percent of ours. A credit counts as what it takes back."""
        return SQL(
            "(abs(abs(%(theirs)s) - abs(%(ours)s)) > %(wh)s"
            " AND abs(abs(%(theirs)s) - abs(%(ours)s)) * 100 > %(percent)s::numeric * abs(%(ours)s))",
            theirs=theirs,
            ours=ours,
            wh=self.tolerance_wh,
            percent=f"{self.tolerance_percent:.3f}",
        )
