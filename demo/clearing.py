"""The eMSP's part of a month: it looks at its sessions on the portal, disputes two of them and approves the rest."""

import re

import requests

TIMEOUT = 60


class EmspPortal:
    """A partner in front of the portal: logs in, reads pages, sends their forms."""

    def __init__(self, url, login, password):
        self.url, self.login, self.password = url, login, password
        self.browser = requests.Session()

    def log_in(self):
        page = self._get("/web/login")
        self._post("/web/login", page, login=self.login, password=self.password)

    def open(self, statement):
        """The page of a statement's sessions, as HTML."""
        return self._get(f"/my/ev/statements/{statement}/sessions")

    def dispute(self, statement, page, session, reason, comment):
        return self._post(f"/my/ev/statements/{statement}/dispute", page, cdr=session, reason=reason, comment=comment)

    def approve(self, statement, page):
        return self._post(f"/my/ev/statements/{statement}/approve", page)

    def _get(self, path):
        answer = self.browser.get(self.url + path, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.text

    def _post(self, path, page, **values):
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        answer = self.browser.post(self.url + path, data={"csrf_token": token, **values}, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.text


def look_at_sessions(emsp, accountant):
    """Two sessions are disputed: on one the accountant answers at once that the charge stands, the other one waits for an answer.

    :param emsp: `EmspPortal`
    :param accountant: `OdooClient`
    """
    windows = [("state", "=", "control"), ("window_closed_at", "=", False)]
    for statement in accountant.call("ev.statement", "search", windows):
        emsp.log_in()
        page = emsp.open(statement)
        first, second = re.findall(r'name="cdr"\s+value="(\d+)"', page)[:2]
        emsp.dispute(statement, page, first, "energy", "The car took 2 kWh less.")
        page = emsp.dispute(statement, page, second, "unknown_token", "Our driver lost that badge a week before.")
        answer(accountant, statement, int(first))
        emsp.approve(statement, page)


def answer(accountant, statement, session):
    """The charge of one session stands."""
    [dispute] = accountant.call("ev.dispute", "search", [("statement_id", "=", statement), ("cdr_id", "=", session)])
    decision = {"dispute_ids": [(6, 0, [dispute])], "outcome": "stands"}
    accountant.call("ev.dispute.decide", "action_decide", [accountant.call("ev.dispute.decide", "create", decision)])
