"""A real browser in front of a stack: `visit` logs in and opens a page; errors on its console fail the test."""

import pytest
from playwright.sync_api import expect, sync_playwright

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
]
# Odoo asks for one optional file that Debian's package leaves out; a page that is left drops its requests.
HARMLESS = ("selfie_segmentation", "net::ERR_ABORTED", "Failed to fetch", "service-worker", "ServiceWorker")


@pytest.fixture(scope="module")
def browser(settings):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(settings.runtime / "bin" / "chromium"), args=CHROMIUM_OPTIONS
        )
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, stack):
    """Return a function that logs in and opens a path; errors on the console fail the test."""
    errors = []
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="en-GB", timezone_id="Europe/Paris")
    page = context.new_page()
    page.set_default_timeout(45_000)
    expect.set_options(timeout=30_000)
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))

    def open_as(login, path):
        # whoever was there before is gone: first the page, or an answer that is still on its way brings its session back
        page.goto("about:blank")
        context.clear_cookies()
        page.goto(f"{stack.odoo.url}/web/login")
        page.fill("input[name=login]", login)
        page.fill("input[name=password]", f"demo-{login}")
        page.click("button[type=submit]")
        page.wait_for_url(lambda url: "/login" not in url)
        page.goto(f"{stack.odoo.url}{path}")
        return page

    yield open_as
    context.close()
    serious = [error for error in errors if not any(word in error for word in HARMLESS)]
    assert not serious
