from odoo.tests import tagged

from .finding_common import EvFindingCommon


@tagged("post_install", "-at_install")
class TestFindingEnergy(EvFindingCommon):
    """Rules on energy and registers: each fires, and leaves its look-alike alone."""

    def test_zero_energy(self):
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 0, hours=2)
        found = self.check(3, "zero_energy")
        self.assertEqual((found.cdr_id, found.severity, found.blocking), (cdr, "warning", False))
        # 9 o'clock on the site's clock
        self.assertRegex(found.name, r"^Lyon Test, T-AC-1/1, 3/10/26, 9:00.AM: no energy in 120 minutes\.$")

    def test_zero_energy_of_a_short_try_or_taken_back(self):
        self.make_cdr("2026-03-10T08:00:00Z", 0, hours=0.2)
        cdr = self.make_cdr("2026-03-11T08:00:00Z", 0, hours=2)
        self.make_cdr("2026-03-11T08:00:00Z", 0, hours=2, credit_of=cdr.external_id)
        self.assert_quiet("zero_energy")

    def test_power(self):
        # 22 kW x 1 h = 22 kWh; 10 % and 500 Wh more are 24.7 kWh
        cdr = self.make_cdr("2026-03-10T08:00:00Z", 24_701)
        found = self.check(3, "power")
        self.assertEqual((found.cdr_id, found.blocking), (cdr, True))
        self.assertIn("24.701 kWh, but 22 kW can deliver 22.000 kWh in that time", found.name)

    def test_power_within_tolerance_or_on_a_shifted_clock(self):
        self.make_cdr("2026-03-10T08:00:00Z", 24_700)
        self.make_cdr("2026-03-11T08:00:00Z", 30_000, flags=["clock_implausible"])
        self.assert_quiet("power")
        self.rule("power").limit_1 = 5
        # now 22 kWh + 5 % + 0.5 kWh = 23.6 kWh
        self.assertEqual(len(self.check(3, "power")), 1)

    def test_register_fell(self):
        fell = self.make_cdr("2026-03-10T08:00:00Z", flags=["register_fell"])
        reset = self.make_cdr("2026-03-11T08:00:00Z", flags=["meter_reset"])
        self.make_cdr("2026-03-12T08:00:00Z", flags=["meter_start_replaced"])
        self.assertEqual(self.check(3, "register_fell").cdr_id, fell | reset)

    # ------------------------------------------------------------ register gap

    def session(self, day, start, energy=10_000, **values):
        return self.make_cdr(
            f"2026-03-{day:02}T08:00:00Z", energy, meter_start=start, meter_stop=start + energy, **values
        )

    def test_register_gap_is_a_missed_session(self):
        self.session(10, 1_000_000)
        # the register ran on from 1,010 kWh to 1,022.5 kWh
        after = self.session(11, 1_022_500)
        found = self.check(3, "register_gap")
        self.assertEqual(found.cdr_id, after)
        self.assertEqual((found.missing_kwh, found.blocking), (12.5, False))
        self.assertIn("starts at 1022.500 kWh", found.name)
        self.assertIn("12.500 kWh have no session", found.name)

    def test_register_gap_across_the_month_and_hosts_of_other_evses(self):
        self.make_cdr("2026-01-20T08:00:00Z", 5_000, meter_start=100_000, meter_stop=105_000)
        self.session(10, 110_000)
        self.session(11, 500_000, evse=2)
        found = self.check(3, "register_gap")
        self.assertEqual((found.missing_kwh, found.evse_id.number), (5.0, 1))

    def test_register_drift_new_meter_and_unknown_registers_are_no_gap(self):
        self.session(10, 1_000_000)
        self.session(11, 1_010_400)  # 0.4 kWh of standby in a day
        self.session(12, 5_000)  # a new meter, lower
        # a new meter, higher than 22 kW could have delivered in a day (528 kWh)
        self.session(13, 900_000)
        self.make_cdr("2026-03-14T08:00:00Z", 10_000, meter_start=None, meter_stop=None)
        self.session(15, 920_000)
        self.assert_quiet("register_gap")

    def test_register_gap_around_a_session_without_registers(self):
        before = self.session(10, 0)
        self.make_cdr("2026-03-11T08:00:00Z", 4_000, meter_start=None, meter_stop=None)
        after = self.session(12, 30_000)
        found = self.check(3, "register_gap")
        self.assertEqual((found.cdr_id, found.other_cdr_id), (after, before))
        # from 10 to 30 kWh, of which 4 kWh were delivered in between
        self.assertEqual(found.missing_kwh, 16.0)
        self.assertIn("besides 4.000 kWh of sessions without registers, 16.000 kWh have no session", found.name)

    def test_register_gap_around_unmetered_sessions_across_the_month(self):
        self.make_cdr("2026-01-20T08:00:00Z", 5_000, meter_start=100_000, meter_stop=105_000)
        self.make_cdr("2026-01-25T08:00:00Z", 3_000, meter_start=None, meter_stop=None)
        wrong = self.make_cdr("2026-02-26T08:00:00Z", 9_000, meter_start=None, meter_stop=None)
        self.make_cdr("2026-02-26T08:00:00Z", 9_000, meter_start=None, meter_stop=None, credit_of=wrong.external_id)
        self.make_cdr("2026-02-27T08:00:00Z", 2_000, meter_start=None, meter_stop=None)
        self.session(10, 112_000)
        # from 105 to 112 kWh, less 3 and 2 kWh; what was taken back never flowed
        self.assertEqual(self.check(3, "register_gap").missing_kwh, 2.0)

    def test_register_gap_looks_at_effective_sessions(self):
        wrong = self.session(10, 1_000_000, energy=2_000)
        self.make_cdr("2026-03-10T08:00:00Z", 2_000, credit_of=wrong.external_id)
        self.session(10, 1_000_000, replaces=wrong.external_id)
        self.session(11, 1_010_000)
        self.assert_quiet("register_gap")

    def test_register_gap_names_what_waits_in_quarantine(self):
        self.session(10, 1_000_000)
        self.session(12, 1_020_000)
        # 1,010 to 1,020 kWh, on an EVSE nobody entered
        item = self.make_item("2026-03-11T08:00:00Z", 10_000, evse=3, meter_start=1_010_000, meter_stop=1_020_000)
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        found = self.check(3, "register_gap")
        self.assertIn(f"In quarantine, and perhaps the one: {item['id']}.", found.name)

    def test_missing_energy_is_worth_the_sites_average(self):
        self.session(10, 1_000_000)
        self.session(11, 1_020_000)
        self.prepare(2026, 3, self.contract)
        # 20 kWh made 2.00 EUR: 10 kWh without a session are worth 1.00
        found = self.check(3, "register_gap")
        self.assertEqual((found.missing_kwh, found.money_at_risk), (10.0, 1.0))
