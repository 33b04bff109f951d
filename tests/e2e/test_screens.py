"""Every role opens its screens in a real browser: they show what they should, and the console stays clean."""

import pytest
from conftest import DATABASE, MONTH, make_stack
from playwright.sync_api import expect
from waiting import wait_until

from demo import scenario
from demo.month_end import run_month_end


@pytest.fixture(scope="module")
def stack(settings, postgres, tmp_path_factory):
    """Return a stack that has billed a small month."""
    with make_stack(settings, postgres, tmp_path_factory.mktemp("screens"), f"{DATABASE}_screens") as stack:
        stack.odoo.start()
        stack.bridge.start()
        client = stack.client("accountant")
        sessions = scenario.month_of_sessions(MONTH, per_evse=4)
        fleet = stack.fleet("fleet")
        fleet.start(scenario.STATIONS, sessions, stay=True)
        try:
            wait_until(lambda: client.call("ev.cdr", "search_count", []) >= len(sessions), "all sessions")
            run_month_end(client, 1, MONTH)
            yield stack
        finally:
            fleet.stop()


def expect_visible(locator):
    expect(locator).to_be_visible()


def expect_text(locator, text):
    expect(locator).to_contain_text(text)


def test_technician_sees_the_stations_by_status(visit):
    page = visit("technician", "/odoo/charging-stations")
    expect_visible(page.locator(".o_kanban_record", has_text="BEL-AC-1"))
    expect_text(page.locator(".o_kanban_group", has=page.get_by_text("Available", exact=True)), "CON-DC-1")
    expect_visible(page.locator(".o_kanban_group", has_text="Offline"))


def test_technician_opens_a_session_and_its_curve(visit):
    page = visit("technician", "/odoo/charging-sessions")
    page.locator(".o_data_row", has_text="Confluence Mall").first.click()
    expect_visible(page.locator(".o_ev_curve canvas"))
    expect_text(page.locator(".o_ev_curve"), "Europe/Paris")
    page.get_by_role("tab", name="Origin").click()
    expect_text(page.locator("[name=raw_reference]"), "journal:")


def test_technician_compares_sites_in_the_pivot_and_the_graph(visit):
    page = visit("technician", "/odoo/charging-sessions?view_type=pivot")
    expect_text(page.locator(".o_content .o_pivot"), "Hôtel Bellecour")
    page.locator(".o_switch_view.o_graph").click()
    expect_visible(page.locator(".o_graph_canvas_container canvas"))


def of_confluence(stack, login, model):
    """Return the mall's first record of a model: the host at day-ahead prices."""
    return stack.client(login).search_read(model, [("partner_id.name", "=", scenario.CONFLUENCE)], ["name"], limit=1)[0]


def test_accountant_reads_a_statement_and_why_a_session_costs_what_it_does(visit, stack):
    statement = of_confluence(stack, "accountant", "ev.statement")
    page = visit("accountant", f"/odoo/action-ev_billing.ev_statement_action/{statement['id']}")
    expect_text(page.locator(".o_form_view"), statement["name"])
    expect_text(page.locator(".o_form_view"), "Energy reimbursement at spot")
    page.locator("button[name=action_open_charges]").click()
    page.locator(".o_data_row", has_text="Energy rei").first.locator("button[name=action_explain]").click()
    expect_text(page.locator(".modal"), "Day-ahead FR")
    expect_text(page.locator(".modal"), "equal to what is stored")


def test_accountant_opens_the_cockpit_and_from_its_numbers_the_records(visit, stack):
    cockpit = stack.client("accountant").call("ev.run", "get_cockpit", 1, f"{MONTH:%Y-%m}")
    total = cockpit["proof"]["parts"][0]
    assert total["count"] and cockpit["proof"]["adds_up"]
    page = visit("accountant", "/odoo/close-cockpit")
    expect_text(page.locator(".o_ev_cockpit_header"), cockpit["month_name"])
    expect_text(page.locator("[data-part=total]"), str(total["count"]))
    expect_text(page.locator(".o_ev_cockpit_proof"), "adds up")
    expect_visible(page.locator(".o_ev_cockpit_kinds canvas"))
    documented = next(stage for stage in cockpit["stages"] if stage["key"] == "documented")
    assert documented["count"] == documented["of"] > 0
    page.locator("[data-stage=documented] .o_ev_cockpit_count button").click()
    expect(page.locator(".o_list_view .o_data_row")).to_have_count(documented["count"])
    page.locator(".o_breadcrumb").get_by_text("Close Cockpit").click()
    expect_text(page.locator(".o_ev_cockpit_header"), cockpit["month_name"])
    page.get_by_role("button", name="Month before").click()
    expect(page.locator(".o_ev_cockpit_header")).not_to_contain_text(cockpit["month_name"])


def test_contract_admin_reads_terms_as_sentences(visit, stack):
    contract = of_confluence(stack, "contracts", "ev.contract")
    page = visit("contracts", f"/odoo/action-ev_billing.ev_contract_action/{contract['id']}")
    expect_text(page.locator(".o_form_view"), "Credit Day-ahead FR x 1.02 + 0.0215 EUR per kWh, from 1 Jan 2024")


def test_contract_admin_finds_both_ways_from_the_list(visit):
    page = visit("contracts", "/odoo/action-ev_billing.ev_contract_action")
    page.get_by_role("button", name="New, Step by Step").click()
    expect_text(page.locator(".modal"), "Counterparty")
    page.locator(".modal .btn-close").click()
    page.locator(".o_data_row", has_text=scenario.CONFLUENCE).locator("input[type=checkbox]").check()
    page.get_by_role("button", name="Simulate").click()
    expect_visible(page.locator("[name=contract_ids]", has_text=scenario.CONFLUENCE))


def test_contract_admin_sees_prices_as_a_line(visit, stack):
    index = stack.client("contracts").search_read("ev.price.index", [("code", "=", "FR-DA")], ["name"])[0]
    page = visit("contracts", f"/odoo/action-ev_billing.ev_price_index_action/{index['id']}")
    expect_text(page.locator(".o_form_view"), "Day-ahead FR")
    page.locator(".oe_stat_button", has_text="Values").click()
    expect_visible(page.locator(".o_graph_canvas_container canvas, .o_list_view .o_data_row").first)


def test_host_finds_its_documents_in_the_portal(visit):
    page = visit("host", "/my/invoices")
    expect_text(page.locator("body"), "INV/")
    expect(page.locator("body")).not_to_contain_text(scenario.CONFLUENCE)


def test_a_stranger_gets_the_login_page(browser, stack):
    page = browser.new_page()
    page.goto(f"{stack.odoo.url}/odoo/charging-sessions")
    expect_visible(page.locator("input[name=login]"))
    page.close()
