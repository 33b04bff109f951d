from odoo.tests import tagged

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingHeld(EvFindingCommon):
    """What is held does not come back by itself: every later month asks again."""

    def hold(self, cdr, decided, state="held"):
        cdr._hold(state, "waits for the meter photo")
        cdr.ev_hold_ids.sudo().write({"decided_at": decided})
        return cdr

    def test_held_is_found_in_every_later_month(self):
        cdr = self.hold(self.make_cdr("2026-02-10T08:00:00Z", 10_000), "2026-03-05 10:00:00")
        self.make_cdr("2026-03-10T08:00:00Z", 4_000)
        self.prepare(2026, 3, self.contract)
        march = self.check(3, "held")
        self.assertEqual((march.cdr_id, march.severity, march.blocking), (cdr, "warning", False))
        self.assertEqual((str(march.month), str(march.date)), ("2026-03-01", "2026-02-10"))
        # 4 kWh made 0.40 in March: the 10 kWh that are held are worth 1.00
        self.assertEqual((march.energy_kwh, march.missing_kwh, march.money_at_risk), (10.0, 0.0, 1.0))
        self.assertIn(f"{cdr.external_id} (10.000 kWh) is still held: waits for the meter photo.", march.name)
        self.assertIn("To bill it now, use Open Again on the finding it was held for", march.name)
        # keeping it held is asked again in April, and is no release
        march._accept("the photo is on its way")
        april = self.check(4, "held")
        self.assertEqual((april.cdr_id, str(april.month), april.state), (cdr, "2026-04-01", "open"))
        self.assertFalse(self.check(3, "held"))
        self.assertEqual((march.state, cdr.ev_hold_ids.state), ("accepted", "held"))
        self.assertEqual(self.env["ev.finding"].search([("rule", "=", "held"), ("cdr_id", "=", cdr.id)]), april | march)
        # nothing to ask any more
        cdr._release("the photo came")
        self.assert_quiet("held", number=4)
        self.assertEqual(april.state, "resolved")

    def test_held_session_is_never_billed_from_here(self):
        cdr = self.hold(self.make_cdr("2026-02-10T08:00:00Z"), "2026-02-20 10:00:00")
        found = self.check(3, "held")
        found._hold("excluded", "no photo will ever come")
        self.assertEqual(cdr.ev_hold_ids.sorted("id").mapped("state"), ["released", "excluded"])
        self.assert_quiet("held")
        self.assertEqual(found.state, "excluded")

    def test_held_look_alikes(self):
        same_month = self.hold(self.make_cdr("2026-03-10T08:00:00Z"), "2026-03-20 10:00:00")
        # 31 March 22:30 UTC is April already in Paris
        border = self.hold(self.make_cdr("2026-02-11T08:00:00Z"), "2026-03-31 22:30:00")
        self.hold(self.make_cdr("2026-02-12T08:00:00Z"), "2026-02-20 10:00:00", "excluded")
        self.hold(self.make_cdr("2026-02-13T08:00:00Z"), "2026-02-20 10:00:00")._release("it is right")
        taken_back = self.hold(self.make_cdr("2026-02-14T08:00:00Z"), "2026-02-20 10:00:00")
        self.make_cdr("2026-02-14T08:00:00Z", credit_of=taken_back.external_id)
        self.assert_quiet("held")
        self.assertEqual(self.check(4, "held").cdr_id, same_month | border)
