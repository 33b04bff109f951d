from odoo import api, fields, models
from odoo.tools import SQL

from .ev_partner_file_line import CODES, RESULTS

# Every result, and within `different` every way in which sessions differ; in the order of the screen.
_SUM = """
INSERT INTO ev_partner_file_sum (file_id, company_id, sequence, result, code, count, their_kwh, our_kwh, their_amount,
                                 our_amount, amount_difference)
SELECT %(file)s, %(company)s, array_position(%(results)s::text[], result::text) * 10
         + COALESCE(array_position(%(codes)s::text[], code), 0), result, code, count(*),
       COALESCE(sum(energy_wh), 0) / 1000.0, COALESCE(sum(our_energy_wh), 0) / 1000.0,
       COALESCE(sum(amount) FILTER (WHERE %(comparable)s), 0), COALESCE(sum(our_amount), 0),
       COALESCE(sum(amount) FILTER (WHERE %(comparable)s), 0)
         - COALESCE(sum(our_amount) FILTER (WHERE amount IS NOT NULL AND %(comparable)s OR number IS NULL), 0)
  FROM (SELECT line.*, NULL::text AS code FROM ev_partner_file_line line WHERE file_id = %(file)s
        UNION ALL
        SELECT line.*, unnest(string_to_array(differences, ',')) FROM ev_partner_file_line line
         WHERE file_id = %(file)s AND result = 'different') counted
 WHERE result IS NOT NULL
 GROUP BY result, code
"""


class EvPartnerFileSum(models.Model):
    """One row of a comparison's result: how many, and what they come to on either side."""

    _name = "ev.partner.file.sum"
    _description = "Result of a Comparison"
    _order = "file_id desc, sequence, id"
    _rec_name = "name"
    _log_access = False

    file_id = fields.Many2one("ev.partner.file", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="file_id.currency_id")
    sequence = fields.Integer(readonly=True)
    result = fields.Selection(RESULTS, "Kind", required=True, readonly=True)
    code = fields.Selection(
        CODES, "Of Which", readonly=True, help="A session that differs in two things is in two rows."
    )
    count = fields.Integer("Sessions", required=True, readonly=True)
    their_kwh = fields.Float("Their kWh", digits=(16, 3), readonly=True)
    our_kwh = fields.Float(digits=(16, 3), readonly=True)
    their_amount = fields.Float(digits=(16, 6), readonly=True, help="In the statement's currency only.")
    our_amount = fields.Float(digits=(16, 6), readonly=True)
    amount_difference = fields.Float(
        "Difference", digits=(16, 6), readonly=True, help="Theirs less ours, where their list has an amount."
    )

    name = fields.Char("Result", compute="_compute_name")

    @api.depends("result", "code")
    @api.depends_context("lang")
    def _compute_name(self):
        results = dict(self._fields["result"]._description_selection(self.env))
        codes = dict(self._fields["code"]._description_selection(self.env))
        for one in self:
            one.name = self.env._("in: %s", codes[one.code]) if one.code else results.get(one.result)

    def action_open_lines(self):
        """The lines behind the numbers."""
        self.ensure_one()
        self.check_access("read")
        return self.file_id._get_lines_action(self.result, self.code)


class EvPartnerFile(models.Model):
    _inherit = "ev.partner.file"

    def _add_up(self):
        """Write the result anew."""
        self.ensure_one()
        self.env.cr.execute(SQL("DELETE FROM ev_partner_file_sum WHERE file_id = %s", self.id))
        self.env.cr.execute(
            SQL(
                _SUM,
                file=self.id,
                company=self.company_id.id,
                results=[result for result, _word in RESULTS],
                codes=[code for code, _word in CODES],
                comparable=SQL("(currency IS NULL OR currency = %s)", self.currency_id.name),
            )
        )
        self.env["ev.partner.file.sum"].invalidate_model()
        self.invalidate_recordset()
