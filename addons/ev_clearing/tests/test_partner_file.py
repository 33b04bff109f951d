from odoo.tests import tagged

from ..models.ev_disputing import Claim
from .partner_file_common import PartnerFileCommon


@tagged("post_install", "-at_install")
class TestPartnerFileMatch(PartnerFileCommon):
    """Which session of ours a line means."""

    def test_the_same_list_matches_throughout(self):
        record = self.compare(*(self.line(number) for number in range(3)))
        self.assertEqual(self.found(record), [(2 + number, "matched", None, self.cdrs[number]) for number in range(3)])
        # 10 + 20 + 30 kWh, 5 + 10 + 15 EUR
        self.assertEqual(self.sums(record), {"matched": (3, 60, 60, 30, 30, 0)})
        self.assertEqual((record.state, record.line_count, record.message), ("compared", 3, False))

    def test_case_and_blanks_of_an_id_do_not_matter(self):
        record = self.compare(self.line(0, id=f"  {self.cdrs[0].external_id.upper()} ", evse="", badge=""))
        self.assertEqual(self.found(record)[0], (2, "matched", None, self.cdrs[0]))

    def test_another_id_is_found_by_evse_and_badge(self):
        for values in (
            {"badge": "04test02"},
            {"badge": "", "emaid": "frrcoc00000001x"},
            {"badge": "FR-RCO-C00000001-X"},
        ):
            with self.subTest(values=values):
                record = self.compare(self.line(1, id="OTHER", evse="frabce11", start="2026-03-11 08:01:00", **values))
                self.assertEqual(self.found(record)[0], (2, "matched", None, self.cdrs[1]))

    def test_a_second_beyond_the_tolerance_is_another_session(self):
        record = self.compare(self.line(1, id="OTHER", start="2026-03-11 08:01:01"))
        self.assertEqual(self.only(record), ("missing_here", "unknown"))

    def test_another_badge_is_another_session(self):
        record = self.compare(self.line(1, id="OTHER", badge="04TEST99"))
        self.assertEqual(self.only(record)[0], "missing_here")

    def test_without_a_badge_the_energy_decides(self):
        # 20.010 kWh is 10 Wh away, as far as the tolerance goes; 20.011 is not
        for kwh, result in (("20.010", "matched"), ("20.011", "missing_here")):
            with self.subTest(kwh=kwh):
                record = self.compare(self.line(1, id="OTHER", badge="", kwh=kwh))
                self.assertEqual(self.only(record)[0], result)

    def test_the_nearest_start_is_meant_and_each_session_once(self):
        # two lines near one session: 20 s after it, and 10 s before it
        record = self.compare(
            self.line(0, id="A", start="2026-03-10 08:00:20"), self.line(0, id="B", start="2026-03-10 07:59:50")
        )
        self.assertEqual(self.found(record)[0][1:3], ("missing_here", "listed"))
        self.assertEqual(self.found(record)[1], (3, "matched", None, self.cdrs[0]))

    def test_an_id_comes_before_a_place(self):
        # A stands at the place of session 0, whose id another line has
        record = self.compare(self.line(0, id="A"), self.line(0))
        self.assertEqual([row[1] for row in self.found(record)[:2]], ["missing_here", "matched"])

    def test_the_second_of_one_id_is_a_duplicate(self):
        record = self.compare(self.line(0), self.line(0), self.line(0, id="NEW"), self.line(0, id="new"))
        rows = self.found(record)
        self.assertEqual(rows[0], (2, "matched", None, self.cdrs[0]))
        self.assertEqual(rows[1], (3, "different", "duplicate", self.env["ev.cdr"]))
        self.assertEqual(rows[3], (5, "different", "duplicate", self.env["ev.cdr"]))
        line = self.env["ev.partner.file.line"].search([("file_id", "=", record.id), ("number", "=", 3)])
        self.assertEqual(line.difference_words, "Twice in Their List (line 2)")
        # 10 kWh and 5 EUR each, nothing of ours beside them
        self.assertEqual(self.sums(record)["duplicate"], (2, 20, 0, 10, 0, 10))

    def test_what_their_list_has_not_is_listed_too(self):
        record = self.compare(self.line(1))
        self.assertEqual(
            self.found(record)[1:],
            [(None, "missing_there", None, self.cdrs[0]), (None, "missing_there", None, self.cdrs[2])],
        )
        self.assertEqual(self.sums(record)["missing_there"], (2, 0, 40, 0, 20, -20))
        self.assertEqual(record.amount_difference, -20)


