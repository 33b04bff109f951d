from odoo import api, fields, models

from ..ingest import is_storable, parse_utc, storable

# A scanner that tries random identities must not fill the database.
MAX_CANDIDATES = 1000


class EvStationCandidate(models.Model):
    """An identity that knocked at the bridge and is not a station of ours (yet): accept it or ignore it."""

    _name = "ev.station.candidate"
    _description = "Unknown Station"
    _rec_name = "identity"
    _order = "last_seen desc, id desc"

    identity = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, index=True, readonly=True)
    first_seen = fields.Datetime(readonly=True)
    last_seen = fields.Datetime(readonly=True)
    count = fields.Integer("Attempts", readonly=True, aggregator=None)
    remote = fields.Char("From Address", readonly=True)
    ignored = fields.Boolean()

    _identity_uniq = models.Constraint("UNIQUE(identity, company_id)", "This identity is already listed.")

    @api.model
    def _note(self, entries):
        """Create or refresh candidates from the bridge's list; return them. Known stations are left out."""
        company = self.env.company
        wanted = {}
        for entry in entries:
            identity = entry.get("identity")
            if isinstance(identity, str) and identity.strip() and is_storable(identity) and len(identity) <= 255:
                wanted[identity.strip()] = entry
        known = self.env["ev.station"].with_context(active_test=False).search([("identity", "in", list(wanted))])
        for identity in known.mapped("identity"):
            wanted.pop(identity, None)
        found = self.search([("identity", "in", list(wanted)), ("company_id", "=", company.id)])
        by_identity = {candidate.identity: candidate for candidate in found}
        room = MAX_CANDIDATES - self.search_count([("company_id", "=", company.id)])
        for identity, entry in wanted.items():
            seen = parse_utc(entry.get("at")) or fields.Datetime.now()
            vals = {
                "last_seen": seen,
                "count": min(entry["count"], 2**31 - 1) if isinstance(entry.get("count"), int) else 1,
                "remote": storable(str(entry.get("remote") or ""))[:255],
            }
            if candidate := by_identity.get(identity):
                candidate.write(vals)
            elif room > 0:
                room -= 1
                found |= self.create(dict(vals, identity=identity, company_id=company.id, first_seen=seen))
        return found

    def action_ignore(self):
        self.ignored = True

    def action_restore(self):
        self.ignored = False
