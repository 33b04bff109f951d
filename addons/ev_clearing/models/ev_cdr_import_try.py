"""Looking before leaping: the same path as the import, in a savepoint that is rolled back."""

from itertools import islice

from markupsafe import Markup, escape

from odoo import models
from odoo.exceptions import UserError

from ..exchange.item import badge_of, make_item
from ..exchange.line import ExchangeError, LineError

PREVIEW = 20
PROBLEMS = 200
BADGES = {"stored": "success", "duplicate": "secondary", "quarantined": "warning", "error": "danger"}


class _Undo(Exception):
    """Nothing of what was tried is kept."""


class EvCdrImport(models.Model):
    _inherit = "ev.cdr.import"

    def _preview(self):
        """Keep a table of what the first lines would become.

        :raise UserError: the file cannot be read
        """
        self = self._in_company()
        try:
            lines = list(islice(self.profile_id._open(self._get_attachment()), PREVIEW))
        except ExchangeError as error:
            raise UserError(str(error)) from error
        if not lines:
            raise UserError(self.env._("The file has no lines below its headers."))
        rows = self._undone(lambda: self._try_lines(lines))
        self.write({"state": "previewed", "preview": rows, "message": False})

    def _undone(self, attempt):
        """The result of ``attempt``, with everything it wrote taken back."""
        found = []
        try:
            with self.env.cr.savepoint():
                found.append(attempt())
                raise _Undo
        except _Undo:
            self.env.invalidate_all(flush=False)
            return found[0]

    def _try_lines(self, lines):
        """[{number, id, ...}] of what each line would become."""
        made = [line if isinstance(line, LineError) else make_item(line) for line in lines]
        good = [(line, item) for line, item in zip(lines, made, strict=True) if not isinstance(item, LineError)]
        items = iter(self._ingest([item for _line, item in good], [badge_of(line) for line, _item in good]))
        return [
            self._tell_error(item) if isinstance(item, LineError) else self._tell_item(line, next(items))
            for line, item in zip(lines, made, strict=True)
        ]

    def _tell_error(self, error):
        return {
            "number": error.number,
            "id": error.id,
            "state": "error",
            "reason": error.message,
            "column": error.column,
        }

    def _tell_item(self, line, item):
        told = {
            "number": line.number,
            "id": line.id,
            "state": item.status,
            "reason": item.reason.reason if item.reason else "",
            "start": line.start.strftime("%Y-%m-%d %H:%M"),
            "kwh": f"{line.energy_wh / 1000:.3f}",
            "amount": f"{line.amount} {line.currency or ''}".strip() if line.amount is not None else "",
            "sent": line.evse_id or f"{line.station} / {line.evse}",
            "badge": line.token_uid or line.contract_id or "",
        }
        if item.row:
            evse = self.env["ev.evse"].browse(item.row.evse_id)
            told |= {
                "site": evse.station_id.site_id.display_name,
                "evse": evse.display_name,
                "token": self.env["ev.token"].browse(item.row.token_id).display_name if item.row.token_id else "",
                "partner": self.env["res.partner"].browse(item.row.partner_id).display_name
                if item.row.partner_id
                else "",
            }
        return told

    # ----------------------------------------------------------------- dry run

    def _enqueue_dry_run(self):
        self.checking = True
        self.with_delay(identity_key=self._identity("dry-run"), description=f"Try {self.file_name}")._job_dry_run()

    def _job_dry_run(self):
        """Take in the whole file, count, and take it all back."""
        if not self.exists() or not self.checking:
            return
        record = self._in_company()
        try:
            result = record._undone(record._try_file)
        except ExchangeError as error:
            record.write({"checking": False, "state": "failed", "message": str(error)})
            return
        record.write({"checking": False, "state": "previewed", "check_result": result, "message": False})

    def _try_file(self):
        """{counts by state, the first problems} of the whole file, as of now."""
        count = self._stage_file()
        while self._take_chunk():
            pass
        lines = self.env["ev.cdr.import.line"]
        problems = lines.search_read(
            [("import_id", "=", self.id), ("state", "in", ("error", "quarantined"))],
            ["number", "external_id", "state", "column_name", "reason"],
            limit=PROBLEMS,
            order="number",
        )
        return {"lines": count, "counts": lines._count(self)[self.id], "problems": problems}

    # --------------------------------------------------------------- rendering

    def _render_preview(self):
        rows = self.preview or []
        if not rows:
            return False
        heads = (
            self.env._("Line"),
            self.env._("Session"),
            self.env._("Would Be"),
            self.env._("Start (UTC)"),
            self.env._("kWh"),
            self.env._("Amount"),
            self.env._("Place as Sent"),
            self.env._("Site and EVSE"),
            self.env._("Badge"),
            self.env._("Partner"),
        )
        body = [
            (
                row["number"],
                row["id"] or "",
                self._render_state(row),
                row.get("start", ""),
                row.get("kwh", ""),
                row.get("amount", ""),
                row.get("sent", ""),
                " · ".join(filter(None, (row.get("site"), row.get("evse")))),
                row.get("token") or row.get("badge", ""),
                row.get("partner", ""),
            )
            for row in rows
        ]
        return _table(heads, body)

    def _render_state(self, row):
        """A badge, and below it why."""
        words = self._get_state_words()
        badge = Markup('<span class="badge text-bg-%s">%s</span>') % (BADGES[row["state"]], words[row["state"]])
        if not row.get("reason"):
            return badge
        column = Markup("<b>%s</b>: ") % row["column"] if row.get("column") else Markup("")
        return badge + Markup('<div class="small text-muted" style="min-width: 16rem">%s%s</div>') % (
            column,
            row["reason"],
        )

    def _get_state_words(self):
        return dict(self.env["ev.cdr.import.line"]._fields["state"]._description_selection(self.env))

    def _render_check(self):
        result = self.check_result
        if not result:
            return False
        words = self._get_state_words()
        counts = Markup(" · ").join(
            Markup("<b>%s</b> %s") % (f"{result['counts'][state]:,}", words[state].lower())
            for state in BADGES
            if result["counts"].get(state)
        )
        told = Markup("<p>%s</p>") % (
            Markup("%s: ") % self.env._("%s lines, nothing was stored. They would be", f"{result['lines']:,}") + counts
        )
        if not result["problems"]:
            return told
        body = [
            (problem["number"], problem["external_id"] or "",
             self._render_state({**problem, "column": problem["column_name"]}))
            for problem in result["problems"]
        ]  # fmt: skip
        return told + _table((self.env._("Line"), self.env._("Session"), self.env._("Would Be")), body)


def _table(heads, rows):
    head = Markup("").join(Markup("<th>%s</th>") % cell for cell in heads)
    body = Markup("").join(
        Markup("<tr>%s</tr>") % Markup("").join(Markup("<td>%s</td>") % _cell(cell) for cell in row) for row in rows
    )
    return Markup(
        '<div class="table-responsive"><table class="table table-sm table-hover"><thead><tr>%s</tr></thead>'
        "<tbody>%s</tbody></table></div>"
    ) % (head, body)


def _cell(cell):
    """Names and numbers stay on one line, sentences break."""
    return cell if isinstance(cell, Markup) else Markup('<span class="text-nowrap">%s</span>') % escape(cell)
