from odoo import fields, models


class EvTariff(models.Model):
    """An OCPI tariff: what a session costs by energy, time, parking and start, under its restrictions."""

    _name = "ev.tariff"
    _description = "OCPI Tariff"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one("res.currency", required=True, default=lambda self: self.env.company.currency_id)
    document = fields.Text("OCPI Document", required=True, help="The tariff as OCPI JSON.")

    def _get_tariff(self):
        """The tariff as the engine reads it.

        :rtype: rating.ocpi.Tariff
        """
        raise NotImplementedError
