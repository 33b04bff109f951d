-- Turns a database of today's ev_billing back into what 19.0.1.0.0 had landed with, its data included: columns, indexes, guards.
-- Only what an upgrade could stumble over is turned back; the rest (new tables, new rights) is simply taken away.
DROP TABLE IF EXISTS ev_statement_gap, ev_price_band, ev_price_tier, ev_supply_contract, ev_price_index_value,
    ev_contract_term_version_token_rel, ev_contract_term_version_emsp_rel, ev_contract_token_rel CASCADE;
DROP TABLE IF EXISTS ev_tariff, ev_price_index CASCADE;

DROP INDEX ev_charge_cdr_term_uniq;
ALTER TABLE ev_charge DROP COLUMN kind, DROP COLUMN token_id, DROP COLUMN origin_id, DROP COLUMN counted,
    ALTER COLUMN site_id SET NOT NULL;
CREATE UNIQUE INDEX ev_charge_cdr_term_uniq ON ev_charge (cdr_id, term_id) WHERE cdr_id IS NOT NULL;
CREATE UNIQUE INDEX ev_charge_station_period_uniq ON ev_charge (term_id, station_id, period_start) WHERE cdr_id IS NULL;

ALTER TABLE ev_statement DROP COLUMN index_revisions, DROP COLUMN prices_from, DROP COLUMN prices_to,
    DROP COLUMN trued_up;
ALTER TABLE ev_statement_line DROP COLUMN is_average, DROP COLUMN provisional, DROP COLUMN origin_statement_id,
    ALTER COLUMN site_id SET NOT NULL;
ALTER TABLE ev_contract_term DROP COLUMN is_sale;
ALTER TABLE ev_site DROP COLUMN holiday_region;
ALTER TABLE ev_contract_term_version
    DROP COLUMN cap, DROP COLUMN floor, DROP COLUMN has_cap, DROP COLUMN has_floor, DROP COLUMN index_adder,
    DROP COLUMN index_factor, DROP COLUMN index_id, DROP COLUMN losses, DROP COLUMN negative_clause, DROP COLUMN negative_price,
    DROP COLUMN negative_text, DROP COLUMN only_used, DROP COLUMN period_cap, DROP COLUMN period_minimum, DROP COLUMN price_kind,
    DROP COLUMN quantity, DROP COLUMN tariff_id, DROP COLUMN tier_mode, ALTER COLUMN price SET NOT NULL;

-- The guards as they were: of a billed version, these facts alone.
CREATE OR REPLACE FUNCTION ev_billing_guard_version() RETURNS trigger LANGUAGE plpgsql AS $guard$
DECLARE
    statement text;
    version int;
BEGIN
    IF TG_TABLE_NAME = 'ev_contract_term_version' THEN
        IF TG_OP = 'UPDATE' AND ROW(OLD.term_id, OLD.date_from, OLD.price, OLD.power_type, OLD.kind, OLD.count_zero_energy)
            IS NOT DISTINCT FROM ROW(NEW.term_id, NEW.date_from, NEW.price, NEW.power_type, NEW.kind, NEW.count_zero_energy)
        THEN
            RETURN NEW;
        END IF;
        version := OLD.id;
    ELSIF TG_OP = 'INSERT' THEN
        version := NEW.ev_contract_term_version_id;
    ELSE
        version := OLD.ev_contract_term_version_id;
    END IF;
    SELECT s.name INTO statement FROM ev_charge c JOIN ev_statement s ON s.id = c.statement_id
     WHERE c.version_id = version AND s.state NOT IN ('draft', 'control') LIMIT 1;
    IF statement IS NOT NULL THEN
        RAISE EXCEPTION 'Statement % was made with terms version %: % on % is refused.', statement, version, TG_OP,
            TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END
$guard$;
DROP FUNCTION IF EXISTS ev_billing_guard_tariff CASCADE;

UPDATE ir_module_module SET latest_version = '19.0.1.0.0' WHERE name = 'ev_billing';
