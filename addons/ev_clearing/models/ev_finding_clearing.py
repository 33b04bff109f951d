"""The rules of clearing among those of billing: where they stand in its lists."""

from odoo import api, fields, models

from . import finding_rules

CODES = [(rule.code, rule.name) for rule in finding_rules.CATALOGUE]
GONE = dict.fromkeys((code for code, _name in CODES), "cascade")


class EvFindingRule(models.Model):
    _inherit = "ev.finding.rule"

    code = fields.Selection(selection_add=CODES, ondelete=GONE)

    @api.model
    def _get_catalogue(self):
        return (*super()._get_catalogue(), *finding_rules.CATALOGUE)


class EvFinding(models.Model):
    _inherit = "ev.finding"

    rule = fields.Selection(selection_add=CODES, ondelete=GONE)

    @api.model
    def _get_detectors(self):
        return finding_rules.BEFORE_DOUBLES | super()._get_detectors() | finding_rules.DETECTORS
