"""The rule on what is kept out of billing for longer than its month."""

from odoo.tools import SQL

from .check import kwh

# What was taken back meanwhile needs no release: nothing of it is to be billed.
_HELD = """
SELECT c.id AS cdr, NULL::int AS other, c.energy_wh AS wh, hold.id AS a, hold.reason AS b
  FROM ev_cdr_hold hold JOIN ev_cdr c ON c.id = hold.cdr_id
  JOIN (VALUES %(windows)s) AS w (site_id, starts, ends) ON w.site_id = c.site_id
 WHERE hold.state = 'held' AND hold.company_id = %(company)s
   AND hold.decided_at < timezone('UTC', to_timestamp(w.ends)) AND c.date_stop < timezone('UTC', to_timestamp(w.starts))
   AND NOT EXISTS (SELECT 1 FROM ev_cdr credit WHERE credit.credit_of_id = c.id)
"""


def find_held(check, _rule):
    """Sessions of earlier months that still wait to be billed; one finding per hold and month, so that each month asks again."""
    check.env["ev.cdr.hold"].flush_model()
    windows = check.windows or [(0, 0, 0)]
    hits = check.find(
        SQL(
            _HELD,
            windows=SQL(", ").join(SQL("(%s, %s, %s)", *window) for window in windows),
            company=check.company.id,
        ),
        lambda row: check.env._(
            "%(session)s (%(energy)s kWh) is still held: %(reason)s. Accept to keep holding it, or decide never to bill it. To "
            "bill it now, use Open Again on the finding it was held for (Findings on the session).",
            session=row.session,
            energy=kwh(row.wh),
            reason=row.b.strip().rstrip("."),
        ),
    )
    month = check.span.start
    found = [one._replace(key=f"{one.facts[0]}:{month}", month=month) for one in hits.found]
    return hits._replace(found=found)
