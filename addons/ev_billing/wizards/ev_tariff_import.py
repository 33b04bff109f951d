import base64
import binascii

from odoo import fields, models
from odoo.exceptions import UserError

from ..rating.ocpi import OcpiError, parse, read_tariff, render, unwrapped

MAX_BYTES = 5_000_000


class EvTariffImport(models.TransientModel):
    """OCPI tariffs from a file: one object, a list of them, or a partner's whole answer."""

    _name = "ev.tariff.import"
    _description = "Import OCPI Tariffs"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    file = fields.Binary("OCPI JSON", required=True, attachment=False)
    file_name = fields.Char()

    def action_import(self):
        """Make or renew the file's tariffs, all of them or none; open them.

        :raises UserError: every problem of the file, with its place in it
        """
        self.ensure_one()
        self.env["ev.tariff"].check_access("create")
        tariffs = self.env["ev.tariff"]
        for number, document in enumerate(self._read_documents(), start=1):
            try:
                read = read_tariff(document)
            except OcpiError as error:
                raise UserError(
                    self.env._("Tariff %(number)s of the file: %(why)s", number=number, why=error)
                ) from error
            tariffs |= self._store(read, document)
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_billing.ev_tariff_action")
        return dict(action, domain=[("id", "in", tariffs.ids)])

    def _read_documents(self):
        try:
            content = base64.b64decode(self.file or b"", validate=True)
        except binascii.Error as error:
            raise UserError(self.env._("The file did not arrive whole: choose it again.")) from error
        if len(content) > MAX_BYTES:
            raise UserError(
                self.env._("The file has more than %s MB: no tariff list is that long.", MAX_BYTES // 1_000_000)
            )
        try:
            return unwrapped(parse(content.decode("utf-8-sig")))
        except UnicodeDecodeError as error:
            raise UserError(self.env._("The file is not text in UTF-8: give an OCPI tariff as JSON.")) from error
        except OcpiError as error:
            raise UserError(str(error)) from error

    def _store(self, read, document):
        """The tariff of that OCPI id: as it is where nothing changed, renewed where nothing was billed by it, else a new one."""
        currency = self.env["res.currency"].search([("name", "=", read.currency)])
        if not currency:
            raise UserError(
                self.env._(
                    "Tariff %(id)s is in %(currency)s: activate that currency first.",
                    id=read.id,
                    currency=read.currency,
                )
            )
        text = render(document)
        domain = [("company_id", "=", self.company_id.id), ("ocpi_id", "=", read.id), ("ocpi_id", "!=", False)]
        known = self.env["ev.tariff"].search(domain, order="id desc", limit=1)
        if known and known.document == text:
            return known
        values = {"document": text, "is_simple": False, "currency_id": currency.id}
        if known and not known._is_billed():
            known.write(values)
            return known
        owner = " ".join(filter(None, (read.country_code, read.party_id)))
        name = " ".join(filter(None, (owner, read.id or self.file_name or "OCPI tariff")))
        if known:
            name = self.env._("%(name)s (from %(day)s)", name=name, day=fields.Date.context_today(self))
        return known.create(dict(values, name=name, company_id=self.company_id.id))


class EvTariffExport(models.TransientModel):
    """A tariff as the JSON file a roaming partner reads."""

    _name = "ev.tariff.export"
    _description = "Export OCPI Tariff"

    tariff_id = fields.Many2one("ev.tariff", required=True)
    version = fields.Selection([("2.2.1", "OCPI 2.2.1"), ("2.3.0", "OCPI 2.3.0")], required=True, default="2.2.1")
    file = fields.Binary(readonly=True, attachment=False)
    file_name = fields.Char(readonly=True)

    def action_export(self):
        """Write the file and show it for download."""
        self.ensure_one()
        self.tariff_id.check_access("read")
        text = self.tariff_id._get_document(self.version)
        name = "".join(letter if letter.isalnum() else "-" for letter in self.tariff_id.ocpi_id or self.tariff_id.name)
        self.write({"file": base64.b64encode(text.encode()), "file_name": f"{name}_{self.version}.json"})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Export OCPI Tariff"),
        }
