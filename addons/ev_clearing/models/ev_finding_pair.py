"""A charge that came through a hub and directly: the two side by side, and whose bill it is."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_datetime, formatLang


class EvFinding(models.Model):
    _inherit = "ev.finding"

    hub_cdr_id = fields.Many2one("ev.cdr", "Through the Hub", compute="_compute_pair", compute_sudo=True)
    direct_cdr_id = fields.Many2one("ev.cdr", "Direct", compute="_compute_pair", compute_sudo=True)
    hub_id = fields.Many2one("ev.roaming.hub", compute="_compute_pair", compute_sudo=True)
    pair_table = fields.Html("Side by Side", compute="_compute_pair_table", compute_sudo=True, sanitize=False)

    @api.depends("rule", "cdr_id", "other_cdr_id")
    def _compute_pair(self):
        for finding in self:
            pair = (finding.cdr_id | finding.other_cdr_id) if finding.rule == "hub_double" else finding.cdr_id.browse()
            through = pair.filtered(lambda cdr: cdr.sudo().ev_route_ids.hub_id)[:1]
            finding.hub_cdr_id, finding.direct_cdr_id = through, (pair - through)[:1]
            finding.hub_id = through.sudo().ev_route_ids.hub_id

    @api.depends("hub_cdr_id", "direct_cdr_id")
    @api.depends_context("lang", "tz")
    def _compute_pair_table(self):
        for finding in self:
            pair = finding.hub_cdr_id | finding.direct_cdr_id
            finding.pair_table = finding._render_pair() if len(pair) == 2 else False

    # ------------------------------------------------------------------ actions

    def action_hub_bills(self):
        """The hub's session stays; the direct one is never billed."""
        self._check_decide()
        for finding in self:
            finding._settle_pair(
                "direct_cdr_id",
                self.env._(
                    "%(hub)s bills this charge: session %(kept)s came through it.",
                    hub=finding.hub_id.name,
                    kept=finding.hub_cdr_id.external_id,
                ),
            )

    def action_we_bill(self):
        """The direct session stays; the one that came through the hub is never billed."""
        self._check_decide()
        for finding in self:
            finding._settle_pair(
                "hub_cdr_id",
                self.env._(
                    "We bill this charge directly, as session %(kept)s; %(hub)s is not to.",
                    hub=finding.hub_id.name,
                    kept=finding.direct_cdr_id.external_id,
                ),
            )

    def _settle_pair(self, left_out, reason):
        """Never bill one of the two.

        :param left_out: the field that names it
        :raises UserError: not such a pair, decided already, or billed already
        """
        if not (self.hub_cdr_id and self.direct_cdr_id):
            raise UserError(
                self.env._("“%s” is not about a charge through a hub and directly: use Decide.", self.display_name)
            )
        self._hold("excluded", reason, "cdr" if self[left_out] == self.cdr_id else "other")

    # ---------------------------------------------------------------- the table

    def _render_pair(self):
        """The two sessions as a table, what differs in bold."""
        rows = [self._render_row(label, *texts) for label, *texts in self._get_pair_rows()]
        return Markup(
            '<table class="table table-sm o_ev_pair"><thead><tr><th></th><th>%s</th><th>%s</th></tr></thead>'
            "<tbody>%s</tbody></table>"
        ) % (self.env._("Through %s", self.hub_id.name), self.env._("Direct"), Markup().join(rows))

    def _render_row(self, label, through, direct):
        differs = Markup(' class="table-warning fw-bold"') if through != direct else Markup()
        return Markup('<tr><th class="text-muted fw-normal">%s</th><td%s>%s</td><td%s>%s</td></tr>') % (
            label, differs, through, differs, direct,
        )  # fmt: skip

    def _get_pair_rows(self):
        """[(label, text of the hub's, text of the direct one)]"""
        through, direct = self.hub_cdr_id, self.direct_cdr_id
        charged = self._get_charged_texts(through | direct)
        getters = (
            (self.env._("Session ID"), lambda cdr: cdr.external_id),
            (self.env._("Sent by"), lambda cdr: cdr.source),
            (self.env._("EVSE"), lambda cdr: cdr.evse_id.display_name),
            (self.env._("Badge"), lambda cdr: cdr.token_uid or "-"),
            (self.env._("eMSP or client"), lambda cdr: cdr.partner_id.display_name or "-"),
            (self.env._("Start"), lambda cdr: self._say_moment(cdr.date_start, cdr)),
            (self.env._("End"), lambda cdr: self._say_moment(cdr.date_stop, cdr)),
            (self.env._("Energy (kWh)"), lambda cdr: formatLang(self.env, cdr.energy_kwh, digits=3)),
            (self.env._("Charged"), lambda cdr: charged.get(cdr.id) or self.env._("not charged")),
            (self.env._("Received"), lambda cdr: self._say_moment(cdr.received_at, cdr)),
            (self.env._("Why this way"), lambda cdr: cdr.sudo().ev_route_sentence or ""),
        )
        return [(label, get(through), get(direct)) for label, get in getters]

    def _say_moment(self, moment, cdr):
        """A moment on the site's clock, to the second."""
        return format_datetime(self.env, moment, tz=cdr.site_id.tz, dt_format="d MMM yyyy HH:mm:ss")

    def _get_charged_texts(self, pair):
        """{session id: ``RoamCo 4.20 EUR, Hotel -1.00 EUR``} of what statements charge."""
        rows = self.env.execute_query(
            SQL(
                """SELECT ch.cdr_id, ch.contract_id, sum(CASE t.direction WHEN 'charge' THEN ch.amount ELSE -ch.amount END)
                     FROM ev_charge ch JOIN ev_contract_term t ON t.id = ch.term_id
                    WHERE ch.cdr_id IN %s AND ch.origin_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2""",
                pair._ids,
            )
        )
        texts = {}
        for cdr, contract, amount in rows:
            contract = self.env["ev.contract"].sudo().browse(contract)
            money = formatLang(self.env, float(amount), currency_obj=contract.currency_id)
            texts[cdr] = ", ".join(filter(None, (texts.get(cdr), f"{contract.partner_id.name} {money}")))
        return texts
