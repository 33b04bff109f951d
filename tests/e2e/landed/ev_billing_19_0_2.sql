-- Turns a database of today's ev_billing back into what 19.0.2.0.0 had landed with, its data included. Only what an upgrade could
-- stumble over is turned back; new tables and rights are simply taken away.
DROP TABLE IF EXISTS ev_run_contract, ev_finding, ev_finding_rule, ev_cdr_hold, ev_site_metering, ev_site_energy_report,
    ev_statement_contest_cdr_rel, ev_statement_contest CASCADE;
ALTER TABLE ev_statement DROP COLUMN run_id, DROP COLUMN pdf_attachment_id, DROP COLUMN sent_at, DROP COLUMN sent_by_id,
    DROP COLUMN send_message_id, DROP COLUMN send_problem, DROP COLUMN send_state, DROP COLUMN access_token;
DROP TABLE ev_run CASCADE;
ALTER TABLE ev_contract_term_version DROP COLUMN backdated_reason, DROP COLUMN backdated_at;
ALTER TABLE ev_site DROP COLUMN metering_point;
ALTER TABLE res_company DROP COLUMN ev_run_mode, DROP COLUMN ev_run_since, DROP COLUMN ev_human_limit;

-- The queue of jobs was no dependency yet.
UPDATE ir_module_module SET state = 'uninstalled', latest_version = NULL WHERE name = 'queue_job';
UPDATE ir_module_module SET latest_version = '19.0.2.0.0' WHERE name = 'ev_billing';
