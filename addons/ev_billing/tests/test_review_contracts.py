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
        self.assertEqual((sale.state, sale.date_end, sale.term_ids.is_sale), ("active", False, True))
        # after the days that were shared out it may end
        sale.term_ids.date_end = "2026-03-31"
        sale.date_end = "2026-03-31"
        self.assertEqual(str(sale.term_ids.version_ids.date_to), "2026-04-01")

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
        euros = self.company.currency_id
        self.assertEqual((contract.currency_id, index.currency_id, index.unit), (euros, euros, "mwh"))

    def test_a_tariff_keeps_the_currency_of_its_contract(self):
        tariff, dollars = self.make_tariff(), self.make_dollars()
        self.sell(("charge", "session", 0, {"price_kind": "tariff", "tariff_id": tariff.id}))
        with self.refused("Choose one in EUR"):
            tariff.currency_id = dollars
        self.assertEqual(tariff.currency_id, self.company.currency_id)

    # ---------------------------------------------------------------- bad input

    def add_term(self, contract, basis="kwh", **version):
        version = dict({"date_from": "2026-01-01", "price": 1}, **version)
        return self.env["ev.contract.term"].create(
            {
                "contract_id": contract.id,
                "name": "Extra",
                "direction": "charge",
                "basis": basis,
                "product_id": self.product.id,
                "version_ids": [Command.create(version)],
            }
        )

    def test_a_version_has_a_day_to_apply_on(self):
        contract = self.make_contract(("credit", "kwh", "0.10"))
        term = contract.term_ids
        term.date_end = "2026-01-31"
        with self.refused("would never apply"):
            term.version_ids.copy({"date_from": "2026-02-01"})
        term.date_end = False
        later = term.version_ids.copy({"date_from": "2026-03-01"})
        with self.refused("would never apply"):
            term.date_end = "2026-02-28"
        later.unlink()
        term.date_end = "2026-02-28"
        self.assertEqual(str(term.version_ids.date_to), "2026-03-01")

    def test_a_running_contract_has_no_term_without_a_price(self):
        term = {"name": "Nothing", "direction": "charge", "product_id": self.product.id}
        running = self.make_contract(("credit", "kwh", "0.10"))
        with self.refused("term Nothing has no price"):
            self.env["ev.contract.term"].create(dict(term, contract_id=running.id))
        with self.refused("term Nothing has no price"):
            running.write({"term_ids": [Command.create(term)]})
        draft = self.make_contract(("credit", "kwh", "0.10"), activate=False)
        self.env["ev.contract.term"].create(dict(term, contract_id=draft.id))
        with self.refused("term Nothing has no price"):
            draft.action_activate()
        self.assertEqual((len(running.term_ids), len(draft.term_ids), draft.state), (1, 2, "draft"))

    def test_a_contract_made_running_can_be_billed_and_sent(self):
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        contract = {"partner_id": nobody.id, "company_id": self.company.id, "date_start": "2026-01-01"}
        self.env["ev.contract"].create(dict(contract))
        with self.refused("has no terms"):
            self.env["ev.contract"].sudo().create(dict(contract, state="active"))
        term = {"name": "Fee", "basis": "month", "direction": "charge", "product_id": self.product.id}
        term["version_ids"] = [Command.create({"date_from": "2026-01-01", "price": 1})]
        with self.refused("nobody can be sent its documents"):
            self.env["ev.contract"].sudo().create(dict(contract, state="active", term_ids=[Command.create(term)]))
        self.assertEqual(self.env["ev.contract"].search([("partner_id", "=", nobody.id)]).mapped("state"), ["draft"])

    def test_figures_nobody_means(self):
        contract, index = self.make_contract(("credit", "kwh", "0.10"), start="2026-01-01"), self.make_index()
        indexed = {"price_kind": "indexed", "index_id": index.id}
        with self.refused("the index would not matter"):
            self.add_term(contract, **indexed, index_factor=0)
        with self.refused("a negative cap"):
            self.add_term(contract, **indexed, has_cap=True, cap=-0.05)
        free = self.add_term(contract, **indexed, has_cap=True, cap=0)
        self.assertEqual(contract.term_ids - free, contract.term_ids[:1], "only the cap of zero was taken")

    def test_a_one_off_lies_in_its_contract(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), start="2026-01-01")
        with self.refused("charged once, on 12/01/2025"):
            self.add_term(contract, "one_off", date_from="2025-12-01")
        once = self.add_term(contract, "one_off")
        with self.refused("the contract begins on 02/01/2026"):
            contract.date_start = "2026-02-01"
        self.assertEqual((str(contract.date_start), contract.term_ids[-1]), ("2026-01-01", once))

    def test_a_one_off_is_not_amended(self):
        contract = self.make_contract(("credit", "kwh", "0.10"), ("charge", "one_off", "250"))
        wizard = self.env["ev.contract.amend"]._open(contract)
        self.assertEqual(wizard.line_ids.term_id.mapped("basis"), ["kwh"])
        once = contract.term_ids.filtered(lambda term: term.basis == "one_off")
        line = dict(wizard._prepare_line(once.version_ids), price=300, chosen=True)
        wizard.line_ids = [Command.create(line)]
        with self.refused("add another term"):
            wizard.action_amend()

    def test_a_sale_gets_no_tiers_later(self):
        sale = self.sell(("charge", "kwh", "0.50"))
        tiers = [Command.create({"until": 0, "price": 1})]
        with self.refused("with tiers, what one session earns"):
            sale.term_ids.version_ids.copy({"date_from": "2026-06-01", "price_kind": "tiered", "tier_ids": tiers})
        self.assertEqual(sale.term_ids.version_ids.mapped("price_kind"), ["fixed"])

    def test_a_billed_band_is_refused_in_words(self):
        band = Command.create({"name": "Night", "price": 1, "hour_from": 0, "hour_to": 8})
        contract = self.make_contract(("credit", "kwh", "0.10", {"price_kind": "banded", "band_ids": [band]}))
        self.make_cdr("2026-03-10T08:00:00Z")
        self.prepare(2026, 3, contract).action_approve()
        with self.refused("so it stays as it is. Add a new version"):
            contract.term_ids.version_ids.band_ids.price = 2
        self.assertEqual(contract.term_ids.version_ids.band_ids.price, 1.0)

    def test_bands_and_tiers_changed_one_by_one_still_make_a_price(self):
        tiers = [Command.create({"until": until, "price": 1}) for until in (100, 0)]
        contract = self.make_contract(("credit", "kwh", 0, {"price_kind": "tiered", "tier_ids": tiers}))
        version = contract.term_ids.version_ids
        first, top = version.tier_ids.sorted(lambda tier: not tier.until)
        with self.refused("only the last one may be open"):
            first.until = 0
        with self.refused("above the last border have no price"):
            top.unlink()
        # as a form saves it: one after the other, right at the end
        version.tier_ids = [Command.update(top.id, {"until": 200}), Command.create({"until": 0, "price": 2})]
        self.assertEqual(sorted(version.tier_ids.mapped("until")), [0.0, 100.0, 200.0])
        bands = [
            Command.create({"name": n, "price": 1, "hour_from": a, "hour_to": a + 8}) for n, a in (("a", 0), ("b", 8))
        ]
        banded = {"price_kind": "banded", "band_ids": bands}
        contract = self.make_contract(("charge", "kwh", "0.10", banded))
        with self.refused("a.*b"):
            contract.term_ids.version_ids.band_ids[0].hour_to = 12
        self.assertEqual(contract.term_ids.version_ids.band_ids.mapped("hour_to"), [8.0, 16.0])

    # ------------------------------------------------------------------ profiles

    def make_profile_fee(self, basis, **badge):
        """A fee of 3.10 a month for badges of the visitors' profile; the badge changes to staff on the 22nd of March."""
        staff = self.env["ev.user.profile"].create({"name": "Staff", "code": "staff-review"})
        badge = self.make_token("04MOVED", "local", partner=self.emsp, profile=self.profile, **badge)
        fee = {"profile_ids": [Command.set(self.profile.ids)]}
        contract = self.sell(("charge", basis, "3.10", fee), role="client")
        row = {"date_from": "2026-03-22", "partner_id": self.emsp.id, "profile_id": staff.id}
        badge.write({"holder_ids": [Command.create(row)]})
        return contract

    def test_a_badge_fee_asks_for_the_profile_of_its_days(self):
        contract = self.make_profile_fee("badge_month")
        # February in full; 21 of March's 31 days: 3.10 x 21 / 31 = 2.10; April: staff only
        months = [self.prepare(2026, month, contract).total_charge for month in (2, 3, 4)]
        self.assertEqual(months, [3.1, 2.1, 0.0])

    def test_a_user_counts_once_a_day_under_any_profile(self):
        contract = self.make_profile_fee("user_month", emaid="FR-RHC-C1")
        self.make_token("04APP", "local", partner=self.emsp, profile=self.profile, emaid="FR-RHC-C1")
        # both badges visitors until the 21st: one user, 21 days; from the 22nd the first badge's profile, staff, counts
        self.assertEqual(self.prepare(2026, 3, contract).total_charge, 2.1)


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
