"""The released file of a batch, over HTTP: the same bytes every time, and a line of the trail each time."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import content_disposition, request


class EvPaymentFile(http.Controller):
    @http.route("/ev_sepa/batch/<int:batch_id>/file", type="http", auth="user")
    def download(self, batch_id):
        batch = request.env["ev.payment.batch"].browse(batch_id).exists()
        if not batch:
            raise NotFound
        try:
            name, content = batch._download()
        except AccessError as error:
            raise NotFound from error
        except UserError as error:
            return request.make_response(str(error), [("Content-Type", "text/plain; charset=utf-8")], status=409)
        headers = [
            ("Content-Type", "application/xml"),
            ("Content-Disposition", content_disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(content, headers)
