from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import ValidationError


class EvBridgeConnect(models.TransientModel):
    """Make (or renew) the user of an OCPP bridge and its API key. The key is shown once."""

    _name = "ev.bridge.connect"
    _description = "Connect an OCPP Bridge"

    name = fields.Char(required=True, default="bridge-1", help="The bridge's name: the source of its sessions.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    days = fields.Integer("Key Valid (days)", required=True, default=365)
    # Shown once and never written: these live in the browser's form only.
    login = fields.Char(readonly=True, store=False)
    api_key = fields.Char("API Key", readonly=True, store=False)
    state = fields.Selection([("ask", "Ask"), ("show", "Show")], default="ask", required=True)

    def action_connect(self):
        """Make the bridge's user and open the form that shows its key, as defaults of a record nobody saves."""
        self.ensure_one()
        login, key = self._connect(self.name, self.company_id, self.days)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect a Bridge"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_state": "show",
                "default_login": login,
                "default_api_key": key,
                "default_name": self.name,
            },
        }

    def _connect(self, name, company, days):
        """Return ``(login, api key)`` of the bridge called ``name``; keys it had before stop working."""
        if not self.env.user.has_group("base.group_system"):
            raise ValidationError(self.env._("Making a bridge's user takes the Settings administrator."))
        if not 1 <= days <= 3650:
            raise ValidationError(self.env._("The key must be valid for 1 to 3650 days, not %s.", days))
        users = self.env["res.users"].sudo().with_context(no_reset_password=True, active_test=False)
        user = users.search([("login", "=", name)])
        group = self.env.ref("ev_cpms.group_bridge")
        if user and user.group_ids != group:
            raise ValidationError(self.env._("The login %s belongs to somebody else: choose another name.", name))
        if user and user.company_id != company:
            raise ValidationError(
                self.env._(
                    "The bridge %(name)s belongs to %(company)s: its sessions go there. Choose another name.",
                    name=name,
                    company=user.company_id.name,
                )
            )
        user.active = True
        if not user:
            user = users.create(
                {
                    "name": self.env._("OCPP bridge %s", name),
                    "login": name,
                    "company_id": company.id,
                    "company_ids": [fields.Command.set(company.ids)],
                    # Neither internal nor portal: a bridge may call its methods and read nothing.
                    "group_ids": [fields.Command.set(group.ids)],
                }
            )
        keys = self.env["res.users.apikeys"].with_user(user).sudo()
        keys.search([("user_id", "=", user.id)]).unlink()
        key = keys._generate("rpc", name, fields.Datetime.now() + timedelta(days=days))
        return user.login, key
