"""The released file of a batch, over HTTP: the same bytes every time."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request

from ..models.ev_payment_batch import APPROVER, MAKER


class EvPaymentFile(http.Controller):
    @http.route("/ev_sepa/batch/<int:batch_id>/file", type="http", auth="user", readonly=True)
    def download(self, batch_id):
        batch = request.env["ev.payment.batch"].browse(batch_id).exists()
        user = request.env.user
        if not batch or not (user.has_group(MAKER) or user.has_group(APPROVER)):
            raise NotFound
        try:
            batch.check_access("read")
        except AccessError as error:
            raise NotFound from error
        if not batch.sudo().file_id:
            raise NotFound
        try:
            content = batch.sudo()._get_content()
        except UserError as error:
            return request.make_response(str(error), [("Content-Type", "text/plain; charset=utf-8")], status=409)
        headers = [
            ("Content-Type", "application/xml"),
            ("Content-Disposition", content_disposition(batch.sudo().file_id.name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
