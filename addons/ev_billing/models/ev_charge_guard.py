"""What is approved does not change: the database itself refuses, whoever asks (design invariant 4).

The triggers on charges and lines run once per statement of SQL, not once per row, so that a million charges cost nothing.
They refuse from `approved` on; going back to draft is a change of the statement's state, which its own trigger allows as long
as there are no documents.
"""

from odoo import models

GUARD_FUNCTIONS = (
    "ev_billing_guard_rows",
    "ev_billing_guard_statement",
    "ev_billing_guard_tariff",
    "ev_billing_guard_truncate",
    "ev_billing_guard_version",
)

_ROWS_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_rows() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    statement text;
BEGIN
    SELECT s.name INTO statement FROM ev_statement s
     WHERE s.state NOT IN ('draft', 'control') AND s.id IN (SELECT DISTINCT statement_id FROM changed) LIMIT 1;
    IF statement IS NOT NULL THEN
        RAISE EXCEPTION 'Statement % is approved: % on % is refused.', statement, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$guard$
"""
_ROWS_TRIGGERS = """
DROP TRIGGER IF EXISTS {table}_guard_insert ON {table};
CREATE TRIGGER {table}_guard_insert AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_rows();
DROP TRIGGER IF EXISTS {table}_guard_update ON {table};
CREATE TRIGGER {table}_guard_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_rows();
DROP TRIGGER IF EXISTS {table}_guard_move ON {table};
CREATE TRIGGER {table}_guard_move AFTER UPDATE ON {table}
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_rows();
DROP TRIGGER IF EXISTS {table}_guard_delete ON {table};
CREATE TRIGGER {table}_guard_delete AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_rows();
"""
# A change of payment only moves documented <-> settled; nothing else of a documented statement's facts may move.
_STATEMENT_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_statement() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    facts CONSTANT text[] := ARRAY['name', 'contract_id', 'company_id', 'currency_id', 'partner_id', 'period_start',
        'period_end', 'total_charge', 'total_credit', 'total', 'session_count', 'energy_kwh', 'inputs_hash', 'index_revisions',
        'prices_from', 'prices_to', 'trued_up'];
    fact text;
BEGIN
    IF OLD.state IN ('draft', 'control') THEN
        RETURN COALESCE(NEW, OLD);
    END IF;
    IF TG_OP = 'DELETE' OR (OLD.state IN ('documented', 'settled') AND NEW.state NOT IN ('documented', 'settled')) THEN
        RAISE EXCEPTION 'Statement % is %: % is refused.', OLD.name, OLD.state, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    FOREACH fact IN ARRAY facts LOOP
        IF to_jsonb(OLD) -> fact IS DISTINCT FROM to_jsonb(NEW) -> fact THEN
            RAISE EXCEPTION 'Statement % is %: its % cannot change.', OLD.name, OLD.state, fact
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END
$guard$
"""
_STATEMENT_TRIGGER = """
DROP TRIGGER IF EXISTS ev_statement_guard ON ev_statement;
CREATE TRIGGER ev_statement_guard BEFORE UPDATE OR DELETE ON ev_statement
    FOR EACH ROW EXECUTE FUNCTION ev_billing_guard_statement();
"""
_TRUNCATE_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_truncate() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    statement text;
BEGIN
    SELECT s.name INTO statement FROM ev_statement s WHERE s.state NOT IN ('draft', 'control') LIMIT 1;
    IF statement IS NOT NULL THEN
        RAISE EXCEPTION 'Statement % is approved: % on % is refused.', statement, TG_OP, TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$guard$
