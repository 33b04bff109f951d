from odoo import api, fields, models
from odoo.exceptions import UserError


class EvCdrErasure(models.Model):
    """The written trace of erasing a driver's personal data: who asked, why, how many sessions, never the data itself."""

    _name = "ev.cdr.erasure"
    _description = "Erasure of Personal Data"
    _order = "id desc"
    _rec_name = "reason"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    reason = fields.Char(required=True, readonly=True, help="Such as the request's reference.")
    date_to = fields.Datetime("Sessions Until", readonly=True)
    cdr_count = fields.Integer("Sessions", readonly=True)
    create_uid = fields.Many2one("res.users", "By", readonly=True)
    create_date = fields.Datetime("On", readonly=True)

    @api.model
    def _erase(self, tokens, reason, date_to=None):
        """Take the personal columns off the sessions of ``tokens`` (those that started before ``date_to``).

        Energy, times and money stay: they are the operator's books. The tokens themselves are left to the caller.

        :return: the erasure record
        """
        if not reason or not reason.strip():
            raise UserError(
                self.env._("Say why the data is erased (the request's reference): the trace must be complete.")
            )
        tokens.company_id.ensure_one()
        erasure = self.create({"company_id": tokens.company_id.id, "reason": reason, "date_to": date_to})
        erasure.flush_recordset()
        self.env.cr.execute("SELECT set_config('ev_cpms.erasure', %s, true)", [str(erasure.id)])
        self.env.cr.execute(
            """UPDATE ev_cdr
                  SET token_uid = NULL, token_id = NULL, authorization_reference = NULL, signed_data = NULL
                WHERE company_id = %(company)s AND (token_id = ANY(%(tokens)s) OR upper(token_uid) = ANY(%(uids)s))
                  AND (%(date_to)s::timestamp IS NULL OR date_start < %(date_to)s::timestamp)""",
            {
                "company": tokens.company_id.id,
                "tokens": tokens.ids,
                "uids": [uid.upper() for uid in tokens.mapped("uid")],
                "date_to": date_to or None,
            },
        )
        erasure.cdr_count = self.env.cr.rowcount
        self.env.cr.execute("SELECT set_config('ev_cpms.erasure', '', true)")
        self.env["ev.cdr"].invalidate_model()
        self.env["ev.cdr.quarantine"].sudo()._erase_tokens(tokens)
        return erasure
