"""The batch on paper and in a spreadsheet: what was paid to whom, who made and approved it, and the file's fingerprint."""

import csv
import io
from decimal import Decimal

from odoo import models
from odoo.exceptions import AccessError
from odoo.tools import format_date, format_datetime, formatLang

from .ev_payment_exact import exact_amounts

# More lines than this are on the sheet as sums per partner: the PDF engine takes 15 seconds for a thousand lines.
MOST_LINES = 300
READERS = ("account.group_account_invoice", "account.group_account_readonly")
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    # ------------------------------------------------------------------- sheet

    def _get_sheet_data(self):
        """What the printed sheet shows, as texts."""
        self.ensure_one()
        amounts = exact_amounts(self.env, "ev_payment_line", (self.line_ids | self.held_ids).ids)
        lines = self.line_ids
        short = len(lines) <= MOST_LINES
        return {
            "facts": self._get_sheet_facts(sum((amounts[line.id] for line in lines), Decimal(0))),
            "lines": [self._describe_line(line, amounts[line.id]) for line in lines] if short else [],
            "partners": [] if short else self._get_partner_sums(lines, amounts),
            "too_many": not short,
            "held": [self._describe_line(line, amounts[line.id]) for line in self.held_ids[:MOST_LINES]],
            "held_more": max(len(self.held_ids) - MOST_LINES, 0),
            "findings": self.finding_ids[:MOST_LINES],
            "total": self._money(sum((amounts[line.id] for line in lines), Decimal(0))),
            "steps": [(event.step, event.user_id.name, self._moment(event.date)) for event in self._get_sheet_steps()],
        }

    def _get_sheet_facts(self, total):
        """[(label, text)] of the head."""
        labels = {name: dict(self._fields[name]._description_selection(self.env)) for name in ("kind", "rail", "state")}
        facts = [
            (self.env._("Kind"), f"{labels['kind'][self.kind]}, {labels['rail'][self.rail]}"),
            (self.env._("Bank"), f"{self.journal_id.name}, {self.journal_id.bank_account_id.acc_number}"),
            (self.env._("Execution"), format_date(self.env, self.execution_date)),
            (self.env._("Status"), labels["state"][self.state]),
            (self.env._("Payments"), str(self.line_count)),
            (self.env._("Total"), self._money(total)),
            (self.env._("Made by"), ", ".join(self.maker_ids.mapped("name"))),
            (self.env._("Approved by"), self._sign(self.approved_by_id, self.approved_at)),
            (self.env._("Released by"), self._sign(self.released_by_id, self.released_at)),
            (self.env._("Message id"), self.message_id or ""),
            (self.env._("SHA-256 of the file"), self.file_sha256 or ""),
            (self.env._("Fingerprint of the payments"), self.digest or ""),
        ]
        return [(label, text) for label, text in facts if text]

    def _get_sheet_steps(self):
        return self.event_ids[-50:]

    def _get_partner_sums(self, lines, amounts):
        """[(partner, payments, sum)], the largest first; beyond the limit one row for all others."""
        sums = {}
        for line in lines:
            count, amount = sums.get(line.partner_id, (0, Decimal(0)))
            sums[line.partner_id] = count + 1, amount + amounts[line.id]
        ranked = sorted(sums.items(), key=lambda entry: (-entry[1][1], entry[0].id))
        rows = [(partner.name, count, self._money(amount)) for partner, (count, amount) in ranked[:MOST_LINES]]
        if rest := ranked[MOST_LINES:]:
            others = self.env._("%s others", len(rest))
            rows.append((others, sum(count for _p, (count, _a) in rest), self._money(sum(a for _p, (_c, a) in rest))))
        return rows

    def _describe_line(self, line, amount):
        return {
            "number": line.number,
            "partner": line.account_name or line.partner_id.name,
            "account": line.iban or line.account_number or "",
            "documents": ", ".join(line.item_ids.mapped("move_id.name")),
            "mandate": " ".join(filter(None, [line.mandate_reference, line.sequence])),
            "amount": self._money(amount),
            "hold": line.hold_note or "",
        }

    def _money(self, amount):
        return f"{formatLang(self.env, float(amount), digits=2)} {self.currency_id.name}"

    def _moment(self, moment):
        return format_datetime(self.env, moment, tz=self.company_id._get_ev_zone().key) if moment else ""

    def _sign(self, user, moment):
        return f"{user.name}, {self._moment(moment)}" if user else ""

    # --------------------------------------------------------------------- CSV

    def action_export_csv(self):
        """Download the payments for a spreadsheet."""
        self.ensure_one()
        self._check_sheet_reader()
        return {"type": "ir.actions.act_url", "url": f"/ev_sepa/batch/{self.id}/lines.csv", "target": "download"}

    def _check_sheet_reader(self):
        if not any(self.env.user.has_group(group) for group in READERS):
            raise AccessError(self.env._("Batches are read by accountants and auditors."))
        self.check_access("read")

    def _make_csv(self):
        """The payments and those held back as CSV: semicolons, UTF-8 with a byte order mark, amounts with a point.

        :rtype: bytes
        """
        self.ensure_one()
        lines = self.line_ids | self.held_ids
        amounts = exact_amounts(self.env, "ev_payment_line", lines.ids)
        output = io.StringIO(newline="")
        writer = csv.writer(output, delimiter=";")
        writer.writerow(self._get_csv_head())
        for line in lines:
            writer.writerow([_harmless(cell) for cell in self._get_csv_row(line, amounts[line.id])])
        return output.getvalue().encode("utf-8-sig")

    def _get_csv_head(self):
        return [
            self.env._("Batch"), self.env._("Number"), self.env._("End-to-End Id"), self.env._("Partner"), self.env._("Account"),
            self.env._("BIC"), self.env._("Amount"), self.env._("Currency"), self.env._("Remittance"), self.env._("Documents"),
            self.env._("Mandate"), self.env._("Sequence Type"), self.env._("Execution"), self.env._("Status"),
            self.env._("Why It Is Held"),
        ]  # fmt: skip

    def _get_csv_row(self, line, amount):
        states = dict(line._fields["state"]._description_selection(self.env))
        return [
            self.name, line.number, line.end_to_end_id, line.account_name or line.partner_id.name or "",
            line.iban or line.account_number or "", line.bic or "", amount, self.currency_id.name, line.remittance or "",
            ", ".join(line.item_ids.mapped("move_id.name")), line.mandate_reference or "", line.sequence or "",
            self.execution_date.isoformat(), states[line.state], line.hold_note or "",
        ]  # fmt: skip


def _harmless(cell):
    """A text that no spreadsheet runs as a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell
