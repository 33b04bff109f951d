"""Every session is classified when it is stored, with what decided it; facts stay facts."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .clearing_common import EvClearingCommon


@tagged("post_install", "-at_install")
class TestClassify(EvClearingCommon):
    def test_the_badge_says_the_kind_and_its_contract_the_route(self):
        contract = self.make_emsp_contract()
        cdr = self.make_roaming()
        self.assertEqual(self.route(cdr), ("roaming", "token", False, "us", "contract"))
        self.assertEqual(
            cdr.ev_route_sentence,
            f"Badge 04TE… is registered as roaming for RoamCo; its contract {contract.name} is direct.",
        )
        contract.write({"hub_id": self.gireve.id, "billed_by": "hub"})
        # what was decided stays; the next one goes the new way
        self.assertEqual(self.route(cdr), ("roaming", "token", False, "us", "contract"))
        later = self.make_roaming("2026-03-11T08:00:00Z")
        self.assertEqual(self.route(later), ("roaming", "token", "gireve", "hub", "contract"))
        self.assertIn(f"its contract {contract.name} goes through GIREVE, which bills it", later.ev_route_sentence)

    def test_the_contract_in_force_at_the_start_counts(self):
        self.make_emsp_contract(start="2026-01-01", date_end="2026-03-10", hub_id=self.gireve.id, billed_by="us")
        self.make_emsp_contract(start="2026-03-11", hub_id=self.hubject.id, billed_by="us")
        # 10 March 23:30 UTC is the 11th in Paris
        first, second = self.make_roaming("2026-03-10T22:30:00Z"), self.make_roaming("2026-03-10T23:30:00Z")
        self.assertEqual([self.route(cdr)[2] for cdr in (first, second)], ["gireve", "hubject"])
        other = self.make_roaming("2025-12-31T12:00:00Z")
        self.assertEqual(self.route(other), ("roaming", "token", False, "us", "nothing"))

    def test_a_contract_covers_its_sites_and_badges_only(self):
        elsewhere = self.make_site("Elsewhere")
        self.make_emsp_contract(site_ids=elsewhere.ids, hub_id=self.gireve.id, billed_by="us")
        self.assertEqual(self.route(self.make_roaming())[4], "nothing")
        badge = self.make_token("04OTHER", "roaming", partner=self.emsp)
        self.make_emsp_contract(token_ids=badge.ids, site_ids=self.site.ids, hub_id=self.hubject.id, billed_by="us")
        self.assertEqual(self.route(self.make_roaming("2026-03-11T08:00:00Z"))[4], "nothing")
        self.assertEqual(self.route(self.make_roaming("2026-03-12T08:00:00Z", uid="04OTHER"))[2], "hubject")

    def test_local_no_badge_and_unknown(self):
        local = self.make_cdr("2026-03-01T08:00:00Z")
        self.assertEqual(self.route(local), ("local", "token", False, "us", "nothing"))
        paid = self.make_cdr("2026-03-02T08:00:00Z", token={"uid": "CARD", "type": "DirectPayment"})
        self.assertEqual(self.route(paid), ("ad_hoc", "no_token", False, "us", "nothing"))
        nobody = self.make_cdr("2026-03-03T08:00:00Z", token={"uid": "FFFF0001", "type": "ISO14443"})
        self.assertEqual(self.route(nobody), (False, "unknown", False, "us", "nothing"))
        self.assertIn(
            "Nobody entered badge FFFF…, and no rule said what it is when it was stored", nobody.ev_route_sentence
        )

    def test_a_rule_tells_an_unknown_badge_at_its_moment(self):
        party = self.env["ev.roaming.party"].create(
            {"country_code": "FR", "party_id": "ABC", "partner_id": self.emsp.id, "company_id": self.company.id}
        )
        self.make_rule("Second", sequence=20, token_prefix="ff", kind="ad_hoc")
        self.make_rule("First", sequence=10, token_prefix="ff00", party_id=party.id, kind="roaming")
        plug = self.make_roaming(uid="FR-ABC-C12345678", token={"uid": "FR-ABC-C12345678", "type": "eMAID"})
        self.assertEqual((plug.kind, self.route(plug)[1]), (False, "unknown"))
        rule = self.make_rule("Contract ids of RoamCo", sequence=5, party_id=party.id, kind="roaming")
        known = self.make_roaming("2026-03-11T08:00:00Z", token={"uid": "fr*abc*C87654321", "type": "eMAID"})
        # the fact itself knows who pays, and nobody has to look at it
        self.assertEqual((known.kind, known.partner_id, known.flags), ("roaming", self.emsp, False))
        self.assertEqual(self.route(known)[:2], ("roaming", "rule"))
        self.assertEqual(known.ev_route_ids.rule_id, rule)
        self.assertIn("is roaming for RoamCo by rule “Contract ids of RoamCo”", known.ev_route_sentence)
        # FF00...: the party's contract id is not known, so the second rule decides
        short = self.make_roaming("2026-03-12T08:00:00Z", uid="FF00AA")
        self.assertEqual((short.kind, short.ev_route_ids.rule_id.name, short.flags), ("ad_hoc", "Second", False))
        # who it was registered as earlier is not touched by a rule
        self.assertEqual(self.route(self.make_cdr("2026-03-13T08:00:00Z"))[:2], ("local", "token"))

    def test_roaming_without_an_emsp_stays_flagged(self):
        self.make_rule(token_prefix="EE", kind="roaming")
        cdr = self.make_roaming(uid="EE01")
        self.assertEqual((cdr.kind, cdr.flags, self.route(cdr)[1]), ("roaming", "unknown_token", "rule"))

    def test_sql_and_python_match_alike(self):
        """Each condition: the fact's kind is decided in Python, the row's rule in SQL."""
        conditions = (
            ({"source": "hub"}, {"source": "hub"}, {"source": "Hub"}),
            (
                {"token_type": "RFID"},
                {"token": {"uid": "Q1", "type": "ISO15693"}},
                {"token": {"uid": "Q1", "type": "Central"}},
            ),
            ({"token_type": "APP_USER"}, {"token": {"uid": "Q1", "type": "Central"}}, {"token": {"uid": "Q1"}}),
            ({"token_prefix": "q_1"}, {"uid": "Q_1X"}, {"uid": "QA1X"}),
            ({"emaid_prefix": "de-x*z"}, {"token": {"uid": "DEXZ-C1", "type": "EMAID"}}, {"uid": "DEXZ-C1"}),
            ({"reference_prefix": "sess%"}, {"auth": "SESS%1"}, {"auth": "SESSION1"}),
        )
        for number, (condition, fitting, other) in enumerate(conditions, start=1):
            rule = self.make_rule(kind="ad_hoc", **condition)
            for values, expected in ((fitting, rule), (other, rule.browse())):
                values = {"uid": "Q1", **values}
                cdr = self.make_roaming(f"2026-03-{number:02}T08:00:00Z", **values)
                self.assertEqual(cdr.ev_route_ids.rule_id, expected, (condition, values))
                self.assertEqual(cdr.kind or False, "ad_hoc" if expected else False, (condition, values))
            rule.active = False

    def test_sessions_of_one_batch_are_told_apart(self):
        """By their badge's type as sent, and by whether somebody entered it."""
        self.make_rule("Cards", sequence=1, token_type="AD_HOC_USER", route="hub", hub_id=self.gireve.id)
        self.make_rule("Apps", sequence=2, token_type="APP_USER", kind="ad_hoc")
        tokens = (
            ({"uid": "04TEST02", "type": "ISO14443"}, ("roaming", "token", False)),
            ({"uid": "NEW1", "type": "Central"}, ("ad_hoc", "rule", False)),
            ({"uid": "NEW1", "type": "ISO14443"}, (False, "unknown", False)),
            ({"uid": "CARD", "type": "DirectPayment"}, ("ad_hoc", "no_token", "gireve")),
            ({"uid": "NEW2", "type": "Central"}, ("ad_hoc", "rule", False)),
            (None, ("ad_hoc", "no_token", False)),
        )
        items = [
            self.make_item(f"2026-03-{day:02}T08:00:00Z", token=token) for day, (token, _way) in enumerate(tokens, 1)
        ]
        self.assertEqual({answer["status"] for answer in self.ingest(*items)}, {"stored"})
        for item, (_token, way) in zip(items, tokens, strict=True):
            self.assertEqual(self.route(self.find_cdr(item["id"]))[:3], way, item["token"])

    def test_a_rule_sends_a_source_through_a_hub(self):
        self.make_emsp_contract()
        self.make_hub_rule(billed_by="hub")
        self.assertEqual(self.route(self.make_roaming(source="hub")), ("roaming", "token", "gireve", "hub", "rule"))
        self.assertEqual(self.route(self.make_roaming("2026-03-11T08:00:00Z"))[2], False)

    def test_a_credit_goes_with_its_original(self):
        rule = self.make_hub_rule(source="test")
        cdr = self.make_roaming()
        rule.active = False
        credit = self.make_roaming(credit_of=cdr.external_id)
        self.assertEqual(self.route(credit), ("roaming", "credit", "gireve", "us", "credit"))
        self.assertIn(cdr.external_id, credit.ev_route_sentence)
        replacement = self.make_roaming(energy=9_000, replaces=cdr.external_id)
        self.assertEqual(self.route(replacement)[4], "nothing")

    def test_a_classification_is_a_fact(self):
        route = self.make_roaming().ev_route_ids
        with self.assertRaises(UserError):
            route.billed_by = "hub"
        with self.assertRaises(UserError):
            route.unlink()
        for query in ("UPDATE ev_cdr_route SET billed_by = 'hub'", "DELETE FROM ev_cdr_route"):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.env.cr.execute(query + " WHERE id = %s", [route.id])
        route.invalidate_recordset()
        self.assertEqual(route.billed_by, "us")

    def test_a_deleted_rule_leaves_what_it_decided(self):
        rule = self.make_hub_rule(source="test")
        cdr = self.make_roaming()
        rule.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.route(cdr), ("roaming", "token", "gireve", "us", "rule"))
        self.assertIn("a rule deleted since", cdr.ev_route_sentence)

    def test_what_was_stored_before_is_classified_once(self):
        contract = self.make_emsp_contract(hub_id=self.gireve.id, billed_by="us")
        cdr = self.make_roaming()
        credit = self.make_roaming(credit_of=cdr.external_id)
        unknown = self.make_roaming("2026-03-11T08:00:00Z", uid="DD01")
        self.env.cr.execute("ALTER TABLE ev_cdr_route DISABLE TRIGGER ev_cdr_route_immutable")
        self.env.cr.execute("DELETE FROM ev_cdr_route WHERE company_id = %s", [self.company.id])
        self.env.cr.execute("ALTER TABLE ev_cdr_route ENABLE TRIGGER ev_cdr_route_immutable")
        self.env.invalidate_all()
        self.assertEqual(self.env["ev.cdr.route"]._classify_rest(self.company), 3)
        self.assertEqual(self.route(cdr), ("roaming", "token", "gireve", "us", "contract"))
        self.assertEqual(self.route(credit)[1:3], ("credit", "gireve"))
        self.assertEqual(self.route(unknown)[1], "unknown")
        self.assertEqual(self.env["ev.cdr.route"]._classify_rest(self.company), 0)
        # a rule that comes later tells what nobody could, and nothing else changes
        contract.hub_id = self.hubject
        self.make_rule(token_prefix="DD", kind="ad_hoc")
        action = self.env["ev.roaming.rule"].action_classify()
        self.assertEqual(action["params"]["message"], "Sessions classified: 1. Still unknown: 0.")
        self.assertEqual(self.route(unknown)[:2], ("ad_hoc", "rule"))
        self.assertEqual(self.route(cdr)[2], "gireve")
        # the session itself is a fact: it stays without a kind
        self.assertFalse(unknown.kind)

    def test_every_night_what_is_left_is_classified(self):
        cdr = self.make_roaming()
        self.env.cr.execute("ALTER TABLE ev_cdr_route DISABLE TRIGGER ev_cdr_route_immutable")
        self.env.cr.execute("DELETE FROM ev_cdr_route WHERE company_id = %s", [self.company.id])
        self.env.cr.execute("ALTER TABLE ev_cdr_route ENABLE TRIGGER ev_cdr_route_immutable")
        self.env.invalidate_all()
        with patch.object(type(self.env["ir.cron"]), "_commit_progress", return_value=1) as progress:
            self.env["ev.cdr.route"]._cron_classify()
        self.assertTrue(progress.called)
        self.assertEqual(self.route(cdr)[:2], ("roaming", "token"))

    def test_filters(self):
        self.make_hub_rule(billed_by="hub")
        through, direct = self.make_roaming(source="hub"), self.make_roaming("2026-03-11T08:00:00Z")
        unknown = self.make_roaming("2026-03-12T08:00:00Z", uid="DD01")
        mine = [("company_id", "=", self.company.id)]

        def find(*domain):
            return self.env["ev.cdr"].search([*mine, *domain])

        self.assertEqual(find(("ev_hub_id", "!=", False)), through)
        self.assertEqual(find(("ev_billed_by", "=", "hub")), through)
        self.assertEqual(find(("ev_decided_by", "=", "unknown")), unknown)
        self.assertEqual(
            find(("ev_route_ids", "any", [("hub_id", "=", False), ("decided_by", "!=", "unknown")])), direct
        )
        self.assertEqual((through.ev_route, direct.ev_route), ("GIREVE", "Direct"))

    def test_rules_that_decide_nothing_are_refused(self):
        for values, words in (
            ({"token_prefix": "A"}, "decides nothing"),
            ({"route": "hub"}, "choose which"),
            ({"route": "direct", "billed_by": "hub"}, "can be billed by it"),
            ({"route": "direct", "partner_id": self.emsp.id}, "say in 'An Unknown Badge Is'"),
            ({"route": "direct", "emaid_prefix": "--"}, "begins with letters or digits"),
        ):
            with self.assertRaisesRegex(ValidationError, words):
                self.make_rule(**values)
        with self.assertRaisesRegex(ValidationError, "can be billed by it"):
            self.make_emsp_contract(billed_by="hub")

    def test_a_quarantined_session_is_classified_when_it_is_replayed(self):
        item = self.make_item(station="T-LATER", token={"uid": "04TEST02", "type": "RFID"})
        self.assertEqual(self.ingest(item)[0]["status"], "quarantined")
        self.make_station("T-LATER", self.site)
        record = self.env["ev.cdr.quarantine"].search([("external_id", "=", item["id"])])
        record._replay()
        self.assertEqual(self.route(self.find_cdr(item["id"]))[:2], ("roaming", "token"))


