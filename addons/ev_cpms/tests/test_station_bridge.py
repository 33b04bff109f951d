import hashlib
import json
from base64 import b64decode

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import EvCpmsCommon


@tagged("post_install", "-at_install")
class TestStationBridge(EvCpmsCommon):
    def setUp(self):
        super().setUp()
        self.bridge = self.make_user("t-bridge-station", "ev_cpms.group_bridge")
        self.stations = self.env["ev.station"].with_user(self.bridge)

    def _directory(self, etag=None):
        return json.loads(self.stations.directory(json.dumps({"schema": "ev.directory.request/1", "etag": etag})))

    def _report(self, *stations, unknown=()):
        payload = {"schema": "ev.station.report/1", "stations": list(stations), "unknown": list(unknown)}
        return json.loads(self.stations.report(json.dumps(payload)))

    def test_directory_holds_what_authorisation_needs(self):
        self.ac._set_password("s3cret")
        self.badge.blocked = True
        directory = self._directory()
        station = next(entry for entry in directory["stations"] if entry["identity"] == "T-AC-1")
        _name, n, r, p, salt, key = station["password_hash"].split("$")
        expected = hashlib.scrypt(b"s3cret", salt=b64decode(salt), n=int(n), r=int(r), p=int(p), dklen=32)
        self.assertEqual(b64decode(key), expected)
        tokens = {entry["uid"]: entry["status"] for entry in directory["tokens"]}
        self.assertEqual((tokens["04TEST01"], tokens["04TEST02"]), ("Blocked", "Accepted"))

    def test_etag_holds_until_something_changes(self):
        etag = self._directory()["etag"]
        self.assertEqual(self._directory(etag), {"schema": "ev.directory/1", "etag": etag, "unchanged": True})
        self.ac._set_password("changed")
        fresh = self._directory(etag)
        self.assertNotEqual(fresh["etag"], etag)
        self.assertIn("stations", fresh)

    def test_report_moves_the_live_state(self):
        answer = self._report(
            {
                "identity": "T-AC-1",
                "at": "2026-03-10T08:00:00Z",
                "connected": True,
                "ocpp": "1.6",
                "boot": {
                    "vendor": "Acme",
                    "model": "X1",
                    "serial": "S1",
                    "firmware": "1.2",
                    "iccid": None,
                    "imsi": None,
                },
                "connectors": [
                    {"evse": 1, "connector": 1, "status": "Charging", "error": None, "at": "2026-03-10T08:00:00Z"},
                    {"evse": 2, "connector": 1, "status": "Available", "error": None, "at": "2026-03-10T08:00:00Z"},
                    {"evse": 7, "connector": 1, "status": "Available", "error": None, "at": "2026-03-10T08:00:00Z"},
                ],
            },
            {"identity": "T-NOBODY", "at": "2026-03-10T08:00:00Z", "connected": True},
        )
        self.assertEqual((answer["updated"], answer["unknown"]), (1, ["T-NOBODY"]))
        self.assertRecordValues(
            self.ac,
            [{"status": "charging", "connected": True, "vendor": "Acme", "firmware": "1.2", "ocpp_version": "1.6"}],
        )
        self._report({"identity": "T-AC-1", "at": "2026-03-10T09:00:00Z", "connected": False})
        self.assertEqual((self.ac.status, self.ac.vendor), ("offline", "Acme"))

    def test_an_older_connector_status_does_not_win(self):
        connector = {"evse": 1, "connector": 1, "error": None}
        report = {"identity": "T-AC-1", "at": "2026-03-10T08:00:00Z", "connected": True}
        self._report(dict(report, connectors=[dict(connector, status="Faulted", at="2026-03-10T08:05:00Z")]))
        self._report(dict(report, connectors=[dict(connector, status="Charging", at="2026-03-10T08:01:00Z")]))
        self.assertEqual((self.ac.evse_ids[0].status, self.ac.status), ("Faulted", "faulted"))

    def test_unknown_stations_are_listed_once_and_accepted(self):
        knock = {"identity": "T-STRANGER", "at": "2026-03-10T08:00:00Z", "count": 3, "remote": "10.0.0.9"}
        self._report(unknown=[knock, dict(knock, identity="T-AC-1")])
        self._report(unknown=[dict(knock, count=9)])
        candidate = self.env["ev.station.candidate"].search([])
        self.assertRecordValues(candidate, [{"identity": "T-STRANGER", "count": 9}])
        technician = self.make_user("t-tech-accept", "ev_cpms.group_technician")
        wizard = (
            self.env["ev.station.accept"]
            .with_user(technician)
            .create(
                {
                    "candidate_id": candidate.id,
                    "site_id": self.site.id,
                    "evse_count": 2,
                    "power_type": "dc",
                    "max_power_kw": 50,
                }
            )
        )
        station = self.env["ev.station"].browse(wizard.action_accept()["res_id"])
        self.assertEqual((station.identity, len(station.evse_ids), station.power_type), ("T-STRANGER", 2, "dc"))
        self.assertTrue(station.password_hash)
        self.assertFalse(candidate.exists())

    def test_garbage_is_refused_with_words(self):
        for method in ("directory", "report"):
            for payload in ("", "[]", '{"schema": "other"}', 7):
                with self.subTest(method=method, payload=payload), self.assertRaises(UserError):
                    getattr(self.stations, method)(payload)

    def test_hostile_reports_hold_nobody_up(self):
        answer = self._report(
            "nonsense",
            {"identity": 7},
            {"identity": "T-DC-1", "connected": True, "boot": "x", "connectors": [None, {"evse": [], "status": 5}]},
            {"identity": "T-AC-1", "connected": True, "at": "2026-03-10T08:00:00Z", "boot": {"vendor": "A\x00B\ud800"}},
            unknown=[
                "x",
                {"identity": ["a"]},
                {"identity": "T-\ud800"},
                {"identity": "T-ODD", "count": "abc", "remote": 5},
            ],
        )
        self.assertEqual(answer["updated"], 2)
        self.assertEqual(self.ac.vendor, "A\\0B\\ud800")
        self.assertEqual(self.env["ev.station.candidate"].search([]).mapped("identity"), ["T-ODD"])

    def test_directory_tells_the_power_and_who_is_refused(self):
        self.dc.write({"active": False, "date_decommissioned": "2026-03-01"})
        stations = {entry["identity"]: entry for entry in self._directory()["stations"]}
        self.assertEqual((stations["T-AC-1"]["max_power_kw"], stations["T-AC-1"]["enabled"]), (22.0, True))
        self.assertFalse(stations["T-DC-1"]["enabled"])

    def test_etag_sees_every_change_that_matters(self):
        for change in (
            lambda: self.badge.write({"blocked": True}),
            lambda: self.ac.evse_ids[0].write({"max_power_kw": 11}),
            lambda: self.ac.write({"active": False, "date_decommissioned": "2026-03-01"}),
        ):
            etag = self._directory()["etag"]
            change()
            self.assertNotEqual(self._directory()["etag"], etag)

    def test_a_bridge_keeps_its_company_and_its_key_stays_out_of_the_database(self):
        self.env["ev.bridge.connect"]._connect("t-bridge-y", self.company, 30)
        other = self.env["res.company"].create({"name": "Second CPO"})
        with self.assertRaisesRegex(ValidationError, "its sessions go there"):
            self.env["ev.bridge.connect"]._connect("t-bridge-y", other, 30)
        user = self.env["res.users"].search([("login", "=", "t-bridge-y")])
        user.active = False
        wizard = self.env["ev.bridge.connect"].create({"name": "t-bridge-y"})
        context = wizard.action_connect()["context"]
        self.assertTrue(user.active, "connecting again wakes it")
        self.assertTrue(self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=context["default_api_key"]))
        self.cr.execute("SELECT to_jsonb(w)::text FROM ev_bridge_connect w WHERE id = %s", [wizard.id])
        self.assertNotIn(context["default_api_key"], self.cr.fetchone()[0])

    def test_connect_makes_a_user_that_can_only_push(self):
        login, key = self.env["ev.bridge.connect"]._connect("t-bridge-x", self.company, 30)
        user = self.env["res.users"].search([("login", "=", login)])
        self.assertEqual(user.group_ids, self.env.ref("ev_cpms.group_bridge"))
        self.assertTrue(user.share)
        uid = self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=key)
        self.assertEqual(uid, user.id)
        _login, renewed = self.env["ev.bridge.connect"]._connect("t-bridge-x", self.company, 30)
        self.assertFalse(self.env["res.users.apikeys"]._check_credentials(scope="rpc", key=key), "the old key is dead")
        self.assertNotEqual(renewed, key)

    def test_strangers_may_not_call(self):
        reader = self.make_user("t-reader-bridge", "ev_cpms.group_cdr_reader")
        with self.assertRaises(AccessError):
            self.env["ev.station"].with_user(reader).directory('{"schema": "ev.directory.request/1"}')
