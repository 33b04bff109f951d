"""Disputing sessions of a statement that is in its control window: one, a selection, or thousands from a partner's file."""

from collections import namedtuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.mail import plaintext2html

from .ev_dispute import REASONS, disputed_sessions

MOST_CHARACTERS = 4_000
MOST_NAME = 100
TODO = "mail.mail_activity_data_todo"

# One session somebody disputes. cdr: its id; reason: one of REASONS; claim: the amount the partner would pay, exact text or
# None; claim_wh: the energy it says, or None.
Claim = namedtuple("Claim", "cdr reason comment claim claim_wh", defaults=(None, None, None))
# How it went: ev.dispute records, and how many were open already, decided before, or left out of the statement for good.
Disputed = namedtuple("Disputed", "made known")


class EvStatement(models.Model):
    _inherit = "ev.statement"

    dispute_ids = fields.One2many("ev.dispute", "statement_id", "Disputes", readonly=True, groups="base.group_user")
    dispute_count = fields.Integer(compute="_compute_dispute_count", compute_sudo=True, groups="base.group_user")
    open_dispute_count = fields.Integer(compute="_compute_dispute_count", compute_sudo=True, groups="base.group_user")
    disputed_amount = fields.Monetary(
        "Open at Stake", compute="_compute_dispute_count", compute_sudo=True, groups="base.group_user"
    )

    @api.depends("dispute_ids.state")
    def _compute_dispute_count(self):
        found = self.env["ev.dispute"]._read_group(
            [("statement_id", "in", self.ids)], ["statement_id", "state"], ["__count", "amount:sum"]
        )
        numbers = {(statement, state): (count, amount) for statement, state, count, amount in found}
        for statement in self:
            opened, amount = numbers.get((statement, "open"), (0, 0))
            statement.open_dispute_count = opened
            statement.disputed_amount = amount
            statement.dispute_count = opened + numbers.get((statement, "decided"), (0, 0))[0]

    def action_open_disputes(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_dispute_action")
        return dict(action, domain=[("statement_id", "in", self.ids)], context={})

    # ----------------------------------------------------------------- business

    def _dispute(self, claims, author=None, author_name="", source="portal"):
        """Dispute sessions of the list. The caller has made sure that who asks may see the statement.

        All in one query: thousands of sessions from a file are as one. A session that is disputed already, or was and the charge
        stands, is passed over and counted.

        :param claims: list of `Claim`; the sessions are on this statement's list
        :param author: res.partner of the one logged in, or nothing
        :param author_name: asked of who is not logged in
        :rtype: Disputed
        :raises UserError: in a sentence for the partner
        """
        self.ensure_one()
        statement = self.sudo()
        statement._check_window_open()
        author_name = (author.name if author else author_name or "").strip()[:MOST_NAME]
        if not author_name:
            raise UserError(self.env._("Enter your name, so that we know whom to answer."))
        if not claims:
            raise UserError(self.env._("Choose the sessions you do not agree with."))
        self._check_claims(claims)
        statement._touch_window()
        made = statement._store_disputes(claims, author, author_name, source)
        if made:
            statement._announce_disputes(made, author, author_name)
        return Disputed(made, len(claims) - len(made))

    def _touch_window(self):
        """A window that closes at this very moment has not seen this: one of the two fails, and is retried."""
        self.env.cr.execute("UPDATE ev_statement SET write_date = write_date WHERE id = %s", [self.id])

    def _check_claims(self, claims):
        """:raises UserError: a reason nobody knows, no words where they are needed, too many, or a session of somebody else"""
        known = dict(REASONS)
        for claim in claims:
            if claim.reason not in known:
                raise UserError(self.env._("Choose a reason from the list."))
            if claim.reason == "other" and not (claim.comment or "").strip():
                raise UserError(
                    self.env._("Say what is wrong: with the reason Other, nobody can look into it without words.")
                )
            if len(claim.comment or "") > MOST_CHARACTERS:
                raise UserError(
                    self.env._("The comment is too long: %s characters are the most. Shorten it.", MOST_CHARACTERS)
                )
        ids = [claim.cdr for claim in claims]
        [(listed,)] = self.env.execute_query(
            SQL(
                "SELECT count(DISTINCT cdr_id) FROM ev_statement_session WHERE statement_id = %s AND cdr_id = ANY(%s)",
                self.id,
                ids,
            )
        )
        if listed != len(set(ids)):
            raise UserError(
                self.env._("Some of these sessions are not on %s: reload the page and choose them again.", self.name)
            )

    def _store_disputes(self, claims, author, author_name, source):
        """Insert what is not disputed yet.

        :rtype: ev.dispute
        """
        contract, now = self.contract_id, fields.Datetime.now()
        self.env["ev.dispute"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """INSERT INTO ev_dispute (statement_id, company_id, contract_id, partner_id, currency_id, cdr_id, site_id,
                                           amount, claim, claim_kwh, reason, comment, source, author_id, author_name, opened_at,
                                           deadline, state, frozen, for_all, create_uid, create_date, write_uid, write_date)
                   SELECT %(statement)s, %(company)s, %(contract)s, %(partner)s, %(currency)s, s.cdr_id, s.site_id, s.amount,
                          claim.claim::numeric, claim.wh / 1000.0, claim.reason, NULLIF(claim.comment, ''), %(source)s,
                          %(author)s, %(name)s, %(now)s, %(deadline)s, 'open', TRUE, %(for_all)s, %(user)s, %(now)s, %(user)s,
                          %(now)s
                     FROM unnest(%(cdrs)s, %(reasons)s, %(comments)s, %(claims)s::text[], %(energies)s::bigint[])
                          AS claim (cdr, reason, comment, claim, wh)
                     JOIN ev_statement_session s ON s.statement_id = %(statement)s AND s.cdr_id = claim.cdr
                    WHERE NOT EXISTS (SELECT 1 FROM ev_dispute d WHERE d.contract_id = %(contract)s AND d.cdr_id = claim.cdr
                                         AND (d.state = 'open' OR d.outcome IN ('stands', 'excluded', 'adjusted')))
                       ON CONFLICT DO NOTHING RETURNING id""",
                statement=self.id,
                company=self.company_id.id,
                contract=contract.id,
                partner=self.partner_id.id,
                currency=self.currency_id.id,
                source=source,
                author=author.id if author else None,
                name=author_name,
                now=now,
                deadline=fields.Date.add(self._on_company_clock(now), days=contract.dispute_days),
                for_all=contract.dispute_carrier == "host",
                user=self.env.uid,
                cdrs=[claim.cdr for claim in claims],
                reasons=[claim.reason for claim in claims],
                comments=[(claim.comment or "").strip() for claim in claims],
                claims=[claim.claim for claim in claims],
                energies=[claim.claim_wh for claim in claims],
            )
        )
        self.invalidate_recordset(["dispute_ids"])
        self.env["ev.dispute"].invalidate_model()
        return self.env["ev.dispute"].browse([key for (key,) in rows])

    def _announce_disputes(self, disputes, author, author_name):
        """Into the chatter, and to the accountant's to-do list with the day until which to answer."""
        [(amount,)] = self.env.execute_query(SQL("SELECT sum(amount) FROM ev_dispute WHERE id = ANY(%s)", disputes.ids))
        words = self.env._(
            "Disputed by %(name)s: %(count)s of the sessions, %(amount)s at stake.",
            name=author_name,
            count=len(disputes),
            amount=self.currency_id.format(float(amount)),
        )
        comments = list(dict.fromkeys(comment for comment in disputes[:50].mapped("comment") if comment))
        self.with_context(mail_post_autofollow=False).message_post(
            body=plaintext2html("\n".join([words, *comments[:5]])),
            subject=self.env._("%(statement)s: sessions disputed by %(name)s", statement=self.name, name=author_name),
            author_id=(author or self.env.ref("base.partner_root")).id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )
        accountant = self._get_accountant()
        if accountant and not self._get_dispute_activities():
            self.activity_schedule(
                TODO,
                date_deadline=disputes[0].deadline,
                summary=self.env._("Answer disputes of %s", self.partner_id.name),
                user_id=accountant.id,
            )

    def _get_dispute_activities(self):
        todo = self.env.ref(TODO)
        return self.activity_ids.filtered(lambda activity: activity.activity_type_id == todo and activity.automated)

    def _close_dispute_activities(self, words):
        """The to-do is done when nothing waits for an answer any more."""
        if not self.env["ev.dispute"].search_count([("statement_id", "=", self.id), ("state", "=", "open")], limit=1):
            self._get_dispute_activities().action_feedback(feedback=words)

    def _find_listed(self, references):
        """Ids of sessions of the list by what the partner calls them (`external_id`).

        :raises UserError: one is not on the list
        """
        references = list(dict.fromkeys(filter(None, (text.strip() for text in references))))
        rows = dict(
            self.env.execute_query(
                SQL(
                    "SELECT external_id, cdr_id FROM ev_statement_session WHERE statement_id = %s AND external_id = ANY(%s)",
                    self.id,
                    references,
                )
            )
        )
        if missing := [text for text in references if text not in rows]:
            raise UserError(
                self.env._("Session %(session)s is not on %(name)s.", session=missing[0][:60], name=self.name)
            )
        return [rows[text] for text in references]

    # ------------------------------------------------------------- completeness

    @api.model
    def _get_waiting_sql(self):
        """What is disputed is pending, also where its host is paid already."""
        self.env["ev.dispute"].flush_model()
        open_ones = SQL("c.id IN (%s)", disputed_sessions(SQL("d.frozen AND d.state = 'open'")))
        return SQL("(%s OR %s)", super()._get_waiting_sql(), open_ones)

    @api.model
    def _get_left_out_sql(self, companies):
        """What a decided dispute leaves out for good, where nobody else is billed for it."""
        excluded = SQL("c.id IN (%s)", disputed_sessions(SQL("d.outcome = 'excluded'")))
        return SQL("(%s OR %s)", super()._get_left_out_sql(companies), excluded)

    # ------------------------------------------------------------------- remind

    def _say_until(self):
        """The last day of the window, as people say it."""
        self.ensure_one()
        return format_date(self.env, fields.Date.subtract(self._on_company_clock(self.control_window_end), days=1))
