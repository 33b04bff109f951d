"""A person at Odoo, over XML-RPC: what the demo and the end-to-end tests do as the accountant."""

import base64
import xmlrpc.client

import requests

TIMEOUT = 60


class OdooClient:
    def __init__(self, url, database, login, password):
        self.url, self.database = url, database
        self.login, self.password = login, password
        common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common", allow_none=True)
        self.uid = common.authenticate(database, login, password, {})
        if not self.uid:
            raise PermissionError(f"Odoo at {url} does not know the login {login!r} with this password.")
        self.objects = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)

    def call(self, model, method, *arguments, **keywords):
        return self.objects.execute_kw(self.database, self.uid, self.password, model, method, list(arguments), keywords)

    def search_read(self, model, domain, fields, **options):
        return self.call(model, "search_read", domain, fields, **options)

    def download(self, path):
        """Return (file name, bytes) of what Odoo hands out at ``path``."""
        with requests.Session() as browser:
            login = {"db": self.database, "login": self.login, "password": self.password}
            browser.post(
                f"{self.url}/web/session/authenticate", json={"params": login}, timeout=TIMEOUT
            ).raise_for_status()
            answer = browser.get(self.url + path, timeout=TIMEOUT)
            answer.raise_for_status()
            return answer.headers["Content-Disposition"].rpartition("''")[2], answer.content

    def attachment(self, attachment_id):
        """Return an attachment's bytes."""
        return base64.b64decode(self.call("ir.attachment", "read", [attachment_id], ["datas"])[0]["datas"])
