"""The whole path of a big month: sessions read from PostgreSQL, rated under three terms and stored as charges.

    python -m tests.bench.statement SESSIONS ODOO-OPTIONS

One term is indexed with the day-ahead price: each session of two hours crosses eight quarter-hours, with a reading every quarter.
The limit is a bare COPY of the very rows that came out into a table like `ev_charge`, with its columns, indexes, checks and
foreign keys. Prints one JSON object: {"sessions", "charges", "seconds", "copy_seconds", "peak_mb"}; the peak is this process's.
"""

import io
import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

MONTH = datetime(2026, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

SESSIONS = """
INSERT INTO ev_cdr (company_id, source, external_id, content_hash, received_at, site_id, station_id, evse_id, power_type, kind,
                    date_start, date_stop, energy_wh, energy_kwh, meter_start_wh, meter_stop_wh, readings, charging_seconds,
                    idle_seconds, credit)
SELECT %(company)s, 'bench', 'bench-' || i, 'x', now() AT TIME ZONE 'utc', %(site)s, %(station)s, %(evse)s, 'ac', 'local',
       to_timestamp(at) AT TIME ZONE 'utc', to_timestamp(at + 6600) AT TIME ZONE 'utc', wh, wh / 1000.0, 1000, 1000 + wh,
       jsonb_build_array(
         jsonb_build_array(at, 1000), jsonb_build_array(at + 600, 1000 + wh / 11), jsonb_build_array(at + 1500, 1000 + wh / 6),
         jsonb_build_array(at + 2400, 1000 + wh / 4), jsonb_build_array(at + 3300, 1000 + wh / 3),
         jsonb_build_array(at + 4200, 1000 + wh / 2), jsonb_build_array(at + 5100, 1000 + wh * 2 / 3),
         jsonb_build_array(at + 6000, 1000 + wh * 3 / 4), jsonb_build_array(at + 6600, 1000 + wh)),
       6600, 0, FALSE
  FROM (SELECT i, %(first)s + (i %% 2700) * 900 + 600 AS at, 8000 + i %% 30011 AS wh FROM generate_series(1, %(count)s) i) made
"""


def make_month(env, count):
    """The operator, its index and its sessions; the contract of three terms."""
    partner = env["res.partner"].create({"name": "Bench Host", "is_company": True, "email": "bench@host.example"})
    host = [(0, 0, {"partner_id": partner.id, "date_from": "2020-01-01"})]
    site = env["ev.site"].create({"name": "Bench", "tz": "Europe/Paris", "host_ids": host})
    evse = [(0, 0, {"number": 1, "power_type": "ac"})]
    station = env["ev.station"].create(
        {"identity": "BENCH", "site_id": site.id, "date_commissioned": "2020-01-01", "evse_ids": evse}
    )
    index = env["ev.price.index"].create(
        {"name": "Day-ahead", "code": "BENCH", "currency_id": site.company_id.currency_id.id}
    )
    begin = int((MONTH - timedelta(days=1)).timestamp())
    index._store_values(
        [(begin + 900 * n, begin + 900 * (n + 1), Decimal(40 + n % 97), True) for n in range(96 * 34)], "bench"
    )
    prices = (
        (
            "Energy",
            "credit",
            "kwh",
            {"price_kind": "indexed", "index_id": index.id, "index_factor": 1.05, "index_adder": 0.012},
        ),
        ("Start", "charge", "session", {"price": 0.35}),
        ("Operation", "charge", "kwh", {"price": 0.0185}),
    )
    contract = env["ev.contract"].create(
        {
            "partner_id": partner.id,
            "date_start": MONTH.date(),
            "credit_document": "statement",
            "term_ids": [
                (
                    0,
                    0,
                    {
                        "name": name,
                        "direction": direction,
                        "basis": basis,
                        "version_ids": [(0, 0, {"date_from": MONTH.date(), **price})],
                    },
                )
                for name, direction, basis, price in prices
            ],  # fmt: skip
        }
    )
    contract.action_activate()
    env.flush_all()
    env.cr.execute(
        SESSIONS,
        {
            "company": site.company_id.id,
            "site": site.id,
            "station": station.id,
            "evse": station.evse_ids.id,
            "first": int((MONTH + timedelta(hours=1)).timestamp()),
            "count": count,
        },
    )
    env.cr.commit()
    env.cr.execute("ANALYZE ev_cdr")
    return contract


def copy_bare(env, statement):
    """Seconds for a bare COPY of the statement's charges into a table like theirs."""
    columns = [
        name for name, field in env["ev.charge"]._fields.items() if field.store and field.column_type and name != "id"
    ]
    names = ", ".join(columns)
    env.cr.execute("DROP TABLE IF EXISTS bench_charge; CREATE TABLE bench_charge (LIKE ev_charge INCLUDING ALL)")
    env.cr.execute("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'ev_charge'::regclass "
                   "AND contype = 'f'")  # fmt: skip
    for name, definition in env.cr.fetchall():
        env.cr.execute(f'ALTER TABLE bench_charge ADD CONSTRAINT "{name}" {definition}')
    text = io.StringIO()
    env.cr.copy_expert(f"COPY (SELECT {names} FROM ev_charge WHERE statement_id = {statement.id}) TO STDOUT", text)
    text.seek(0)
    env.cr.commit()
    began = time.perf_counter()
    env.cr.copy_expert(f"COPY bench_charge ({names}) FROM STDIN", text)
    env.cr.commit()
    seconds = time.perf_counter() - began
    env.cr.execute("DROP TABLE bench_charge")
    env.cr.commit()
    return seconds


def main(count, options):
    import odoo
    from odoo.modules.registry import Registry

    odoo.tools.config.parse_config(options, setup_logging=True)
    with Registry(odoo.tools.config["db_name"][0]).cursor() as cr:
        env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {"tracking_disable": True, "mail_create_nolog": True})
        contract = make_month(env, count)
        began = time.perf_counter()
        statement = env["ev.statement"]._prepare_month(contract.company_id, 2026, 3, contract)
        env.cr.commit()
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        env.cr.execute("SELECT count(*) FROM ev_charge WHERE statement_id = %s", [statement.id])
        [charges] = env.cr.fetchone()
        if statement.blocking_message or statement.gap_ids or charges != 3 * count or statement.session_count != count:
            raise AssertionError(
                f"{statement.blocking_message} {statement.gap_ids.mapped('name')} {charges} of {3 * count}"
            )
        copied = copy_bare(env, statement)
    return {
        "sessions": count,
        "charges": charges,
        "seconds": round(seconds, 2),
        "copy_seconds": round(copied, 2),
        "peak_mb": round(peak),
    }


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), sys.argv[2:])))
