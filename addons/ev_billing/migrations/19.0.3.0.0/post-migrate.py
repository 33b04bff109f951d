"""Every statement is in the run of its month. What was documented before there were runs is done: nothing goes out again."""

RUNS = """
INSERT INTO ev_run (name, company_id, date_from, state, mode, create_date, write_date)
SELECT to_char(month, 'YYYY-MM'), company_id, month, CASE WHEN bool_and(is_out) THEN 'closed' ELSE 'open' END, 'manual',
       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM ({statements}) s GROUP BY company_id, month
ON CONFLICT (company_id, date_from) DO NOTHING
"""
# A contract that ended in the middle of its period was billed in the month of its end.
STATEMENTS = """
SELECT s.id, s.company_id, s.contract_id, s.state IN ('documented', 'settled') AS is_out,
       date_trunc('month', LEAST(s.period_end, COALESCE(c.date_end, s.period_end)))::date AS month
  FROM ev_statement s JOIN ev_contract c ON c.id = s.contract_id WHERE s.run_id IS NULL
"""
ITEMS = """
INSERT INTO ev_run_contract (run_id, company_id, contract_id, statement_id, state, step, create_date, write_date)
SELECT r.id, s.company_id, s.contract_id, s.id, CASE WHEN s.is_out THEN 'past' ELSE 'prepared' END,
       CASE WHEN s.is_out THEN 'done' ELSE 'review' END, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
  FROM ({statements}) s JOIN ev_run r ON r.company_id = s.company_id AND r.date_from = s.month
ON CONFLICT DO NOTHING
"""
LINK = """
UPDATE ev_statement s SET run_id = r.id FROM ({statements}) found
  JOIN ev_run r ON r.company_id = found.company_id AND r.date_from = found.month WHERE s.id = found.id
"""


def migrate(cr, version):
    if not version:
        return
    for query in (RUNS, ITEMS, LINK):
        cr.execute(query.format(statements=STATEMENTS))
