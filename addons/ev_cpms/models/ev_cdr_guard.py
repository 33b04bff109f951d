"""A CDR is a fact (design invariant 2): the ORM and the database both refuse to change one.

The one exception is erasing personal data: an ``ev.cdr.erasure`` record names who asked and why, and while its id is in
the session variable ``ev_cpms.erasure`` the trigger lets exactly the personal columns go to NULL, nothing else.
"""

from odoo import api, models
from odoo.exceptions import UserError

GUARD_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_cdr_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    personal CONSTANT text[] := ARRAY['token_uid', 'token_id', 'authorization_reference', 'signed_data'];
    erasure text := nullif(current_setting('ev_cpms.erasure', true), '');
BEGIN
    IF TG_OP = 'UPDATE' AND erasure IS NOT NULL
       AND EXISTS (SELECT 1 FROM ev_cdr_erasure WHERE id = erasure::int)
       AND to_jsonb(NEW) - personal = to_jsonb(OLD) - personal
       AND NEW.token_uid IS NULL AND NEW.token_id IS NULL
       AND NEW.authorization_reference IS NULL AND NEW.signed_data IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A CDR is a fact: % on ev_cdr is refused. Correct it with a credit CDR and a replacement CDR.', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$
"""
GUARD_TRIGGERS = """
DROP TRIGGER IF EXISTS ev_cdr_immutable_row ON ev_cdr;
CREATE TRIGGER ev_cdr_immutable_row BEFORE UPDATE OR DELETE ON ev_cdr
    FOR EACH ROW EXECUTE FUNCTION ev_cdr_refuse_change();
DROP TRIGGER IF EXISTS ev_cdr_immutable_table ON ev_cdr;
CREATE TRIGGER ev_cdr_immutable_table BEFORE TRUNCATE ON ev_cdr
    FOR EACH STATEMENT EXECUTE FUNCTION ev_cdr_refuse_change();
"""


class EvCdr(models.Model):
    _inherit = "ev.cdr"

    # Nothing below calls super(): refusing is all there is to do.
    # pylint: disable=method-required-super

    def init(self):
        self.env.cr.execute(GUARD_FUNCTION)
        self.env.cr.execute(GUARD_TRIGGERS)
        return super().init()

    @api.model_create_multi
    def create(self, vals_list):
        raise UserError(
            self.env._("Sessions come in through ingest (a bridge or an import), so that none is lost or doubled.")
        )

    def write(self, vals):
        raise UserError(
            self.env._("A session is a fact and cannot be changed: correct it with a credit CDR and a replacement CDR.")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A session is a fact and cannot be deleted: take it back with a credit CDR."))

    def copy(self, default=None):
        raise UserError(self.env._("A session happened once and cannot be duplicated."))
