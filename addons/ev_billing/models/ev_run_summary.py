"""What a run came to, written the same whenever and in whatever order its jobs ran: the proof that a crash changed nothing."""

import hashlib
import json

from odoo import fields, models
from odoo.tools import SQL

END_STEPS = ("done", "nothing")


class EvRun(models.Model):
    _inherit = "ev.run"

    def _close_if_done(self):
        """Close the run when every contract's documents are out.

        :return: whether it is closed
        """
        self.ensure_one()
        if not self.contract_ids or any(item.step not in END_STEPS for item in self.contract_ids):
            return False
        if self.state == "open":
            now = fields.Datetime.now()
            self.write(
                {
                    "state": "closed",
                    "closed_at": now,
                    "days_to_close": max((self._get_day(now) - self._get_span().end).days, 0),
                    "summary_hash": hashlib.sha256(self._get_summary().encode()).hexdigest(),
                }
            )
        return True

    def _get_summary(self):
        """Canonical JSON of every statement with its lines and documents: no ids, no numbers of sequences, no moments.

        Amounts are exact decimal text.
        """
        self.ensure_one()
        self.env.flush_all()
        statements = [self._summarize(statement) for statement in self.statement_ids.sorted(_get_place)]
        return json.dumps(
            {"company": self.company_id.name, "month": str(self.date_from), "statements": statements},
            ensure_ascii=False,
            sort_keys=True,
            indent=1,
        )

    def _summarize(self, statement):
        [numbers] = self.env.execute_query(
            SQL(
                """SELECT total_charge::text, total_credit::text, total::text, session_count, energy_kwh::text
                     FROM ev_statement WHERE id = %s""",
                statement.id,
            )
        )
        return {
            "contract": statement.contract_id.name,
            "period": f"{statement.period_start} {statement.period_end}",
            "state": statement.state,
            "inputs": statement.inputs_hash,
            "numbers": numbers,
            "lines": self.env.execute_query(
                SQL(
                    """SELECT l.number, t.name ->> 'en_US', s.name, l.direction, l.correction, l.origin_period::text,
                              l.charge_count, l.quantity::text, l.price_unit::text, l.amount_exact::text, l.amount::text
                         FROM ev_statement_line l JOIN ev_contract_term t ON t.id = l.term_id
                    LEFT JOIN ev_site s ON s.id = l.site_id WHERE l.statement_id = %s ORDER BY l.number""",
                    statement.id,
                )
            ),
            "documents": self.env.execute_query(
                SQL(
                    """SELECT move_type, state, invoice_date::text, invoice_date_due::text, amount_untaxed::text,
                              amount_tax::text, amount_total::text
                         FROM account_move WHERE ev_statement_id = %s ORDER BY move_type, amount_total""",
                    statement.id,
                )
            ),
            "files": sorted(
                name.split("_", 1)[-1]
                for name in (statement.annex_attachment_id | statement.pdf_attachment_id).mapped("name")
            ),
            "sent": bool(statement.sent_at),
        }


def _get_place(statement):
    return statement.contract_id.name, statement.period_start