@tagged("post_install", "-at_install")
class TestPartnerFileDifference(PartnerFileCommon):
    """In what a line and its session differ; as far as the tolerance goes is the same."""

    def assert_difference(self, expected, **values):
        result = "different" if expected else "matched"
        with self.subTest(**values):
            self.assertEqual(self.only(self.compare(self.line(0, **values))), (result, expected))

    def test_energy(self):
        self.assert_difference(None, kwh="10.010")
        self.assert_difference(None, kwh="9.990")
        self.assert_difference("energy", kwh="10.011")
        self.assert_difference("energy", kwh="9.989")

    def test_energy_in_percent(self):
        # 0.5 % of 10 kWh are 50 Wh
        self.profile.tolerance_percent = 0.5
        self.assert_difference(None, kwh="10.050")
        self.assert_difference("energy", kwh="10.051")

    def test_amount_in_exact_decimals(self):
        self.assert_difference(None, amount="5.010000")
        self.assert_difference("price", amount="5.010001")
        self.assert_difference(None, amount="4.99")
        self.assert_difference("price", amount="4.989999")

    def test_without_an_amount_no_price_is_compared(self):
        self.assert_difference(None, amount="")
        record = self.compare(self.line(0, amount=""))
        # what they do not say is no difference of 5 EUR
        self.assertEqual(self.sums(record)["matched"], (1, 10, 10, 0, 5, 0))

    def test_times_of_start_and_end(self):
        self.assert_difference(None, start="2026-03-10 08:01:00")
        self.assert_difference("time", start="2026-03-10 08:01:01")
        self.assert_difference(None, stop="2026-03-10 11:59:00")
        self.assert_difference("time", stop="2026-03-10 11:58:59")

    def test_another_currency_is_not_compared_nor_added(self):
        record = self.compare(self.line(0, currency="SEK", amount="57"))
        self.assertEqual(self.only(record), ("different", "currency"))
        self.assertEqual(self.sums(record)["currency"], (1, 10, 10, 0, 5, 0))

    def test_several_at_once(self):
        self.assert_difference("energy,price,time", kwh="12", amount="6", stop="2026-03-10 13:00:00")
        record = self.compare(self.line(0, kwh="12", amount="6"))
        sums = self.sums(record)
        self.assertEqual(sums["different"], (1, 12, 10, 6, 5, 1))
        self.assertEqual((sums["energy"], sums["price"]), (sums["different"], sums["different"]))

    def test_a_zone_that_is_wrong_shows_as_times(self):
        # 08:00 in Paris is 07:00 UTC in March: an hour off, matched by its id
        record = self.compare(self.line(0), profile=self.make_comparison_profile(tz="Europe/Paris"))
        self.assertEqual(self.only(record), ("different", "time"))

    def test_a_session_over_the_night_when_clocks_change(self):
        self.statement.action_withdraw_window()
        # 29 March 2026, 00:30 to 03:30 UTC: 01:30 to 05:30 in Paris, where 02:00 becomes 03:00
        night = self.make_cdr("2026-03-29T00:30:00Z", 8_000, token={"uid": "04TEST02", "type": "RFID"}, hours=3)
        self.statement = self.prepare_march(self.emsp_contract)
        self.show()
        values = {"id": night.external_id, "start": "2026-03-29 01:30:00", "kwh": "8", "amount": "4"}
        profile = self.make_comparison_profile(tz="Europe/Paris")
        for stop, expected in (("2026-03-29 05:30:00", None), ("2026-03-29 04:30:00", "time")):
            with self.subTest(stop=stop):
                self.assertEqual(
                    self.only(self.compare(self.line(None, stop=stop, **values), profile=profile))[1], expected
                )

    def test_a_credit_counts_negative_on_both_sides(self):
        self.statement.action_withdraw_window()
        original = self.cdrs[0]
        item = self.make_item(
            "2026-03-10T08:00:00Z", 10_000, 4, token={"uid": "04TEST02", "type": "RFID"}, credit_of=original.external_id
        )
        self.assertEqual(self.ingest(item)[0]["status"], "stored")
        credit = self.find_cdr(item["id"])
        self.statement = self.prepare_march(self.emsp_contract)
        self.show()
        values = {"id": credit.external_id, "credit_of": original.external_id, "amount": "-5"}
        lines = [self.line(0), self.line(1), self.line(2)]
        for kwh in ("10", "-10"):
            with self.subTest(kwh=kwh):
                record = self.compare(*lines, self.line(0, kwh=kwh, **values))
                self.assertEqual(self.found(record)[3], (5, "matched", None, credit))
                # 10 + 20 + 30 - 10 kWh; 5 + 10 + 15 - 5 EUR
                self.assertEqual(self.sums(record), {"matched": (4, 50, 50, 25, 25, 0)})
        # a positive amount under the credit's id is no credit: 10 EUR too much
        record = self.compare(*lines, self.line(0, id=credit.external_id, amount="5"))
        self.assertEqual(self.found(record)[3], (5, "different", "price", credit))


