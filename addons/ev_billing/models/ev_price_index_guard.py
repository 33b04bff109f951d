"""Values of a price index are facts: the database itself refuses to change them, whoever asks.

A row is added once, without an end of its life; that end (`revision_to`) is written once. Current values of one index do not
overlap: checked once per statement of SQL over the time it touched, since PostgreSQL's own exclusion constraint would need an
extension. Values last a year at most, which bounds how far back an overlap can begin.
"""

from odoo import models

PRICE_INDEX_GUARD_FUNCTIONS = (
    "ev_billing_guard_index_value",
    "ev_billing_guard_index_overlap",
    "ev_billing_guard_index",
)

_VALUE_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_index_value() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    closed_by int;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        closed_by := NEW.revision_to;
        NEW.revision_to := NULL;
        IF OLD.revision_to IS NULL AND closed_by IS NOT NULL AND OLD IS NOT DISTINCT FROM NEW THEN
            NEW.revision_to := closed_by;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'Values of price indexes are kept as they are: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$guard$
"""
_VALUE_TRIGGERS = """
DROP TRIGGER IF EXISTS ev_price_index_value_guard ON ev_price_index_value;
CREATE TRIGGER ev_price_index_value_guard BEFORE UPDATE OR DELETE ON ev_price_index_value
    FOR EACH ROW EXECUTE FUNCTION ev_billing_guard_index_value();
DROP TRIGGER IF EXISTS ev_price_index_value_guard_truncate ON ev_price_index_value;
CREATE TRIGGER ev_price_index_value_guard_truncate BEFORE TRUNCATE ON ev_price_index_value
    FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_index_value();
"""
_OVERLAP_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_index_overlap() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    touched record;
    clash record;
BEGIN
    IF EXISTS (SELECT 1 FROM added WHERE revision_to IS NOT NULL OR date_end > date_start + interval '367 days') THEN
        RAISE EXCEPTION 'A value of a price index is current when it is added, and lasts a year at most.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    FOR touched IN SELECT index_id, min(date_start) AS first, max(date_end) AS last FROM added GROUP BY index_id LOOP
        SELECT * INTO clash FROM (
            SELECT date_start, date_end, lag(date_start) OVER later AS before_start, lag(date_end) OVER later AS before_end
              FROM ev_price_index_value
             WHERE index_id = touched.index_id AND revision_to IS NULL
               AND date_start >= touched.first - interval '367 days' AND date_start < touched.last
            WINDOW later AS (ORDER BY date_start)
        ) AS pair WHERE before_end > date_start LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'Price index %: the value from % to % overlaps the one from % to % (UTC).', touched.index_id,
                clash.date_start, clash.date_end, clash.before_start, clash.before_end
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NULL;
END
$guard$
"""
_OVERLAP_TRIGGER = """
DROP TRIGGER IF EXISTS ev_price_index_value_guard_overlap ON ev_price_index_value;
CREATE TRIGGER ev_price_index_value_guard_overlap AFTER INSERT ON ev_price_index_value
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_index_overlap();
"""
# A revision that went back would give two histories one number.
_INDEX_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_index() RETURNS trigger LANGUAGE plpgsql AS $guard$
BEGIN
    IF COALESCE(NEW.revision, 0) < COALESCE(OLD.revision, 0) THEN
        RAISE EXCEPTION 'Price index %: its revision cannot go back from % to %.', OLD.code, OLD.revision, NEW.revision
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$guard$
"""
_INDEX_TRIGGER = """
DROP TRIGGER IF EXISTS ev_price_index_guard ON ev_price_index;
CREATE TRIGGER ev_price_index_guard BEFORE UPDATE OF revision ON ev_price_index
    FOR EACH ROW EXECUTE FUNCTION ev_billing_guard_index();
"""


class EvPriceIndex(models.Model):
    _inherit = "ev.price.index"

    def init(self):
        result = super().init()
        for sql in (_INDEX_FUNCTION, _INDEX_TRIGGER):
            self.env.cr.execute(sql)
        return result


class EvPriceIndexValue(models.Model):
    _inherit = "ev.price.index.value"

    def init(self):
        result = super().init()
        for sql in (_VALUE_FUNCTION, _VALUE_TRIGGERS, _OVERLAP_FUNCTION, _OVERLAP_TRIGGER):
            self.env.cr.execute(sql)
        return result
