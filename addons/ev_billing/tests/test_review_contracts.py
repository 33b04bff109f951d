"""What contracts refuse: billing a session twice, changing what shares were closed with, input that could never be billed."""

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import EvBillingCommon

ROAMING = {"uid": "04TEST02", "type": "RFID"}


@tagged("post_install", "-at_install")
class TestReviewContracts(EvBillingCommon):
    def sell(self, *terms, **values):
        return self.make_contract(*terms, partner=self.emsp, role=values.pop("role", "emsp"), **values)

    def make_tariff(self):
        return self.env["ev.tariff"].create(
            {
                "name": "T",
                "price_kwh": 0.5,
                "company_id": self.company.id,
                "currency_id": self.company.currency_id.id,
            }
        )

    def make_index(self):
        return self.env["ev.price.index"].create(
            {"name": "DA", "code": "DA-R", "company_id": self.company.id, "currency_id": self.company.currency_id.id}
        )

    def share(self):
        """March's revenue share of the host, approved: 10 % of what 10 kWh were sold for."""
        host = self.make_contract(("credit", "revenue", "10"))
        self.make_cdr("2026-03-10T08:00:00Z", token=ROAMING)
        march = self.prepare(2026, 3, host)
        march.action_approve()
        return march

    def make_dollars(self):
        dollars = self.env.ref("base.USD")
        dollars.active = True
        return dollars

    def refused(self, words, error=UserError):
        """The write inside is refused with those words, and leaves nothing behind."""
        return _Refused(self, words, error)

    # -------------------------------------------------------- one buyer a session

    def test_a_partner_is_not_billed_as_client_and_as_emsp(self):
        first, second = self.sell(("charge", "kwh", "0.50")), self.sell(("charge", "kwh", "0.40"), role="client")
        self.make_cdr("2026-03-10T08:00:00Z", token=ROAMING)
        # both would bill the 10 kWh: 5.00 and 4.00
        self.assertIn("end one of them", self.prepare(2026, 3, first).blocking_message)
        self.assertIn("end one of them", self.prepare(2026, 3, second).blocking_message)

    def test_what_a_client_paid_no_emsp_pays_again(self):
        other = self.make_token("04OTHER", "local", partner=self.emsp)
        client = self.sell(("charge", "kwh", "0.40"), role="client", token_ids=[Command.set(self.roaming.ids)])
        self.make_cdr("2026-03-10T08:00:00Z", token=ROAMING)
        self.prepare(2026, 3, client).action_approve()
        client.token_ids = other
        # no badge in common any more, but its March is paid
        emsp = self.sell(("charge", "kwh", "0.50"), token_ids=[Command.set(self.roaming.ids)])
        self.assertIn("already billed to contract", self.prepare(2026, 3, emsp).blocking_message)

    # ------------------------------------------------------- revenue that is shared

    def test_the_tariff_of_a_shared_sale_stays(self):
        tariff = self.make_tariff()
        self.sell(("charge", "session", 0, {"price_kind": "tariff", "tariff_id": tariff.id}))
        # 10 x 0.50 = 5.00, of which 10 %
        self.assertEqual(self.share().total_credit, 0.5)
        with self.refused("stays as it is"):
            tariff.price_kwh = 5

    def test_the_bands_of_a_shared_sale_stay(self):
        band = {"name": "Day", "price": 1, "hour_from": 0, "hour_to": 24}
        sale = self.sell(("charge", "kwh", "0.10", {"price_kind": "banded", "band_ids": [Command.create(band)]}))
        # 10 x 1.00 = 10.00, of which 10 %
        self.assertEqual(self.share().total_credit, 1.0)
        version = sale.term_ids.version_ids
        with self.refused("from 04/01/2026 at the earliest"):
            version.band_ids.price = 9
        with self.refused("from 04/01/2026 at the earliest"):
            version.band_ids.unlink()
        with self.refused("from 04/01/2026 at the earliest"):
            self.env["ev.price.band"].create(dict(band, version_id=version.id))

    def test_a_shared_sale_stays_a_sale(self):
        sale = self.sell(("charge", "kwh", "0.50"))
        self.share()
        with self.refused("Sale of the Session cannot change"):
            sale.term_ids.is_sale = False
        with self.refused("shared out up to"):
            sale.date_end = "2026-03-01"
        with self.refused("shared out up to"):
            sale.term_ids.date_end = "2026-03-01"
        with self.refused("from 04/01/2026 at the earliest"):
            sale.term_ids.unlink()
        with self.refused("it stays"):
            sale.action_reset_to_draft()
        sale.term_ids.date_end = "2026-03-31"
        sale.date_end = "2026-03-31"

    # ---------------------------------------------------------------- currencies

    def test_a_contract_keeps_the_currency_of_its_index(self):
        index, dollars = self.make_index(), self.make_dollars()
        contract = self.make_contract(("credit", "kwh", 0, {"price_kind": "indexed", "index_id": index.id}))
        with self.refused("Choose an index in USD"):
            contract.currency_id = dollars
        with self.refused("makes the price of"):
            index.currency_id = dollars
        with self.refused("makes the price of"):
            index.unit = "kwh"

    def test_a_tariff_keeps_the_currency_of_its_contract(self):
        tariff, dollars = self.make_tariff(), self.make_dollars()
        self.sell(("charge", "session", 0, {"price_kind": "tariff", "tariff_id": tariff.id}))
        with self.refused("Choose one in EUR"):
            tariff.currency_id = dollars


class _Refused:
    """`assertRaisesRegex` inside a savepoint, with pending writes flushed."""

    def __init__(self, case, words, error):
        self._case, self._raises = case, case.assertRaisesRegex(error, words)

    def __enter__(self):
        self._raises.__enter__()
        self._savepoint = self._case.env.cr.savepoint()
        self._savepoint.__enter__()

    def __exit__(self, kind, error, trace):
        if error is None:
            self._case.env.flush_all()
        self._savepoint.__exit__(kind, error, trace)
        self._case.env.invalidate_all()
        return self._raises.__exit__(kind, error, trace)
