"""The revenue of sessions: what the sale terms of the contract that sold them make.

Worked out by the engine from the sale terms, not read from the sale's own charges: so a host's statement does not wait for a
client's. Exactly one contract may have sold a session; with none or several its revenue is not known, and what shares it waits.
"""

from collections import defaultdict

from odoo import models
from odoo.tools import SQL

from ..rating import Rater, Seller
from .ev_contract_finder import BUYERS, ContractFinder
from .ev_statement import OPEN_STATES
from .ev_statement_charges import LineKey
from .ev_statement_sessions import ORIGINAL, PAGE

SELLERS = BUYERS
REVENUE = 15  # place in a session's row (`rating.Session`)


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def _get_revenue_book(self, inputs):
        """What fills the revenue into session rows, where a term asks for it."""
        if any(version.basis == "revenue" for version in inputs.versions):
            return RevenueBook(self)
        return NoRevenue()

    def _true_up_revenue(self, inputs, charges):
        """Charges for what final prices of the sale change about revenue that closed statements shared provisionally."""
        versions, late = [v for v in inputs.versions if v.basis == "revenue"], self._get_late_span()
        if not versions or not late:
            return
        domain = [
            ("contract_id", "=", self.contract_id.id),
            ("period_start", ">=", late.start),
            ("period_start", "<", self.period_start),
            ("state", "not in", OPEN_STATES),
            ("line_ids.provisional", "=", True),
            ("line_ids.basis", "=", "revenue"),
        ]
        book = RevenueBook(self)
        for statement in self.search(domain, order="period_start"):
            self._true_up_shared(statement, versions, inputs, book, charges)
        charges.flush()

    def _true_up_shared(self, statement, versions, inputs, book, charges):
        """The revenue shares of one closed statement, worked out again: new share less what was shared so far."""
        rater, last = Rater(versions, inputs.coverage.values(), self._get_index_reader()), 0
        while billed := self._fetch_shared(statement, versions, last):
            last = billed[-1][0]
            origins = {(row[5], row[1]): row for row in billed}
            rows = {row[0]: row for row in book.fill({row[5]: row[5:] for row in billed}.values())}
            for cdr, term, version, revenue, amount, _marks, _counted in rater.rate_rows(rows.values()):
                charge, _version, site, before, period = origins.get((cdr, version), (None,) * 5)[:5]
                if charge is None or amount is None or cdr in book.provisional or amount == before:
                    continue
                key = LineKey(version, site, "true_up", period, statement.id)
                # the revenue it stands on now is kept: the explanation starts from it
                subject = {"cdr": cdr, "station": rows[cdr][2], "site": site, "origin": charge}
                charges.add(key, term, 0, amount - before, kind="true_up", counted=revenue, flags="true_up", **subject)
            charges.flush()

    def _fetch_shared(self, statement, versions, last):
        """A page of (charge, version, site, millionths shared so far, first day of its period, *session row)."""
        return self.env.execute_query(
            SQL(
                """SELECT ch.id, ch.version_id, ch.site_id, (ch.amount * 1000000)::bigint + COALESCE((
                          SELECT sum(up.amount * 1000000)::bigint FROM ev_charge up WHERE up.origin_id = ch.id
                             AND up.statement_id != %s), 0), COALESCE(l.origin_period, s.period_start),
                          c.id, c.site_id, c.station_id, EXTRACT(EPOCH FROM c.date_start)::bigint,
                          EXTRACT(EPOCH FROM c.date_stop)::bigint, c.energy_wh, CASE WHEN c.credit THEN -1 ELSE 1 END,
                          c.power_type, c.kind, c.profile_id, c.token_id, p.commercial_partner_id, c.charging_seconds,
                          c.idle_seconds, c.readings, NULL, c.credit_of_id, NULL
                     FROM ev_charge ch
                     JOIN ev_statement s ON s.id = ch.statement_id
                     JOIN ev_statement_line l ON l.id = ch.line_id
                     JOIN ev_cdr c ON c.id = ch.cdr_id
                LEFT JOIN res_partner p ON p.id = c.partner_id
                    WHERE ch.statement_id = %s AND ch.kind = 'usage' AND ch.version_id IN %s AND ch.id > %s
                      AND ch.flags LIKE '%%provisional%%'
                 ORDER BY ch.id LIMIT %s""",
                self.id,
                statement.id,
                tuple(version.key for version in versions),
                last,
                PAGE,
            )
        )


