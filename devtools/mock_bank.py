"""An independent bank (PyPI `mock-bank`) as a process of its own: it decides on our files by rules that are not ours."""

import json
import urllib.error
import urllib.request

from .process import Server


class MockBank(Server):
    """A running bank: it holds our account, and those of others that somebody opens.

    :param port: name of its port (`Settings.port`)
    """

    name = "The mock bank"

    def __init__(self, settings, port):
        self.settings, self.port = settings, settings.port(port)
        self.log_path = settings.runtime / "logs" / "bank.log"
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self, clock=None):
        """Start with an empty book.

        :param clock: the bank's own moment, naive UTC; now, where it is None
        """
        command = [str(self.settings.python), "-m", "mockbank", "--quiet", "--port", str(self.port)]
        self.launch([*command, "--clock", f"{clock:%Y-%m-%dT%H:%M}"] if clock else command, seconds=30)

    # ----------------------------------------------------------- what we ask of it

    def open_account(self, identifier, iban, name, balance="100000.00"):
        """An account with enough on it; ours is `OURS`."""
        account = {
            "id": identifier,
            "iban": iban,
            "name": name,
            "balance": int(balance.replace(".", "")),
            "currency": "EUR",
        }
        self._demand(201, "POST", "/_mock/accounts", account)

    def behave(self, behaviour, account="OURS", **parameters):
        """Have it return, refuse or lose what comes next, see `mock-bank --help`."""
        self._demand(200, "PATCH", f"/_mock/accounts/{account}", {"behaviour": behaviour, "parameters": parameters})

    def send(self, content):
        """Hand a payment file in; return (HTTP status, what the bank says)."""
        status, text = self._ask("POST", "/payments", content)
        return status, json.loads(text)

    def validate(self, content):
        """What the bank's own rules find in a file."""
        return self._ask("POST", "/_mock/validate", content)[1]

    def receive(self, cents, payer, note, iban=""):
        """Somebody pays us; the bank cuts the text at 35 characters, wherever that falls."""
        credit = {"account": "OURS", "amount": cents, "debtor": {"name": payer, "iban": iban}, "note": note, "wrap": 35}
        self._demand(201, "POST", "/_mock/credits", credit)

    def refuse(self, end_to_end_id, reason):
        """The bank of a debtor says no to a collection."""
        self._demand(200, "POST", f"/_mock/collections/{end_to_end_id}/refuse", {"reason": reason})

    def pass_days(self, days):
        """Let time go by at the bank."""
        self._demand(200, "POST", f"/_mock/advance?days={days}")

    def collect(self, kind):
        """The messages of a kind that wait for us, as bytes, oldest first."""
        _status, text = self._ask("GET", f"/_mock/mailbox?type={kind}")
        return [message["body"].encode() for message in json.loads(text)]

    def _demand(self, expected, method, path, body=None):
        status, text = self._ask(method, path, body)
        if status != expected:
            raise ValueError(f"The mock bank refuses {method} {path}: {text}")

    def _ask(self, method, path, body=None):
        """Send a request; return (HTTP status, text)."""
        content = json.dumps(body).encode() if isinstance(body, dict) else body
        request = urllib.request.Request(self.url + path, data=content, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
