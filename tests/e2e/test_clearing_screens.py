"""A control window as its two sides see it, in a real browser: the eMSP disputes and approves, the accountant answers."""

import pytest
from conftest import DATABASE, MONTH, make_stack
from playwright.sync_api import expect
from waiting import wait_until

from demo import scenario
from demo.month_end import release


@pytest.fixture(scope="module")
def stack(settings, postgres, tmp_path_factory):
    """Return a stack whose small month is released: the eMSP's control window is open."""
    with make_stack(settings, postgres, tmp_path_factory.mktemp("clearing"), f"{DATABASE}_clearing") as stack:
        stack.odoo.start()
        stack.bridge.start()
        client = stack.client("accountant")
        sessions = scenario.month_of_sessions(MONTH, per_evse=4)
        fleet = stack.fleet("fleet")
        fleet.start(scenario.STATIONS, sessions)
        try:
            wait_until(lambda: client.call("ev.cdr", "search_count", []) >= len(sessions), "all sessions")
            release(client, 1, MONTH)
            yield stack
        finally:
            fleet.stop()


def read_statement(stack, *fields):
    domain = [("partner_id.name", "=", scenario.EMSP)]
    [statement] = stack.client("accountant").search_read("ev.statement", domain, list(fields))
    return statement


def test_the_window_from_both_sides(visit, stack):
    before = read_statement(stack, "name", "state", "total", "shown_count")
    assert (before["state"], before["shown_count"] > 2) == ("control", True)
    dispute(visit, before)
    answer(visit, stack)
    approve(visit, before)
    wait_until(lambda: read_statement(stack, "state")["state"] == "documented", "the documents")
    after = read_statement(stack, "total", "open_dispute_count", "window_answer_by")
    assert after["total"] < before["total"], "one disputed session waits"
    assert (after["open_dispute_count"], scenario.EMSP in after["window_answer_by"]) == (1, True)


def dispute(visit, statement):
    """The partner comes from its home page and disputes two sessions."""
    page = visit("emsp", "/my")
    page.get_by_text("Charging statements to check").click()
    page.get_by_role("link", name=statement["name"]).click()
    page.get_by_role("link", name="Check the sessions").click()
    expect(page.locator("[name=count]")).to_have_text(str(statement["shown_count"]))
    # some sessions cost nothing
    page.locator("#least").fill("1")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("[name=count]")).not_to_have_text(str(statement["shown_count"]))
    for number in (0, 1):
        page.locator("input[name=cdr]").nth(number).check()
    page.locator("#reason").select_option("energy")
    page.locator("#comment").fill("Our driver's car says less.")
    page.get_by_role("button", name="Dispute these sessions").click()
    expect(page.locator(".alert-success")).to_contain_text("2 sessions are disputed")
    expect(page.locator(".badge", has_text="disputed")).to_have_count(2)


def answer(visit, stack):
    """The accountant lets one charge stand, with the words of a template."""
    page = visit("accountant", "/odoo/action-ev_clearing.ev_dispute_action")
    expect(page.locator(".o_data_row")).to_have_count(2)
    page.locator(".o_data_row td[name=external_id]").first.click()
    page.get_by_role("button", name="Charge Stands").click()
    expect(page.locator(".modal [name=answer] textarea")).to_have_value(
        "We compared the session with the readings of the calibrated meter: start, end and energy are as charged. "
        "The readings are in the list of sessions."
    )
    page.get_by_role("button", name="Answer and Tell the Partner").click()
    expect(page.locator(".modal")).to_have_count(0)
    assert stack.client("accountant").call("ev.dispute", "search_count", [("outcome", "=", "stands")]) == 1


def approve(visit, statement):
    """The partner reads the answer and approves the rest."""
    page = visit("emsp", f"/my/ev/statements/{statement['id']}/sessions")
    expect(page.locator("body")).to_contain_text("Charge Stands")
    page.get_by_role("button", name="Approve all that is not disputed").click()
    expect(page.locator(".alert-secondary")).to_contain_text("The control window is closed")
    expect(page.get_by_role("button", name="Approve all that is not disputed")).to_have_count(0)