class NoRevenue:
    """For statements without revenue shares."""

    provisional = frozenset()

    def fill(self, rows):
        """The rows as they are."""
        return rows


class RevenueBook:
    """The sale contracts of a company, asked page by page.

    :param statement: the ev.statement that shares revenue; contracts in another currency sold nothing it could share
    """

    def __init__(self, statement):
        self._statement = statement
        self._sellers = {}
        # sessions of the last page whose revenue stands on provisional prices
        self.provisional = set()
        contracts = statement.env["ev.contract"].sudo().with_context(active_test=False)
        self._finder = ContractFinder(
            contracts.search(
                [
                    ("company_id", "=", statement.company_id.id),
                    ("role", "in", BUYERS),
                    ("state", "in", ("active", "ended")),
                    ("currency_id", "=", statement.currency_id.id),
                    ("term_ids.is_sale", "=", True),
                ]
            )
        )

    def fill(self, rows):
        """The rows with their revenue in millionths; None where nobody, or more than one contract, sold the session.

        A credit takes back the very revenue that was shared of its original.
        """
        rows, sold = list(rows), defaultdict(list)
        shared = self._find_shared([row[ORIGINAL] for row in rows if row[ORIGINAL]])
        for row in rows:
            if row[ORIGINAL] not in shared and (contract := self._find_seller(row)) is not None:
                sold[contract].append(row)
        earned, self.provisional = {row[0]: -shared[row[ORIGINAL]] for row in rows if row[ORIGINAL] in shared}, set()
        for contract, its_rows in sold.items():
            seller = self._get_seller(contract)
            unsold = self._statement.env["ev.contract"].browse(contract)._find_unsold([row[0] for row in its_rows])
            earned.update(seller.earn([row for row in its_rows if row[0] not in unsold]))
            self.provisional |= seller.provisional & earned.keys()
        return [row[:REVENUE] + (earned.get(row[0]),) + row[REVENUE + 1 :] for row in rows]

    def _find_shared(self, originals):
        """{session: revenue in millionths} that other statements of this contract shared."""
        if not originals:
            return {}
        return dict(
            self._statement.env.execute_query(
                SQL(
                    """SELECT DISTINCT ON (c.cdr_id) c.cdr_id, (c.quantity * 1000000)::bigint FROM ev_charge c
                         JOIN ev_contract_term t ON t.id = c.term_id AND t.basis = 'revenue'
                        WHERE c.contract_id = %s AND c.cdr_id IN %s AND c.kind = 'usage' AND c.statement_id != %s
                          AND NOT EXISTS (SELECT 1 FROM ev_charge up WHERE up.origin_id = c.id)""",
                    self._statement.contract_id.id,
                    tuple(originals),
                    self._statement._origin.id or 0,
                )
            )
        )

    def _find_seller(self, row):
        """The one contract that sold a session, or None."""
        found = self._finder.find("buyer", row[1], row[3], row[11], row[10])
        return found.pop() if len(found) == 1 else None

    def _get_seller(self, contract_id):
        if contract_id not in self._sellers:
            contract = self._statement.env["ev.contract"].sudo().browse(contract_id)
            terms = contract.with_context(active_test=False).term_ids.filtered("is_sale")
            self._sellers[contract_id] = Seller(
                terms.version_ids._to_rating(), contract._get_coverage().values(), self._statement._get_index_reader()
            )
        return self._sellers[contract_id]
