"""What was approved does not change, and what was sent stays: the database itself refuses, whoever asks.

Frozen from `approved` on: payments and their documents. Frozen from `released` on: the file, its ids, its fingerprint. The
trail is never changed at all. Going back to draft is a change of the batch's state, which is free as long as there is no file.
"""

from odoo import models

GUARD_FUNCTIONS = ("ev_sepa_guard_batch", "ev_sepa_guard_line", "ev_sepa_guard_item", "ev_sepa_guard_event")

_BATCH = """
CREATE OR REPLACE FUNCTION ev_sepa_guard_batch() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    facts text[] := ARRAY['name', 'company_id', 'journal_id', 'kind', 'rail', 'currency_id'];
    fact text;
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.state IN ('draft', 'checked') AND NOT EXISTS (
            SELECT 1 FROM ev_payment_event e WHERE e.batch_id = OLD.id AND e.routine IS NOT TRUE
        ) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'Payment batch % is % and has a past: deleting it is refused.', OLD.name, OLD.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF OLD.state NOT IN ('draft', 'checked') AND NEW.state NOT IN ('draft', 'checked') THEN
        facts := facts || ARRAY['profile_id', 'execution_date', 'digest', 'approved_by_id', 'approved_at'];
    END IF;
    IF OLD.message_id IS NOT NULL THEN
        facts := facts || ARRAY['message_id', 'file_id', 'file_sha256', 'released_by_id', 'released_at'];
        IF NEW.state IN ('draft', 'checked', 'approved') OR OLD.state = 'cancelled' AND NEW.state != 'cancelled' THEN
            RAISE EXCEPTION 'Payment batch % has a file: it cannot become %.', OLD.name, NEW.state
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    FOREACH fact IN ARRAY facts LOOP
        IF to_jsonb(OLD) -> fact IS DISTINCT FROM to_jsonb(NEW) -> fact THEN
            RAISE EXCEPTION 'Payment batch % is %: its % cannot change.', OLD.name, OLD.state, fact
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END
$guard$
"""
# Payments and their documents ask the batch; a batch that is being deleted as a draft is gone already.
_FROZEN = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    loose CONSTANT text[] := ARRAY[{loose}];
    before jsonb;
    after jsonb;
    batch record;
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) -> '{parent}' IS DISTINCT FROM to_jsonb(NEW) -> '{parent}' THEN
        RAISE EXCEPTION 'What belongs to a payment stays there: % of % is refused.', '{parent}', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    SELECT b.name, b.state INTO batch FROM ev_payment_batch b {join} WHERE {owner} = {key};
    IF batch.state IS NULL OR batch.state IN ('draft', 'checked') THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        before := to_jsonb(OLD) - loose;
        after := to_jsonb(NEW) - loose;
        {once}
        IF before = after THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Payment batch % is %: % on its % is refused.', batch.name, batch.state, TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$
"""
_LINE = {
    "function": "ev_sepa_guard_line",
    "loose": "'state', 'live', 'payment_id', 'status_code', 'reason_code', 'reason', 'verification', 'verified_name', "
    "'booked_on', 'returned_on', 'hold_code', 'hold_note', 'advised_at', 'notified_at', 'notified_for', 'mail_problem', "
    "'status_file_id', 'contradicted', "
    "'write_date', 'write_uid'",
    "parent": "batch_id",
    "join": "",
    "owner": "b.id",
    "key": "COALESCE(NEW.batch_id, OLD.batch_id)",
    # set once, when the file is written; merged contacts are one partner (`base_partner_merge`)
    "once": """IF current_setting('ev_sepa.merging', true) = 'on' THEN
            before := before - 'partner_id';
            after := after - 'partner_id';
        END IF;
        IF before ->> 'block_id' IS NULL THEN
            before := before - 'block_id';
            after := after - 'block_id';
        END IF;""",
}
_ITEM = {
    "function": "ev_sepa_guard_item",
    "loose": "'live', 'write_date', 'write_uid'",
    "parent": "line_id",
    "join": "JOIN ev_payment_line l ON l.batch_id = b.id",
    "owner": "l.id",
    "key": "COALESCE(NEW.line_id, OLD.line_id)",
    "once": "",
}
_EVENT = """
CREATE OR REPLACE FUNCTION ev_sepa_guard_event() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT 1 FROM ev_payment_batch b WHERE b.id = OLD.batch_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The trail of a payment batch is what happened: % is refused.', TG_OP
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$
"""
_TRIGGER = """
DROP TRIGGER IF EXISTS {table}_guard ON {table};
CREATE TRIGGER {table}_guard BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
"""


def _guard(env, table, function, body, events):
    env.cr.execute(body)
    env.cr.execute(_TRIGGER.replace("{table}", table).replace("{function}", function).replace("{events}", events))


def _fill(template, values):
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", value)
    return template


class EvPaymentBatch(models.Model):
    _inherit = "ev.payment.batch"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, "ev_sepa_guard_batch", _BATCH, "UPDATE OR DELETE")
        return result


class EvPaymentLine(models.Model):
    _inherit = "ev.payment.line"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, _LINE["function"], _fill(_FROZEN, _LINE), "INSERT OR UPDATE OR DELETE")
        return result


class EvPaymentItem(models.Model):
    _inherit = "ev.payment.item"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, _ITEM["function"], _fill(_FROZEN, _ITEM), "INSERT OR UPDATE OR DELETE")
        return result


class EvPaymentEvent(models.Model):
    _inherit = "ev.payment.event"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, "ev_sepa_guard_event", _EVENT, "UPDATE OR DELETE")
        return result
