"""How far the month has come: sessions, rated, controlled, documented, sent, paid.

The first two count sessions, the others statements: a session that is billed to two partners is on two statements, so energy and
money from there on are what the statements say.
"""

from collections import defaultdict, namedtuple
from decimal import Decimal

from odoo import models
from odoo.tools import SQL

from .ev_statement import OPEN_STATES

# One statement of the run. charge, credit: Decimal; wh: int; documents: how many are posted.
Standing = namedtuple("Standing", "id state currency charge credit wh sent controlled documents")
TO_RECEIVE = ("out_invoice", "in_refund")


class EvRun(models.Model):
    _inherit = "ev.run"

    def _get_cockpit_statements(self):
        """Where each statement of the run stands.

        :rtype: list[Standing]
        """
        if not self:
            return []
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id, s.state, s.currency_id, COALESCE(s.total_charge, 0)::text, COALESCE(s.total_credit, 0)::text,
                          (COALESCE(s.energy_kwh, 0) * 1000)::bigint, s.sent_at IS NOT NULL OR i.state = 'past',
                          COALESCE(i.checked, FALSE), (SELECT count(*) FROM account_move m
                                                        WHERE m.ev_statement_id = s.id AND m.state = 'posted')
                     FROM ev_statement s LEFT JOIN ev_run_contract i ON i.statement_id = s.id
                    WHERE s.run_id = %s ORDER BY s.id""",
                self.id,
            )
        )
        waiting = self.env["ev.statement"].browse(row[0] for row in rows if row[1] in OPEN_STATES and row[7])
        blocked = self.env["ev.finding"]._get_blocking_findings(waiting.sudo())
        return [
            Standing(key, state, currency, Decimal(charge), Decimal(credit), wh, bool(sent),
                     state not in OPEN_STATES or (checked and key not in blocked), documents)
            for key, state, currency, charge, credit, wh, sent, checked, documents in rows
        ]  # fmt: skip

    def _get_cockpit_stages(self, proof, statements, findings):
        """The six cards, in order.

        :return: [{"key", "label", "unit", "count", "of", "kwh", "money", "links", "notes", "blockers"}]; `count` of `of` are
            that far; a note or a blocker is a link
        """
        company = self.company_id
        parts = {part["key"]: part for part in proof["parts"]}
        done = ("documented", "settled")
        chosen = {
            "controlled": [one for one in statements if one.controlled],
            "documented": [one for one in statements if one.state in done],
            "sent": [one for one in statements if one.state in done and one.sent],
            "paid": [one for one in statements if one.state == "settled"],
        }
        payable = sum(1 for one in statements if one.documents)
        stages = [self._get_session_stage(parts), self._get_rated_stage(parts, statements)]
        labels = {
            "controlled": self.env._("Controlled"),
            "documented": self.env._("Documented"),
            "sent": self.env._("Sent"),
            "paid": self.env._("Paid"),
        }
        notes = {"paid": self._get_open_documents()}
        for key, some in chosen.items():
            link = self._link(labels[key], "ev.statement", [("id", "in", [one.id for one in some])], len(some))
            stages.append(
                {
                    "key": key,
                    "label": labels[key],
                    "unit": self.env._("statements"),
                    "count": len(some),
                    "of": payable if key == "paid" else len(statements),
                    "kwh": self._say_kwh(sum(one.wh for one in some)),
                    "money": self._say_totals(some, company),
                    "links": [link],
                    "notes": notes.get(key, []),
                    "blockers": self._get_stage_blockers(key, findings),
                }
            )
        return stages

    def _get_session_stage(self, parts):
        total, quarantined = parts["total"], parts["quarantined"]
        return {
            "key": "sessions",
            "label": self.env._("Sessions"),
            "unit": self.env._("sessions"),
            "count": total["count"],
            "of": total["count"],
            "kwh": total["kwh"],
            "money": [],
            "links": total["links"],
            "notes": [],
            "blockers": [
                dict(link, label=self.env._("in quarantine")) for link in quarantined["links"] if link["count"]
            ],
        }

    def _get_rated_stage(self, parts, statements):
        """Sessions that are on a statement, be it a draft, with what all statements of the run come to."""
        billed, draft, pending = parts["billed"], parts["draft"], parts["pending"]
        links = [
            dict(link, short=part["label"].lower())
            for part in (billed, draft)
            for link in part["links"]
            if link["count"]
        ]
        blockers = [dict(link, label=self.env._("on no statement")) for link in pending["links"] if link["count"]]
        return {
            "key": "rated",
            "label": self.env._("Rated"),
            "unit": self.env._("sessions"),
            "count": billed["count"] + draft["count"],
            "of": parts["total"]["count"],
            "kwh": self._say_kwh(billed["wh"] + draft["wh"]),
            "money": self._say_totals(statements, self.company_id),
            "links": links or draft["links"],
            "statements": self._link(
                self.env._("Statements"), "ev.statement", [("run_id", "=", self.id)], len(statements)
            ),
            "notes": [],
            "blockers": blockers + self._get_stopped_at("prepare"),
        }

    # ------------------------------------------------------------------ blockers

    def _get_stage_blockers(self, key, findings):
        """What keeps statements from a stage, as links; nothing where nothing does."""
        if not self:
            return []
        if key == "controlled":
            blocking = findings["blocking"]
            return [dict(blocking, label=self.env._("blocking findings"))] if blocking["count"] else []
        if key == "documented":
            return self._get_stopped_at("approve", "document")
        if key == "sent":
            return self._get_stopped_at("files", "send") + self._get_returned_mails()
        return self._get_overdue_documents()

    def _get_stopped_at(self, *steps):
        domain = [("run_id", "=", self.id), ("stopped", "=", True), ("step", "in", steps)]
        count = self.env["ev.run.contract"].search_count(domain) if self else 0
        return [self._link(self.env._("stopped"), "ev.run.contract", domain, count)] if count else []

    def _get_returned_mails(self):
        domain = [("run_id", "=", self.id), ("send_state", "in", ("bounced", "failed"))]
        count = self.env["ev.statement"].search_count(domain)
        return [self._link(self.env._("not delivered"), "ev.statement", domain, count)] if count else []

    # ----------------------------------------------------------------- documents

    def _get_open_documents(self):
        """What is still to be received and to be paid, as links with their amounts."""
        if not self:
            return []
        residuals = defaultdict(lambda: defaultdict(Decimal))
        found = defaultdict(list)
        for key, move_type, currency, residual in self._fetch_open_documents():
            side = "receive" if move_type in TO_RECEIVE else "pay"
            residuals[side][currency] += Decimal(residual)
            found[side].append(key)
        labels = {"receive": self.env._("To receive"), "pay": self.env._("To pay")}
        return [
            {
                "amounts": [
                    self._say_money(amount, self._get_currency(key)) for key, amount in residuals[side].items()
                ],
                **self._link(label, "account.move", [("id", "in", found[side])], len(found[side])),
            }
            for side, label in labels.items()
            if found[side]
        ]

    def _fetch_open_documents(self):
        """[(id, type, currency id, residual as text)] of posted documents of the run that are not paid."""
        return self.env.execute_query(
            SQL(
                """SELECT m.id, m.move_type, m.currency_id, abs(m.amount_residual)::text
                     FROM account_move m JOIN ev_statement s ON s.id = m.ev_statement_id
                    WHERE s.run_id = %s AND m.state = 'posted' AND m.payment_state IN ('not_paid', 'partial')
                 ORDER BY m.id""",
                self.id,
            )
        )

    def _get_overdue_documents(self):
        today = self._get_today(self.company_id)
        domain = [
            ("ev_statement_id.run_id", "=", self.id),
            ("state", "=", "posted"),
            ("payment_state", "in", ("not_paid", "partial")),
            ("invoice_date_due", "<", str(today)),
        ]
        count = self.env["account.move"].sudo().search_count(domain)
        return [self._link(self.env._("overdue"), "account.move", domain, count)] if count else []

    # --------------------------------------------------------------------- money

    def _say_totals(self, statements, company):
        """[{"currency", "charge", "credit"}] in words, the company's currency first."""
        sums = defaultdict(lambda: [Decimal(0), Decimal(0)])
        for one in statements:
            sums[one.currency][0] += one.charge
            sums[one.currency][1] += one.credit
        own = company.currency_id.id
        return [
            {
                "currency": self._get_currency(key).name,
                "charge": self._say_money(charge, self._get_currency(key)),
                "credit": self._say_money(credit, self._get_currency(key)),
            }
            for key, (charge, credit) in sorted(sums.items(), key=lambda item: (item[0] != own, item[0]))
        ]

    def _get_currency(self, key):
        return self.env["res.currency"].sudo().browse(key)