"""
_TRUNCATE_TRIGGER = """
DROP TRIGGER IF EXISTS {table}_guard_truncate ON {table};
CREATE TRIGGER {table}_guard_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION ev_billing_guard_truncate();
"""
# `date_to` moves when the next version begins; everything else of a version that closed charges used stays. So do its bands, its
# tiers and its filters: whatever hangs on it says in its trigger's argument which column names the version.
_VERSION_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_version() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    loose CONSTANT text[] := ARRAY['date_to', 'write_date', 'write_uid'];
    named CONSTANT text := TG_ARGV[0];
    statement text;
    versions int[];
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - loose = to_jsonb(NEW) - loose THEN
        RETURN NEW;
    END IF;
    IF TG_OP != 'INSERT' THEN
        versions := array_append(versions, (to_jsonb(OLD) ->> named)::int);
    END IF;
    IF TG_OP != 'DELETE' THEN
        versions := array_append(versions, (to_jsonb(NEW) ->> named)::int);
    END IF;
    SELECT s.name INTO statement FROM ev_charge c JOIN ev_statement s ON s.id = c.statement_id
     WHERE c.version_id = ANY(versions) AND s.state NOT IN ('draft', 'control') LIMIT 1;
    IF statement IS NOT NULL THEN
        RAISE EXCEPTION 'Statement % was made with terms version %: % on % is refused.', statement, versions, TG_OP,
            TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$guard$
"""
_VERSION_TRIGGER = """
DROP TRIGGER IF EXISTS {table}_guard ON {table};
CREATE TRIGGER {table}_guard BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION ev_billing_guard_version('{column}');
"""
_VERSION_FILTERS = ("profile", "site", "station", "token", "emsp")
# A tariff that closed charges were priced by stays as it is.
_TARIFF_FUNCTION = """
CREATE OR REPLACE FUNCTION ev_billing_guard_tariff() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    statement text;
BEGIN
    IF TG_OP = 'UPDATE' AND ROW(OLD.document, OLD.currency_id) IS NOT DISTINCT FROM ROW(NEW.document, NEW.currency_id) THEN
        RETURN NEW;
    END IF;
    SELECT s.name INTO statement FROM ev_contract_term_version v JOIN ev_charge c ON c.version_id = v.id
      JOIN ev_statement s ON s.id = c.statement_id
     WHERE v.tariff_id = OLD.id AND s.state NOT IN ('draft', 'control') LIMIT 1;
    IF statement IS NOT NULL THEN
        RAISE EXCEPTION 'Statement % was made with tariff %: % is refused.', statement, OLD.name, TG_OP
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$guard$
"""
_TARIFF_TRIGGER = """
DROP TRIGGER IF EXISTS ev_tariff_guard ON ev_tariff;
CREATE TRIGGER ev_tariff_guard BEFORE UPDATE OR DELETE ON ev_tariff
    FOR EACH ROW EXECUTE FUNCTION ev_billing_guard_tariff();
"""


def _guard_version(env, table, column, events="INSERT OR UPDATE OR DELETE"):
    """Install the trigger that keeps what hangs on a billed version."""
    trigger = _VERSION_TRIGGER.replace("{events}", events).replace("{column}", column)
    env.cr.execute(_VERSION_FUNCTION)
    env.cr.execute(trigger.replace("{table}", table))


def _guard(env, table, function, trigger):
    """Install the row triggers of ``table`` and the one that minds TRUNCATE, which fires no other."""
    for sql in (function, trigger, _TRUNCATE_FUNCTION, _TRUNCATE_TRIGGER):
        env.cr.execute(sql.replace("{table}", table))


class EvStatement(models.Model):
    _inherit = "ev.statement"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, _STATEMENT_FUNCTION, _STATEMENT_TRIGGER)
        return result


class EvStatementLine(models.Model):
    _inherit = "ev.statement.line"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, _ROWS_FUNCTION, _ROWS_TRIGGERS)
        return result


class EvCharge(models.Model):
    _inherit = "ev.charge"

    def init(self):
        result = super().init()
        _guard(self.env, self._table, _ROWS_FUNCTION, _ROWS_TRIGGERS)
        return result


class EvContractTermVersion(models.Model):
    _inherit = "ev.contract.term.version"

    def init(self):
        result = super().init()
        _guard_version(self.env, self._table, "id", "UPDATE OR DELETE")
        for filtered in _VERSION_FILTERS:
            _guard_version(self.env, f"{self._table}_{filtered}_rel", "ev_contract_term_version_id")
        return result


class EvPriceBand(models.Model):
    _inherit = "ev.price.band"

    def init(self):
        result = super().init()
        _guard_version(self.env, self._table, "version_id")
        return result


class EvPriceTier(models.Model):
    _inherit = "ev.price.tier"

    def init(self):
        result = super().init()
        _guard_version(self.env, self._table, "version_id")
        return result


class EvTariff(models.Model):
    _inherit = "ev.tariff"

    def init(self):
        result = super().init()
        self.env.cr.execute(_TARIFF_FUNCTION)
        self.env.cr.execute(_TARIFF_TRIGGER)
        return result