@tagged("post_install", "-at_install")
class TestPartnerFileKnown(PartnerFileCommon):
    """What we know of sessions that only their list has."""

    def reason(self, **values):
        record = self.compare(self.line(None, **values))
        line = self.env["ev.partner.file.line"].search([("file_id", "=", record.id), ("number", "=", 2)])
        self.assertEqual(line.result, "missing_here")
        return line.reason, line.message or None, line.known_cdr_id

    def test_nothing_is_known(self):
        self.assertEqual(self.reason(), ("unknown", None, self.env["ev.cdr"]))

    def test_no_such_evse(self):
        self.assertEqual(self.reason(evse="FR*XYZ*E9")[0], "evse")

    def test_in_quarantine(self):
        item = self.make_item("2026-03-20T08:00:00Z", 40_000, station="NOBODY")
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        self.assertEqual(self.reason(id=item["id"].upper())[0], "quarantine")

    def test_another_partners_badge_is_not_named(self):
        other = self.env["res.partner"].create({"name": "OtherCo", "is_company": True})
        self.make_token("04TEST08", "roaming", partner=other)
        cdr = self.make_cdr("2026-03-20T08:00:00Z", 40_000, token={"uid": "04TEST08", "type": "RFID"})
        self.assertEqual(self.reason(id=cdr.external_id.upper()), ("badge", None, cdr))

    def test_a_badge_of_our_own(self):
        cdr = self.make_cdr("2026-03-20T08:00:00Z", 40_000)
        self.assertEqual(self.reason(id=cdr.external_id)[::2], ("local", cdr))

    def test_it_came_after_the_list(self):
        [cdr] = self.make_sessions(40_000, day=20)
        # the list was made at 08:00, the session came at 09:00
        self.env.cr.execute("SELECT set_config('session_replication_role', 'replica', true)")
        self.env.cr.execute("UPDATE ev_cdr SET received_at = '2026-04-02 09:00:00' WHERE id = %s", [cdr.id])
        self.env.cr.execute("SELECT set_config('session_replication_role', 'origin', true)")
        self.assertEqual(self.reason(id="THEIRS")[::2], ("late", cdr))

    def test_it_is_of_another_month(self):
        cdr = self.make_cdr("2026-02-20T08:00:00Z", 40_000, token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(self.reason(id=cdr.external_id)[::2], ("period", cdr))

    def test_it_is_on_another_statement(self):
        cdr = self.make_cdr("2026-02-20T08:00:00Z", 40_000, token={"uid": "04TEST02", "type": "RFID"})
        february = self.prepare(2026, 2, self.emsp_contract)
        self.env.flush_all()
        self.assertEqual(self.reason(id=cdr.external_id), ("statement", february.name, cdr))

    def test_it_is_held_back(self):
        [cdr] = self.make_sessions(40_000, day=20)
        cdr._hold("held", "Looked into")
        self.env.flush_all()
        self.assertEqual(self.reason(id=cdr.external_id)[::2], ("held", cdr))

    def test_the_hub_bills_it(self):
        gireve = self.env.ref("ev_clearing.ev_roaming_hub_gireve")
        rule = {
            "name": "Hub",
            "company_id": self.company.id,
            "source": "hub",
            "route": "hub",
            "hub_id": gireve.id,
            "billed_by": "hub",
        }
        self.env["ev.roaming.rule"].create(rule)
        item = self.make_item("2026-03-20T08:00:00Z", 40_000, token={"uid": "04TEST02", "type": "RFID"})
        self.ingest(item, source="hub")
        cdr = self.find_cdr(item["id"])
        self.assertEqual(self.reason(id=cdr.external_id), ("hub", gireve.name, cdr))

    def test_it_is_disputed(self):
        self.statement._dispute([Claim(self.cdrs[0].id, "energy")], self.emsp)
        self.statement.action_close_window()
        self.assertEqual(self.statement.state, "control")
        record = self.compare(self.line(0))
        # still on the list it was shown: it matches, whatever becomes of it
        self.assertEqual(self.only(record), ("matched", None))
