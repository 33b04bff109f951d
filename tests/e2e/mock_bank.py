"""An independent bank (PyPI `mock-bank`) as a process of its own: it decides on our files by rules that are not ours."""

import json
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager

from devtools.ports import wait_open


class MockBank:
    """A running bank: it holds our account, and those of others that a test opens."""

    def __init__(self, port):
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, path, body=None):
        """Send a request; return (HTTP status, text)."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.url + path, data=content, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def open_account(self, identifier, iban, name, balance="100000.00"):
        """An account with enough on it; ours is `OURS`."""
        account = {
            "id": identifier,
            "iban": iban,
            "name": name,
            "balance": int(balance.replace(".", "")),
            "currency": "EUR",
        }
        status, text = self.ask("POST", "/_mock/accounts", account)
        assert status == 201, text

    def behave(self, behaviour, account="OURS", **parameters):
        change = {"behaviour": behaviour, "parameters": parameters}
        status, text = self.ask("PATCH", f"/_mock/accounts/{account}", change)
        assert status == 200, text

    def send(self, content):
        """Hand a payment file in; return (HTTP status, what the bank says)."""
        status, text = self.ask("POST", "/payments", content)
        return status, json.loads(text)

    def validate(self, content):
        """What the bank's own rules find in a file."""
        return self.ask("POST", "/_mock/validate", content)[1]

    def pass_days(self, days):
        """Let time go by at the bank."""
        status, text = self.ask("POST", f"/_mock/advance?days={days}")
        assert status == 200, text

    def collect(self, kind):
        """The messages of a kind that wait for us, as bytes, oldest first."""
        _status, text = self.ask("GET", f"/_mock/mailbox?type={kind}")
        return [message["body"].encode() for message in json.loads(text)]


@contextmanager
def run_mock_bank(log):
    """A bank on a free port, for as long as the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mockbank", "--port", str(port)], stdout=output, stderr=subprocess.STDOUT
        )
        try:
            wait_open(port, process, 30, "the mock bank")
            yield MockBank(port)
        finally:
            process.terminate()
            process.wait(30)
