"""The payments of a batch as CSV."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError
from odoo.http import content_disposition, request


class EvPaymentSheet(http.Controller):
    @http.route("/ev_sepa/batch/<int:batch_id>/lines.csv", type="http", auth="user", readonly=True)
    def lines(self, batch_id):
        batch = request.env["ev.payment.batch"].browse(batch_id).exists()
        if not batch:
            raise NotFound
        try:
            batch._check_sheet_reader()
        except AccessError as error:
            raise NotFound from error
        headers = [
            ("Content-Type", "text/csv; charset=utf-8"),
            ("Content-Disposition", content_disposition(f"{batch.name}.csv")),
            ("X-Content-Type-Options", "nosniff"),
        ]
        return request.make_response(batch._make_csv(), headers)