@tagged("post_install", "-at_install")
class TestHubBilled(EvClearingCommon):
    """What the hub bills is not charged on our contract; the host is paid as ever."""

    def test_not_charged_to_the_emsp(self):
        contract, host = self.make_emsp_contract(), self.make_contract(("credit", "kwh", "0.10"))
        self.make_hub_rule(billed_by="hub")
        through = self.make_roaming(source="hub")
        self.make_roaming(
            source="hub", credit_of=self.make_roaming("2026-03-10T08:00:00Z", source="hub", evse=2).external_id, evse=2
        )
        direct = self.make_roaming("2026-03-11T08:00:00Z")
        statement = self.prepare(2026, 3, contract)
        self.assertEqual(statement.charge_ids.cdr_id, direct)
        # 10 kWh x 0.40
        self.assertEqual(statement.total_charge, 4.0)
        # two sessions of 10 kWh at 0.10; what was taken back takes itself back
        self.assertEqual(self.prepare(2026, 3, host).total_credit, 2.0)
        self.assertIn(through, self.prepare(2026, 3, host).charge_ids.cdr_id)

    def test_billed_by_us_is_charged(self):
        contract = self.make_emsp_contract()
        self.make_hub_rule(billed_by="us")
        through = self.make_roaming(source="hub")
        self.assertEqual(self.prepare(2026, 3, contract).charge_ids.cdr_id, through)

    def test_it_needs_no_contract_with_the_emsp(self):
        self.make_contract(("credit", "kwh", "0.10"))
        self.make_hub_rule(billed_by="hub")
        through = self.make_roaming(source="hub")
        self.assertFalse(self.check(3, "no_contract"))
        self.assertFalse(through.ev_contract_finding)
        direct = self.make_roaming("2026-03-11T08:00:00Z")
        self.assertIn("no client or eMSP contract of RoamCo", self.check(3, "no_contract").name)
        self.assertIn("RoamCo", direct.ev_contract_finding)

    def test_completeness_adds_up(self):
        """Nobody is to be charged or paid for it: excluded. With a host it is pending until the host's statement."""
        nobody = self.make_site("No Host")
        self.make_station("T-FREE", nobody)
        self.make_hub_rule(billed_by="hub")
        self.make_roaming(source="hub", station="T-FREE", energy=7_000)
        self.make_roaming(source="hub", energy=5_000)
        self.make_roaming("2026-03-11T08:00:00Z", station="T-FREE", energy=3_000)
        numbers = self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)
        self.assertEqual(numbers["excluded"], {"count": 1, "wh": 7_000})
        self.assertEqual(numbers["pending"], {"count": 2, "wh": 8_000})
        self.assertEqual(numbers["total"], {"count": 3, "wh": 15_000})
        self.assertTrue(numbers["adds_up"])
        self.prepare(2026, 3, self.make_contract(("credit", "kwh", "0.10"))).action_approve()
        numbers = self.env["ev.statement"].get_completeness(self.company.id, 2026, 3)
        self.assertEqual((numbers["billed"]["wh"], numbers["excluded"]["wh"]), (5_000, 7_000))
        self.assertTrue(numbers["adds_up"])
