"""Lists that a partner sends about a statement."""

import base64

from odoo import fields, models
from odoo.exceptions import UserError

# Bytes; a list of a million sessions has some 200 MB as JSON, but is sent to us by mail, not through a form.
MOST_BYTES = 50 * 1024**2
# Of one statement, through the portal.
MOST_FILES = 30


class EvStatement(models.Model):
    _inherit = "ev.statement"

    partner_file_ids = fields.One2many(
        "ev.partner.file", "statement_id", "Partner's Lists", readonly=True, groups="base.group_user"
    )
    partner_file_count = fields.Integer(
        "Their Lists", compute="_compute_partner_file_count", compute_sudo=True, groups="base.group_user"
    )

    def _compute_partner_file_count(self):
        counts = dict(
            self.env["ev.partner.file"]._read_group([("statement_id", "in", self.ids)], ["statement_id"], ["__count"])
        )
        for statement in self:
            statement.partner_file_count = counts.get(statement, 0)

    def action_open_partner_files(self):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("ev_clearing.ev_partner_file_action")
        context = {"default_statement_id": self.id} if len(self) == 1 else {}
        return dict(action, domain=[("statement_id", "in", self.ids)], context=context)

    def _receive_list(self, name, content, author=None, author_name=""):
        """Take in a partner's own list through the portal, and compare it. Who asks may see the statement.

        :param bytes content: the file
        :rtype: ev.partner.file
        :raises UserError: in a sentence for the partner
        """
        self.ensure_one()
        statement = self.sudo()
        statement._check_window_open()
        author_name = (author.name if author else author_name or "").strip()[:100]
        if not author_name:
            raise UserError(self.env._("Enter your name, so that we know whom to answer."))
        if not content:
            raise UserError(self.env._("Choose the file with your list of sessions."))
        if len(content) > MOST_BYTES:
            raise UserError(
                self.env._(
                    "The file is larger than %s MB: send it as a spreadsheet (.xlsx), or in two parts.",
                    MOST_BYTES // 1024**2,
                )
            )
        if len(statement.partner_file_ids.filtered(lambda one: one.source != "operator")) >= MOST_FILES:
            raise UserError(self.env._("You sent %s lists for this statement already: write us, please.", MOST_FILES))
        partner_file = statement.env["ev.partner.file"].create(
            {
                "statement_id": self.id,
                "profile_id": statement._choose_profile(content[:4096]).id,
                "file": base64.b64encode(content),
                "file_name": (name or "").strip()[:200] or self.env._("sessions"),
                "source": "portal" if author else "link",
                "author_id": author.id if author else False,
                "author_name": author_name,
            }
        )
        partner_file._start()
        return partner_file

    def _choose_profile(self, head):
        """The partner's own profile for this kind of file, or its only one; else the one that reads our own list.

        :param bytes head: how the file begins
        :rtype: ev.file.profile
        """
        kind = _find_kind(head)
        domain = [("usage", "=", "comparison"), ("company_id", "in", [False, self.company_id.id])]
        profiles = self.env["ev.file.profile"].sudo()
        own = profiles.search([*domain, ("partner_id", "=", self.partner_id.id)])
        fitting = own.filtered(lambda profile: profile.format == kind)
        preset = self.env.ref(f"ev_clearing.file_profile_compare_{kind}", raise_if_not_found=False)
        chosen = fitting[:1] or preset or profiles.search([*domain, ("partner_id", "=", False), ("format", "=", kind)])
        if not chosen:
            raise UserError(self.env._("We do not know how to read this file: write us, please."))
        return chosen[:1].sudo()


def _find_kind(head):
    """csv, xlsx or ocpi, by how a file begins."""
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return "ocpi" if text[:1] in (b"[", b"{") else "csv"
